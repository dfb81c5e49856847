/** Reads the configuration from the command line and the environment. Pure. */
import { ConfigError } from '../errors.js';
import { type CommandLine, parseArgv } from './argv.js';
import type { ToolWords } from './call-words.js';
import type { Command } from './commands.js';
import { isTakenBy, type Option, type OptionKind, optionKindOf, secretsOfText } from './option.js';
import { OPTION_LIST, type OptionValues } from './options/index.js';
import { explainPlaceholder, isUnfilledPlaceholder } from './parsers.js';

/** Validated configuration. */
export interface Config extends OptionValues, Omit<CommandLine, 'flags' | 'topic' | 'command'> {
	/** Help and version are answered without a configuration. */
	readonly command: Exclude<Command, 'help' | 'version'>;
	/** `call`, `install` and `uninstall` only: the flags given that the server takes. */
	readonly serverFlags?: readonly ServerFlag[];
	/** The variable PATH, where a token command needs it. */
	readonly searchPath?: string;
}

/** Commands that do more with the flags of the server than the server does. */
const TAKES_SERVER_FLAGS: ReadonlySet<Command> = new Set<Command>(['call', 'install', 'uninstall']);

/** A flag of the server as it was given. */
export interface ServerFlag {
	readonly flag: string;
	/** Absent for a switch. */
	readonly value?: string;
	/** Kind of the value: a relative path means one below the current folder. */
	readonly kind: OptionKind;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A request for help on these words: a command, `call` and a tool, or nothing. */
export interface HelpRequest {
	readonly help: readonly string[];
}

const NO_TOOLS: ToolWords = { names: [], argumentsOf: () => undefined };

/** What the command line asks for: help, version, or a configuration. Throws ConfigError with one clear line. */
export function readConfig(
	argv: readonly string[],
	env: Environment,
	tools: ToolWords = NO_TOOLS,
): Config | HelpRequest | 'version' {
	const { command, flags, topic = [], ...commandLine } = parseArgv(argv, tools);
	const { tool } = commandLine;
	if (command === 'help') return { help: topic };
	if (flags.has('help')) return { help: argv.includes(command) ? [command, ...(tool ? [tool] : [])] : [] };
	if (command === 'version' || flags.has('version')) return 'version';
	if (command === 'call' && tool === undefined)
		throw new ConfigError('call needs the name of a tool; the tools command lists them');
	const values = readOptions(flags, env);
	if (values.skipConfirmation && values.confirm === 'block')
		throw new ConfigError('--confirm block and --dangerously-skip-confirmation exclude each other');
	return {
		...values,
		command,
		...commandLine,
		...(TAKES_SERVER_FLAGS.has(command) && { serverFlags: listServerFlags(flags) }),
		...(values.tokenCommand && env.PATH !== undefined && { searchPath: env.PATH }),
	};
}

function readOptions(flags: CommandLine['flags'], env: Environment): OptionValues {
	const values = OPTION_LIST.map(([name, option]) => [name, readOption(option, flags, env)] as const);
	return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as unknown as OptionValues;
}

/** The value of an option: from its flag, else from its variable, else its default. */
function readOption(option: Option<unknown>, flags: CommandLine['flags'], env: Environment): unknown {
	const given = flags.get(option.flag ?? '');
	const text = given ?? readVariable(option, env);
	if (text === undefined) return option.default;
	try {
		return option.parse(text);
	} catch (error) {
		throw new ConfigError(`${given === undefined ? option.env : `--${option.flag}`} ${(error as Error).message}`);
	}
}

/** Set to 1 by the bundle for Claude Desktop, whose dialog passes on the fields that the user left empty. */
const DIALOG = 'CF_CACHE_DIALOG';

/** How Claude Desktop passes on a field of a bundle's dialog that was left empty. */
const LEFT_EMPTY = /^\$\{user_config\.\w+\}$/;

/**
 * The text of an option's variable, or undefined where it is not set. An unfilled placeholder counts as not set, except in
 * credentials, whose reader explains it. Throws ConfigError where that would drop a guard.
 */
function readVariable(option: Option<unknown>, env: Environment): string | undefined {
	const { flag, env: name, guard, alsoLowerCase } = option;
	const text = name && readText(option, env);
	if (text === '' && guard && env[DIALOG] !== '1')
		throw new ConfigError(`${name} is set to nothing, which would drop a restriction: give it a value, or unset it`);
	if (!text) return undefined;
	if (!isUnfilledPlaceholder(text)) return text;
	const isLeftEmpty = env[DIALOG] === '1' && LEFT_EMPTY.test(text.trim());
	if (guard && !isLeftEmpty) throw new ConfigError(explainPlaceholder(name));
	return flag !== undefined || guard || alsoLowerCase ? undefined : text;
}

function readText({ env: name = '', alsoLowerCase }: Option<unknown>, env: Environment): string | undefined {
	return (alsoLowerCase ? env[name.toLowerCase()] : undefined) ?? env[name];
}

/** The given flags that `serve` takes, in the order of the table, so that the same flags make the same entry. */
function listServerFlags(flags: CommandLine['flags']): ServerFlag[] {
	return OPTION_LIST.flatMap(([, option]) => {
		const { flag, value } = option;
		const text = flag && flags.get(flag);
		if (!flag || text === undefined || !isTakenBy(option, 'serve')) return [];
		return [{ flag, ...(value && { value: text }), kind: optionKindOf(option) }];
	});
}

/** Values of the environment that must never be shown. */
export function readSecrets(env: Environment): string[] {
	return OPTION_LIST.flatMap(([, option]) => secretsOfText(option, readText(option, env)?.trim()));
}
