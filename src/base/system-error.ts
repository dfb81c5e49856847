/** Reads the code that Node puts on errors of the operating system. */
import { isObject } from './json.js';

/** The code of an error, such as ENOENT; undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
	return isObject(error) && typeof error.code === 'string' ? error.code : undefined;
}
