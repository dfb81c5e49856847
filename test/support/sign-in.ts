/** Signs in to authenticators: what tests of all ways to sign in share. */
import { createHash } from 'node:crypto';
import type { Principal } from '../../src/call/principal.js';
import { type Authenticator, Challenge } from '../../src/mcp/http/auth/authenticator.js';

/** The header of a bearer token, as the transport hands it over. */
export const bearer = (token: string): readonly string[] => [`Bearer ${token}`];

/** A token's hash, as policy files hold it. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The principal of a token. */
export async function signIn(authenticator: Authenticator, token: string): Promise<Principal> {
	return authenticator.authenticate(bearer(token));
}

/** The challenge that a request is refused with. Throws where it is let in. */
export async function challengeOf(
	authenticator: Authenticator,
	authorization: readonly string[] | undefined,
): Promise<Challenge> {
	try {
		await authenticator.authenticate(authorization);
	} catch (error) {
		if (error instanceof Challenge) return error;
		throw error;
	}
	throw new Error('The request was let in.');
}

/** Everything that a challenge tells its client. */
export const textOf = ({ status, message, headers }: Challenge): string => JSON.stringify({ status, message, headers });
