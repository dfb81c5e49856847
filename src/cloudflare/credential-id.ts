/** Names credentials without showing them: whole to tell them apart, and its beginning for readers of audit lines. */
import { createHash } from 'node:crypto';
import type { Credential } from './api.js';

/** 128 bits. Credentials with the same id share a limit, and callers can try tokens until a shorter id is another caller's. */
const ID_CHARACTERS = 32;
/** Readers tell a few credentials apart by it. Nothing is decided by it. */
const SHOWN_CHARACTERS = 12;

/** The first 32 hexadecimal digits of the credential's SHA-256; undefined where there is no credential. */
export function credentialIdOf(credential: Credential): string | undefined {
	if (credential.kind === 'none') return undefined;
	const secret = credential.kind === 'token' ? credential.token : `${credential.email}:${credential.key}`;
	return createHash('sha256').update(secret).digest('hex').slice(0, ID_CHARACTERS);
}

/** The part of an id that audit lines show. */
export function toShownId(id: string | undefined): string | undefined {
	return id?.slice(0, SHOWN_CHARACTERS);
}
