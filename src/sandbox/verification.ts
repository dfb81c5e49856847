/** Verifies user tokens. */
import { createHash } from 'node:crypto';
import { type Answer, Failure, succeed } from './answers.js';
import type { Call } from './call.js';
import { badHeader } from './failures.js';

/** GET /user/tokens/verify. Every user token is active; account tokens and Global API Keys are refused. */
export function verifyToken({ caller }: Call): Answer {
	const { token } = caller;
	if (token === undefined) throw badHeader(6111, 'Authorization');
	if (token.startsWith('cfat_')) throw new Failure(401, { code: 1000, message: 'Invalid API Token' });
	const id = createHash('sha256').update(token).digest('hex').slice(0, 32);
	const messages = [{ code: 10000, message: 'This API Token is valid and active' }];
	return succeed({ id, status: 'active' }, { messages });
}
