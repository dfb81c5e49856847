/** Computes checksums that tell two lists apart which are too long to be shown. */
import { createHash } from 'node:crypto';
import { canonicalJson } from './json.js';

const CHECKSUM_CHARACTERS = 12;

/** The first 12 hexadecimal digits of the SHA-256 of a value. */
export function checksumOf(value: unknown): string {
	return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, CHECKSUM_CHARACTERS);
}
