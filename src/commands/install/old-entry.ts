/** Says what becomes of an entry that is there already. */
import { quote, sanitize } from '../../base/sanitize.js';
import { type Config, readConfig } from '../../config/config.js';
import { checkNames } from '../../config/preflight.js';
import { ConfigError } from '../../errors.js';
import { OPERATIONS } from '../../operations/index.js';
import { type FlagWords, joinFlags } from './flags.js';
import { splitCommand } from './launch.js';

/** The names that --tools may hold. */
export const TOOL_NAMES = OPERATIONS.map(({ name }) => name);

/**
 * Joins the given flags with those of the old entry. Returns lines that say what stays, what changes and what goes. Throws
 * ConfigError where the server would refuse the flags of both.
 */
export function joinWithOld(
	given: FlagWords,
	old: Readonly<Record<string, unknown>> | undefined,
): { flags: FlagWords; changes: string[] } {
	if (!old) return { flags: given, changes: [] };
	const split = splitCommand(old);
	const { flags, kept, changed, gone } = joinFlags(split?.words ?? [], given);
	requireValid(flags, kept);
	// Words that are not the server's may hold a secret, so only the names of flags are shown.
	const names = gone.filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*/s, ''));
	const lines = [
		kept.length > 0 && `Kept from before: ${showWords(kept)}. To drop a flag, remove it from the file.`,
		...changed.map(({ was, now }) => `Changed: was ${showWords(was)}, is now ${showWords(now)}`),
		gone.length > 0 && `Gone, because the server has no such flags: ${showWords(names) || countWords(gone.length)}`,
		split === undefined && 'The entry started another program, and that command is replaced.',
	];
	return { flags, changes: lines.filter((line) => line !== false) };
}

/** Returns the line that says how another copy was started before, or nothing. */
export function describeOldStart(
	old: Readonly<Record<string, unknown>> | undefined,
	start: readonly string[],
): string[] {
	const split = old && splitCommand(old);
	if (!split || split.start.join('\0') === start.join('\0')) return [];
	return [`Started before: ${showWords(split.start)}`];
}

const countWords = (count: number) => (count === 1 ? '1 word' : `${count} words`);

/** Throws ConfigError where the server would refuse the flags of both, such as two that exclude each other. */
function requireValid(flags: FlagWords, kept: readonly string[]): void {
	if (kept.length === 0) return;
	try {
		checkNames(readConfig(['serve', ...[...flags.values()].flat()], {}) as Config, TOOL_NAMES);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		throw new ConfigError(`with the flags that the entry has already (${showWords(kept)}): ${error.message}`);
	}
}

/** Returns words for the user, with quotes where one would not read as one. */
export function showWords(words: readonly unknown[]): string {
	return words.map(showWord).join(' ');
}

const showWord = (word: unknown) =>
	/[\s"]/.test(String(word)) ? quote(String(word), 500) : sanitize(String(word), 500);
