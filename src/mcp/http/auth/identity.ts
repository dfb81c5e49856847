/** Names principals: the id that keys and proofs hold, which tells nothing of the principal. */
import { createHash } from 'node:crypto';

/** 132 bits, so that two principals do not meet in one id. */
const ID_CHARACTERS = 22;

/** The id of a principal, from the way in which it signed in and the texts that identify it there. */
export function principalIdOf(mode: string, ...names: readonly string[]): string {
	return createHash('sha256')
		.update(JSON.stringify([mode, ...names]))
		.digest('base64url')
		.slice(0, ID_CHARACTERS);
}
