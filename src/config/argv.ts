/** Splits a command line into its command, the command's own words, and flags. Pure. */
import { parseArgs } from 'node:util';
import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { ConfigError } from '../errors.js';
import { COMMANDS, type Command } from './commands.js';
import { isTakenBy, type Option } from './option.js';
import { OPTION_LIST } from './options/index.js';

/** A command line, taken apart. */
export interface CommandLine {
	readonly command: Command;
	/** Text of each flag that was given, by its name without dashes. The text of a switch is `true`. */
	readonly flags: ReadonlyMap<string, string>;
	/** `call` only: the tool. */
	readonly tool?: string;
	/** `call` only: the words that are the tool's arguments. Each `--key` and its value are one word, `--key=value`. */
	readonly toolWords?: readonly string[];
	/** `install` and `uninstall` only: the client. */
	readonly client?: string;
}

/** How an argument of a tool is written: `--key value`, or `--key` alone. */
export type ArgumentKind = 'value' | 'switch';

/** The arguments that a tool takes, by name. */
export type ArgumentKinds = (tool: string) => ReadonlyMap<string, ArgumentKind>;

/** The words behind a command: its flags, and what only this command has. */
type OwnWords = { readonly flagWords: readonly string[] } & Pick<CommandLine, 'tool' | 'toolWords' | 'client'>;

const FLAGS = new Map(OPTION_LIST.flatMap(([, option]) => (option.flag ? [[option.flag, option] as const] : [])));

/** Flags that every command takes, and that stand for no option. */
const SHORT_OF = { help: 'h', version: 'v' } as const;

const FLAG_TYPES = Object.fromEntries([
	...[...FLAGS].map(([flag, { value }]) => [flag, { type: value ? 'string' : 'boolean' }] as const),
	...Object.entries(SHORT_OF).map(([flag, short]) => [flag, { type: 'boolean', short }] as const),
]);

const FLAG_NAMES = Object.keys(FLAG_TYPES).map((flag) => `--${flag}`);

/** Takes a command line apart. Throws ConfigError with one clear line. */
export function parseArgv(argv: readonly string[], argumentKindsOf: ArgumentKinds): CommandLine {
	const at = findWord(argv);
	const [before, word, after] = [argv.slice(0, at), argv[at] ?? 'serve', argv.slice(at + 1)];
	if (!isCommand(word)) {
		// The word may be the secret value of a flag that does not exist. The error about the flag comes first and hides it.
		parseFlags(before, 'serve');
		const names = Object.keys(COMMANDS);
		throw new ConfigError(`unknown command ${quote(word)}; there are ${names.join(', ')}.${suggest(word, names)}`);
	}
	const { flagWords, ...own } = splitOwnWords(word, after, argumentKindsOf);
	return { command: word, flags: parseFlags([...before, ...flagWords], word), ...own };
}

function isCommand(word: string): word is Command {
	return Object.hasOwn(COMMANDS, word);
}

/** Index of the first word that is neither a flag nor a flag's value; the length where there is none. */
function findWord(words: readonly string[]): number {
	for (let at = 0; at < words.length; at++) {
		const word = words[at] ?? '';
		if (!word.startsWith('-')) return at;
		if (word.startsWith('--') && FLAGS.get(word.slice(2))?.value) at++;
	}
	return words.length;
}

function splitOwnWords(command: Command, words: readonly string[], argumentKindsOf: ArgumentKinds): OwnWords {
	if (command === 'call') return splitCall(words, argumentKindsOf);
	if (command !== 'install' && command !== 'uninstall') return { flagWords: words };
	const at = findWord(words);
	const client = words[at];
	return client === undefined ? { flagWords: words } : { flagWords: words.toSpliced(at, 1), client };
}

/**
 * Behind `call TOOL`, `--x` is an argument where the tool takes one of that name, and a flag otherwise. A word behind a key
 * that needs a value is never a flag, whatever it holds: it may come from a variable of a script. Throws ConfigError.
 */
function splitCall(words: readonly string[], argumentKindsOf: ArgumentKinds): OwnWords {
	const [tool, ...rest] = words;
	if (tool === undefined || tool.startsWith('-')) return { flagWords: words };
	const kinds = argumentKindsOf(tool);
	const flagWords: string[] = [];
	const toolWords: string[] = [];
	for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
		const [, name = '', inline] = /^--([^=]+)(=)?/.exec(word) ?? [];
		const flag = kinds.has(name) ? undefined : FLAGS.get(name);
		if (flag || word === '--help') {
			flagWords.push(word);
			if (flag?.value && !inline) flagWords.push(...rest.splice(0, 1));
		} else if (name === '' || inline) toolWords.push(word);
		else toolWords.push(`${word}=${takeValue(word, kinds.get(name), rest)}`);
	}
	return { flagWords, tool, toolWords };
}

/** Takes the value of a key from the words behind it. An unknown key may stand alone: the tool refuses it by its name. */
function takeValue(key: string, kind: ArgumentKind | undefined, rest: string[]): string {
	const [next] = rest;
	if (next !== undefined && !next.startsWith('--')) {
		rest.shift();
		return next;
	}
	if (kind !== 'value') return 'true';
	// The next word may be a value that looks like a flag, or a flag whose own effect would be lost.
	const hint = next === undefined ? '' : `; write ${key}=VALUE for one that starts with two dashes`;
	throw new ConfigError(`call: ${key} needs a value${hint}`);
}

function parseFlags(words: readonly string[], command: Command): ReadonlyMap<string, string> {
	const flags = new Map<string, string>();
	const { tokens } = parseArgs({ args: [...words], options: FLAG_TYPES, strict: false, tokens: true });
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
	const option: Option<unknown> | undefined = FLAGS.get(name);
	if (!option && !Object.hasOwn(SHORT_OF, name))
		throw new ConfigError(`unknown flag ${quote(rawName)}.${suggest(rawName, FLAG_NAMES)}`);
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
