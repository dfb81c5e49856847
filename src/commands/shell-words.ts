/** Writes words as they are typed in a shell. */
import type { ServerFlag } from '../config/config.js';

/** What a POSIX shell reads as itself. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word that a POSIX shell reads as this text. */
export function quoteForShell(text: string): string {
	return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Flags as they are typed. */
export function formatFlags(flags: readonly ServerFlag[]): string {
	return flags.map(formatFlag).join(' ');
}

function formatFlag({ flag, value }: ServerFlag): string {
	if (value === undefined) return `--${flag}`;
	// A value that starts with a dash is taken for one only behind an equals sign.
	return `--${flag}${value.startsWith('-') ? '=' : ' '}${quoteForShell(value)}`;
}
