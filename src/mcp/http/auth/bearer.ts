/** Reads the bearer token of a request, and names it by its hash. */
import { createHash } from 'node:crypto';

/** Some issuers put groups into their tokens, which then have several thousand characters. */
const MAX_TOKEN_CHARACTERS = 8_192;

/** The scheme in any case, then one token of RFC 6750. */
const BEARER = /^bearer +([\w.~+/-]+=*)$/i;

/** What the headers Authorization of a request hold. */
export type Bearer = { readonly token: string } | { readonly problem: 'missing' | 'malformed' };

/** The one bearer token of a request. Two headers are malformed, because programs differ in which of them counts. */
export function readBearer(authorization: readonly string[] | undefined): Bearer {
	const [header, ...others] = authorization ?? [];
	if (header === undefined) return { problem: 'missing' };
	// Looked at before the pattern, so that a long header costs nothing.
	if (others.length > 0 || header.length > MAX_TOKEN_CHARACTERS + 'Bearer '.length) return { problem: 'malformed' };
	const token = BEARER.exec(header.trim())?.[1];
	return token === undefined ? { problem: 'malformed' } : { token };
}

/** The SHA-256 of a token as 64 hexadecimal digits, by which it is kept and looked up. */
export function hashToken(token: string): string {
	return createHash('sha256').update(token).digest('hex');
}
