/** What kind of value an option takes, as forms and folders need to know it. */
import type { Option } from './options.js';

/** `file` and `directory` are paths. */
export type OptionKind = 'boolean' | 'number' | 'file' | 'directory' | 'string';

const KINDS: Readonly<Record<string, OptionKind>> = { FILE: 'file', DIR: 'directory', N: 'number', SECONDS: 'number' };

/** The kind, by the placeholder of the value; a flag without one is a switch. */
export function optionKindOf({ flag, value }: Option<unknown>): OptionKind {
	if (value === undefined) return flag === undefined ? 'string' : 'boolean';
	return KINDS[value] ?? 'string';
}
