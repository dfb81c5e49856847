/** Splits a command line into its command, the command's own words, and flags. Pure. */
import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { UnknownWord } from '../errors.js';
import { splitCall, type ToolWords } from './call-words.js';
import { COMMANDS, type Command } from './commands.js';
import { findWord, parseFlags } from './flags.js';

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
	/** `completion` only: the shell. */
	readonly shell?: string;
	/** `help` only: what to explain. */
	readonly topic?: readonly string[];
}

/** The words behind a command: its flags, and what only this command has. */
type OwnWords = { readonly flagWords: readonly string[] } & Omit<CommandLine, 'command' | 'flags'>;

/** Commands with one word of their own, and what it is called. */
const OWN_WORD: Partial<Record<Command, 'client' | 'shell'>> = {
	install: 'client',
	uninstall: 'client',
	completion: 'shell',
};

/** The word that should be the command; undefined where only flags were given. */
export function findCommand(argv: readonly string[]): string | undefined {
	return argv[findWord(argv)];
}

/** Takes a command line apart. Throws ConfigError with one clear line. */
export function parseArgv(argv: readonly string[], tools: ToolWords): CommandLine {
	const at = findWord(argv);
	const [before, word, after] = [argv.slice(0, at), argv[at] ?? 'serve', argv.slice(at + 1)];
	if (!isCommand(word)) {
		// The word may be the secret value of a flag that does not exist. The error about the flag comes first and hides it.
		parseFlags(before, 'serve');
		const names = Object.keys(COMMANDS);
		throw new UnknownWord(
			`unknown command ${quote(word)}; there are ${names.join(', ')}.${suggest(word, names)}`,
			word,
		);
	}
	const { flagWords, ...own } = splitOwnWords(word, after, tools);
	return { command: word, flags: parseFlags([...before, ...flagWords], word), ...own };
}

/** Whether a word is a command. */
export function isCommand(word: string): word is Command {
	return Object.hasOwn(COMMANDS, word);
}

function splitOwnWords(command: Command, words: readonly string[], tools: ToolWords): OwnWords {
	if (command === 'call') return splitCall(words, tools);
	if (command === 'help') {
		const topic = words.filter((word) => !word.startsWith('-'));
		return { flagWords: words.filter((word) => word.startsWith('-')), topic };
	}
	const name = OWN_WORD[command];
	const at = findWord(words);
	const word = words[at];
	if (name === undefined || word === undefined) return { flagWords: words };
	return { flagWords: words.toSpliced(at, 1), [name]: word };
}
