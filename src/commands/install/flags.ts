/** Joins the flags of an entry that is there with those that were given now. */
import { isTakenBy } from '../../config/option.js';
import { OPTION_LIST } from '../../config/options/index.js';

/** The words of flags, `--flag` and its value if any, by the name of the flag. */
export type FlagWords = ReadonlyMap<string, readonly string[]>;

/** The flags of the new entry, and what became of the old ones. */
export interface JoinedFlags {
	/** In the order of the table. */
	readonly flags: FlagWords;
	/** Words of flags that stay although they were not given now. */
	readonly kept: readonly string[];
	/** Flags that were given now with another value. */
	readonly changed: readonly { readonly was: readonly string[]; readonly now: readonly string[] }[];
	/** Words that are no flags of the server, and go. */
	readonly gone: readonly string[];
}

const SERVER_FLAGS = new Map(
	OPTION_LIST.flatMap(([, option]) =>
		option.flag && isTakenBy(option, 'serve') ? [[option.flag, option] as const] : [],
	),
);

/**
 * Joins flags. A flag that the entry has stays, unless it is given now with another value: a later run
 * that does not repeat a guard must not remove it.
 */
export function joinFlags(old: readonly string[], given: FlagWords): JoinedFlags {
	const { flags: before, rest: gone } = readFlags(old);
	return {
		flags: sortFlags(new Map([...before, ...given])),
		kept: [...before].filter(([flag]) => !given.has(flag)).flatMap(([, words]) => words),
		changed: [...before].flatMap(([flag, was]) => {
			const now = given.get(flag);
			return now && !isSame(was, now) ? [{ was, now }] : [];
		}),
		gone,
	};
}

/** Returns flags in the order of the table, so that the same flags make the same entry. */
export function sortFlags(flags: FlagWords): FlagWords {
	return new Map(
		[...SERVER_FLAGS.keys()].flatMap((flag) => {
			const words = flags.get(flag);
			return words ? [[flag, words] as const] : [];
		}),
	);
}

function readFlags(words: readonly string[]): { flags: Map<string, readonly string[]>; rest: string[] } {
	const flags = new Map<string, readonly string[]>();
	const rest: string[] = [];
	for (let at = 0; at < words.length; at++) {
		const word = words[at] ?? '';
		const [, flag = '', inline] = /^--([^=]+)(=)?/.exec(word) ?? [];
		const option = SERVER_FLAGS.get(flag);
		if (!option) rest.push(word);
		else if (option.value && !inline) flags.set(flag, words.slice(at, ++at + 1));
		else flags.set(flag, [word]);
	}
	return { flags, rest };
}

/** Whether two ways to write a flag mean the same: the value may stand behind a blank or an equals sign. */
function isSame(words: readonly string[], others: readonly string[]): boolean {
	return words.join('=') === others.join('=');
}
