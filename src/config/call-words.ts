/** Splits the words behind `call` into the tool, its arguments, and flags. Pure. */
import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { ConfigError } from '../errors.js';
import { NAME } from '../version.js';
import { FLAG_NAMES, FLAGS, findWord, isGeneralFlag } from './flags.js';
import { isTakenBy } from './option.js';

/** How an argument of a tool is written: `--key value`, or `--key` alone. */
type ArgumentKind = 'value' | 'switch';

/** The tools, as far as a command line names them. */
export interface ToolWords {
	readonly names: readonly string[];
	/** How each argument of a tool is written, by its name. Undefined for a word that is no tool. */
	argumentsOf(tool: string): ReadonlyMap<string, ArgumentKind> | undefined;
}

/** What stands behind `call`. */
interface CallWords {
	readonly flagWords: readonly string[];
	readonly tool?: string;
	/** Each `--key` and its value are one word, `--key=value`, with the key as the tool writes it. */
	readonly toolWords?: readonly string[];
}

/** A tool with what its words are compared with. */
interface Known {
	readonly tool: string;
	readonly kinds: ReadonlyMap<string, ArgumentKind>;
	readonly tools: ToolWords;
}

/**
 * Behind the tool, `--x` is an argument where the tool takes one of that name, and a flag otherwise; before the tool it is
 * the other way round. A word behind a key that needs a value is never a flag, whatever it holds: it may come from a
 * variable of a script. Throws ConfigError.
 */
export function splitCall(words: readonly string[], tools: ToolWords): CallWords {
	const at = findWord(words);
	const tool = words[at];
	if (tool === undefined) return { flagWords: words };
	const kinds = tools.argumentsOf(tool);
	if (!kinds)
		throw new ConfigError(
			`there is no tool ${quote(tool)}; the tools command lists them.${suggest(tool, tools.names)}`,
		);
	const known = { tool, kinds, tools };
	const [before, after] = [sortWords(words.slice(0, at), known, true), sortWords(words.slice(at + 1), known, false)];
	return {
		tool,
		flagWords: [...before.flagWords, ...after.flagWords],
		toolWords: [...before.toolWords, ...after.toolWords],
	};
}

function sortWords(
	words: readonly string[],
	{ tool, kinds, tools }: Known,
	flagsFirst: boolean,
): { flagWords: string[]; toolWords: string[] } {
	const rest = [...words];
	const flagWords: string[] = [];
	const toolWords: string[] = [];
	for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
		const [, name = '', inline] = /^--([^=]+)(=)?/.exec(word) ?? [];
		const argument = argumentNamed(name, kinds);
		const flag = FLAGS.get(name);
		const isFlag = flag && (argument === undefined || (flagsFirst && isTakenBy(flag, 'call')));
		if (isGeneralFlag(word) || isFlag) {
			flagWords.push(word);
			if (flag?.value && !inline) flagWords.push(...rest.splice(0, 1));
		} else if (name === '') toolWords.push(word);
		else if (argument === undefined) throw unknownArgument(name, { tool, kinds, tools });
		else if (inline) toolWords.push(`--${argument}=${word.slice(`--${name}=`.length)}`);
		else toolWords.push(`--${argument}=${takeValue(word, kinds.get(argument), rest)}`);
	}
	return { flagWords, toolWords };
}

/** The argument that a key stands for. A shell's habit is `--dry-run`, the tool's name is `dry_run`: both are taken. */
function argumentNamed(key: string, kinds: Known['kinds']): string | undefined {
	return [key, key.replaceAll('-', '_')].find((name) => kinds.has(name));
}

/** Takes the value of a key from the words behind it. */
function takeValue(key: string, kind: ArgumentKind | undefined, rest: string[]): string {
	const [next] = rest;
	if (kind === 'switch') return /^(true|false)$/i.test(next ?? '') ? (rest.shift() ?? '') : 'true';
	if (next !== undefined && !next.startsWith('--')) {
		rest.shift();
		return next;
	}
	// The next word may be a value that looks like a flag, or a flag whose own effect would be lost.
	const hint = next === undefined ? '' : `; write ${key}=VALUE for one that starts with two dashes`;
	throw new ConfigError(`call: ${key} needs a value${hint}`);
}

/** The error about a key that is neither an argument nor a flag. It does not repeat the value, which may be a secret. */
function unknownArgument(key: string, { tool, kinds, tools }: Known): ConfigError {
	const name = key.replaceAll('-', '_');
	const found = `call: ${tool} takes no ${quote(`--${key}`, 60)}`;
	if (tools.names.includes(name)) return new ConfigError(`${found}, but ${name} is a tool: ${NAME} call ${name}`);
	const keys = [...kinds.keys()].map((one) => `--${one.replaceAll('_', '-')}`);
	return new ConfigError(`${found}; ${NAME} call ${tool} --help.${suggest(`--${key}`, [...keys, ...FLAG_NAMES])}`);
}
