/** Writes the challenges with which requests are refused. No text of a token or of a library enters one. */
import { Challenge } from './authenticator.js';

/** Names what is protected, for clients that show it. */
const REALM = 'cloudflare-cache-mcp';

/** Why a request has no token that is accepted. */
type Reason = 'missing' | 'malformed' | 'unknown';

/** The answer to a request without a token that is accepted, where tokens are given to clients by hand. */
export function refuseToken(reason: Reason): Challenge {
	return refuseWith(reason === 'missing' ? NO_TOKEN : BAD_TOKEN, reason);
}

/** The same where the token must be the caller's own API token of Cloudflare. */
export function refuseApiToken(reason: Reason): Challenge {
	return refuseWith(reason === 'missing' ? NO_API_TOKEN : BAD_API_TOKEN, reason);
}

function refuseWith(message: string, reason: Reason): Challenge {
	// Without resource_metadata: clients that find it prefer a login to the token that they were given.
	return new Challenge(message, { status: 401, headers: challengeWith({ realm: REALM }), reason });
}

export const NO_TOKEN = 'This server needs a bearer token in the header Authorization.';
export const BAD_TOKEN = 'The bearer token is not accepted. Check the token that your client sends.';

const NO_API_TOKEN = 'This server needs your own Cloudflare API token, as a bearer token in the header Authorization.';
const BAD_API_TOKEN =
	'The bearer token is not an active API token of Cloudflare. Check the token that your client sends.';

/** The answer where it cannot be found out whether the token is good. A 401 would make clients sign in again. */
export function askLater(message: string, reason: string, seconds: number): Challenge {
	const advice = `Nothing was done. Try again in ${seconds} s.`;
	return new Challenge(`${message} ${advice}`, { status: 503, headers: { 'Retry-After': String(seconds) }, reason });
}

/** The header of a challenge with these parameters, each as a quoted string. */
export function challengeWith(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
	const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${escapeQuoted(value)}"`);
	return { 'WWW-Authenticate': `Bearer ${pairs.join(', ')}` };
}

/** A header cannot hold control characters, nor what is not ASCII; a line break in it would begin another header. */
function escapeQuoted(text: string): string {
	return text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
}
