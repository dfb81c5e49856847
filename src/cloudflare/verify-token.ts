/** Asks the API whether a user token is active. */
import type { Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { isObject } from '../base/json.js';
import { ApiError } from '../errors.js';
import { createApi } from './api.js';
import { withDeadline } from './deadline.js';
import type { Send } from './http/send.js';

/** Callers wait for the answer before their request is even read. It ends 4 s later at the latest. */
const TIME_LIMIT_MS = 6_000;

/** Whether a token is active. Throws where the API gives no answer that tells. */
export type VerifyToken = (token: string, signal: Signal) => Promise<boolean>;

/** What a verifier is made of. */
interface VerifierOptions {
	/** Opens the transport; called for each token. */
	open(): Promise<{ readonly send: Send }>;
	readonly userAgent: string;
	readonly clock: Clock;
}

/**
 * Verifies user tokens. Tokens of accounts (`cfat_…`) are unknown at that address, and would be found not to be active.
 */
export function createTokenVerifier({ open, userAgent, clock }: VerifierOptions): VerifyToken {
	return async (token, signal) => {
		const { send } = await open();
		// No text of an answer leaves this function, so that there is nothing to redact.
		const api = createApi(send, { kind: 'token', token }, { userAgent, redact: (value) => value });
		const deadline = clock.now() + TIME_LIMIT_MS;
		try {
			const { result } = await withDeadline(api, { clock, watch: 'always' })(
				{ method: 'GET', path: '/user/tokens/verify', query: {} },
				{ permission: 'none', signal, deadline },
			);
			return isObject(result) && result.status === 'active';
		} catch (error) {
			if (error instanceof ApiError && isRefusal(error)) return false;
			throw error;
		}
	};
}

/** Whether the API itself refused the token. An answer without its codes comes from something before it, which knows no tokens. */
function isRefusal({ status, codes }: ApiError): boolean {
	return codes.length > 0 && (status === 400 || status === 401 || status === 403);
}
