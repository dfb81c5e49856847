/** Reads flags: finds the words that belong to none, and gives the text of each. Pure. */
import { parseArgs } from 'node:util';
import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { ConfigError, UnknownWord } from '../errors.js';
import type { Command } from './commands.js';
import { isTakenBy, type Option } from './option.js';
import { OPTION_LIST } from './options/index.js';

/** The option of each flag, by its name without dashes. */
export const FLAGS: ReadonlyMap<string, Option<unknown>> = new Map(
	OPTION_LIST.flatMap(([, option]) => (option.flag ? [[option.flag, option] as const] : [])),
);

/** Flags that every command takes, and that stand for no option. */
const SHORT_OF = { help: 'h', version: 'v' } as const;

const FLAG_TYPES = Object.fromEntries([
	...[...FLAGS].map(([flag, { value }]) => [flag, { type: value ? 'string' : 'boolean' }] as const),
	...Object.entries(SHORT_OF).map(([flag, short]) => [flag, { type: 'boolean', short }] as const),
]);

/** Every flag with its dashes. */
export const FLAG_NAMES: readonly string[] = Object.keys(FLAG_TYPES).map((flag) => `--${flag}`);

/** Whether a word asks for the help or the version, which every command answers. */
export function isGeneralFlag(word: string): boolean {
	return /^(--help|--version|-h|-v|-V)$/.test(word);
}

/** Index of the first word that is neither a flag nor a flag's value; the length where there is none. */
export function findWord(words: readonly string[]): number {
	for (let at = 0; at < words.length; at++) {
		const word = words[at] ?? '';
		if (!word.startsWith('-')) return at;
		if (word.startsWith('--') && FLAGS.get(word.slice(2))?.value) at++;
	}
	return words.length;
}

/** The text of each flag, by its name without dashes; `true` for a switch. Throws ConfigError with one clear line. */
export function parseFlags(words: readonly string[], command: Command): ReadonlyMap<string, string> {
	const flags = new Map<string, string>();
	// parseArgs knows one short form of an option.
	const args = words.map((word) => (word === '-V' ? '-v' : word));
	const { tokens } = parseArgs({ args, options: FLAG_TYPES, strict: false, tokens: true });
	for (const token of tokens) {
		if (token.kind === 'positional') throw new ConfigError(`unexpected argument ${quote(token.value)}`);
		if (token.kind !== 'option') continue;
		const text = readFlag(token, command);
		// A flag given twice with different values would be half ignored.
		if ((flags.get(token.name) ?? text) !== text)
			throw new ConfigError(`${token.rawName} is given twice with different values`);
		flags.set(token.name, text);
	}
	return flags;
}

interface FlagToken {
	readonly name: string;
	/** As it was typed, with dashes. */
	readonly rawName: string;
	readonly value?: string | undefined;
	/** Whether the value stood behind an equals sign. */
	readonly inlineValue?: boolean | undefined;
}

/** The text of a flag. Messages do not repeat its value: that may be a secret. */
function readFlag({ name, rawName, value, inlineValue }: FlagToken, command: Command): string {
	const option = FLAGS.get(name);
	if (!option && !Object.hasOwn(SHORT_OF, name))
		throw new UnknownWord(`unknown flag ${quote(rawName)}.${suggest(rawName, FLAG_NAMES)}`, name);
	if (option && !isTakenBy(option, command))
		throw new ConfigError(`${rawName} is a flag of ${option.commands?.join(' and ')}, not of ${command}`);
	if (!option?.value) {
		if (value !== undefined) throw new ConfigError(`${rawName} is a switch and takes no value`);
		return 'true';
	}
	if (value === undefined) throw new ConfigError(`${rawName} needs a value`);
	// The next word may be a flag whose own effect would be lost.
	if (!inlineValue && /^-./.test(value))
		throw new ConfigError(`${rawName} needs a value; write ${rawName}=VALUE for one that starts with a dash`);
	return value;
}
