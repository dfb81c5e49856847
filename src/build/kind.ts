/** What kind of value an option takes, as forms need to know it. */
import type { Option } from '../options.js';

/** `file` and `directory` are paths. */
export type Kind = 'boolean' | 'number' | 'file' | 'directory' | 'string';

const KINDS: Readonly<Record<string, Kind>> = { FILE: 'file', DIR: 'directory', N: 'number', SECONDS: 'number' };

/** By the placeholder of its value; a flag without one is a switch. */
export function kindOf({ flag, value }: Option<unknown>): Kind {
	if (value === undefined) return flag === undefined ? 'string' : 'boolean';
	return KINDS[value] ?? 'string';
}
