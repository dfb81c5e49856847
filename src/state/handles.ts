/** Makes the handles of unfinished calls and the ids of snapshots, and recognizes them. */
import { randomInt } from 'node:crypto';

/** Letters and digits without those that look alike: 0 and o, and 1, i and l. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
const HANDLE = /^[2-9a-z]{10}$/;

/** A handle that nothing else has. */
export function createHandle(): string {
	return Array.from({ length: 10 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** Whether a text has the form of a handle. Only such a text may become part of a path or a key. */
export function isHandle(text: string): boolean {
	return HANDLE.test(text);
}
