/** Names credentials without showing them, in audit lines and unfinished work. */
import { createHash } from 'node:crypto';
import type { Credential } from './api.js';

const ID_CHARACTERS = 12;

/** The first 12 hexadecimal digits of the credential's SHA-256; undefined where there is no credential. */
export function credentialIdOf(credential: Credential): string | undefined {
	if (credential.kind === 'none') return undefined;
	const secret = credential.kind === 'token' ? credential.token : `${credential.email}:${credential.key}`;
	return createHash('sha256').update(secret).digest('hex').slice(0, ID_CHARACTERS);
}
