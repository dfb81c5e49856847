/** (argv, environment) → Config, or one clear line on what is wrong. Pure. */
import { parseArgs } from 'node:util';
import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { ConfigError } from '../errors.js';
import type { ZoneArgument } from '../operations/input.js';
import type { Scope } from '../operations/scope.js';
import { COMMANDS, type Command } from './commands.js';
import { type OptionKind, optionKindOf } from './option-kind.js';
import { OPTIONS, type Option } from './options.js';

type Options = { readonly [Name in keyof typeof OPTIONS]?: ReturnType<(typeof OPTIONS)[Name]['parse']> };

/** Validated configuration; options that were not given are absent. */
export interface Config extends Options {
	readonly command: Command;
	/** `call` only: the tool, and the words behind it that are its arguments. */
	readonly tool?: string;
	readonly toolWords?: readonly string[];
	/** `install` only: the client, and the flags given that the server takes. */
	readonly client?: string | undefined;
	readonly serverFlags?: readonly ServerFlag[];
}

/** A flag of the server as it was given. */
export interface ServerFlag {
	readonly flag: string;
	/** Absent for a switch. */
	readonly value?: string;
	/** Of its value: a path may start from the folder of now. */
	readonly kind: OptionKind;
}

const ENTRIES = Object.entries(OPTIONS) as [keyof typeof OPTIONS, Option<unknown>][];

/** What the command line asks for: help, version, or a configuration. Throws ConfigError with one clear line. */
export function readConfig(
	argv: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
	argumentNamesOf: (tool: string) => readonly string[] = () => [],
): Config | 'help' | 'version' {
	const at = commandAt(argv);
	const word = argv[at];
	if (word !== undefined && !Object.hasOwn(COMMANDS, word)) {
		// What stands behind a flag that does not exist may be a secret, and is not repeated.
		parseFlags(argv.slice(0, at), 'serve');
		throw new ConfigError(
			`unknown command ${quote(word)}; there are ${Object.keys(COMMANDS).join(', ')}.${suggest(word, Object.keys(COMMANDS))}`,
		);
	}
	const command = (word ?? 'serve') as Command;
	const { flagWords, tool, toolWords, client } = splitWords(command, argv, at, argumentNamesOf);
	const flags = parseFlags(flagWords, command);
	if (flags.help) return 'help';
	if (flags.version) return 'version';
	if (command === 'call' && tool === undefined)
		throw new ConfigError('call needs the name of a tool; the tools command lists them');
	const options: Record<string, unknown> = {};
	for (const [name, record] of ENTRIES) {
		const given = record.flag !== undefined && flags[record.flag] !== undefined;
		const value = given ? String(flags[record.flag as string]) : record.env && env[record.env];
		if (value === undefined || (!given && isUnset(record, value))) continue;
		try {
			options[name] = record.parse(value);
		} catch (error) {
			throw new ConfigError(`${given ? `--${record.flag}` : record.env} ${(error as Error).message}`);
		}
	}
	if (options.skipConfirmation === true && options.confirm === 'block')
		throw new ConfigError('--confirm block and --dangerously-skip-confirmation exclude each other');
	return {
		...options,
		command,
		...(tool !== undefined && { tool, toolWords }),
		...(command === 'install' && { client, serverFlags: serverFlagsIn(flags) }),
	};
}

/** Whether a value looks like `${input:token}`: a client that did not fill in its own variable. */
export const isUnfilledPlaceholder = (value: string): boolean => /^\$\{.*\}$/s.test(value.trim());

/** How Claude Desktop says that a field of a bundle's dialog was left empty. */
const LEFT_EMPTY = /^\$\{user_config\.\w+\}$/;

/**
 * Whether a variable says "not set": one that is empty, or that the client did not fill in. That a secret was not filled in
 * is worth telling, so those go on to be looked at. Throws ConfigError where a guard would be dropped.
 */
function isUnset({ flag, env, guard }: Option<unknown>, value: string): boolean {
	if (!isUnfilledPlaceholder(value)) return value === '';
	if (guard && !LEFT_EMPTY.test(value.trim()))
		throw new ConfigError(`${env} still holds a placeholder such as \${…} that the client did not fill in`);
	return flag !== undefined || guard === true;
}

/** Those of the flags given that `serve` takes, in the order of the table, so that the same flags are the same entry. */
function serverFlagsIn(flags: Record<string, string | boolean | undefined>): ServerFlag[] {
	return ENTRIES.flatMap(([, record]) => {
		const { flag, value, commands } = record;
		if (!flag || flags[flag] === undefined || !(commands?.includes('serve') ?? true)) return [];
		return [{ flag, ...(value && { value: String(flags[flag]) }), kind: optionKindOf(record) }];
	});
}

/** Index of the first word that is no flag and no flag's value; the length when there is none. */
function commandAt(argv: readonly string[]): number {
	for (let at = 0; at < argv.length; at++) {
		const word = argv[at] ?? '';
		if (!word.startsWith('-')) return at;
		const record = ENTRIES.find(([, { flag }]) => `--${flag}` === word)?.[1];
		if (record?.value) at++;
	}
	return argv.length;
}

/** What belongs to the command, and the flags. */
function splitWords(
	command: Command,
	argv: readonly string[],
	at: number,
	takes: (tool: string) => readonly string[],
): { flagWords: readonly string[]; tool?: string; toolWords?: readonly string[]; client?: string | undefined } {
	const before = argv.slice(0, at);
	const after = argv.slice(at + 1);
	if (command === 'call') return splitCall(before, after, takes);
	const next = command === 'install' ? commandAt(after) : after.length;
	return { flagWords: [...before, ...after.slice(0, next), ...after.slice(next + 1)], client: after[next] };
}

/** Behind `call TOOL`, `--x` is an argument where the tool takes one of that name, and a flag otherwise. */
function splitCall(before: readonly string[], after: readonly string[], takes: (tool: string) => readonly string[]) {
	const [tool, ...words] = after;
	if (tool === undefined || tool.startsWith('-')) return { flagWords: [...before, ...after] };
	const own = new Set(takes(tool));
	const flagWords = [...before];
	const toolWords: string[] = [];
	for (let index = 0; index < words.length; index++) {
		const word = words[index] ?? '';
		const name = /^--([^=]+)/.exec(word)?.[1];
		const record =
			name !== undefined && !own.has(name) ? ENTRIES.find(([, { flag }]) => flag === name)?.[1] : undefined;
		if (word === '--help') flagWords.push(word);
		else if (!record) toolWords.push(word);
		else flagWords.push(...words.slice(index, record.value && !word.includes('=') ? ++index + 1 : index + 1));
	}
	return { flagWords, tool, toolWords };
}

function parseFlags(words: readonly string[], command: Command): Record<string, string | boolean | undefined> {
	const usable = ENTRIES.flatMap(([, record]) =>
		record.flag && (record.commands?.includes(command) ?? true)
			? [[record.flag, { type: record.value ? 'string' : 'boolean' }] as const]
			: [],
	);
	const options = Object.fromEntries([
		...usable,
		['help', { type: 'boolean', short: 'h' }],
		['version', { type: 'boolean', short: 'v' }],
	]);
	try {
		const { values, tokens } = parseArgs({
			args: [...words],
			options,
			strict: true,
			allowPositionals: false,
			tokens: true,
		});
		refuseContradiction(tokens);
		return values as Record<string, string | boolean>;
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		// Node's messages are several sentences, of which the first says it.
		const message = (error as Error).message.split(/\.?(?: |\n)(?=[A-Z])/)[0] ?? '';
		const name = /--([\w-]+)/.exec(message)?.[1] ?? '';
		const nearest = Object.hasOwn(options, name) ? '' : suggest(name, Object.keys(options));
		throw new ConfigError(`${message.replace(/^\w/, (first) => first.toLowerCase()).replace(/\.$/, '')}.${nearest}`);
	}
}

/** A flag given twice with different values would be half ignored. */
function refuseContradiction(tokens: readonly { kind: string; name?: string; value?: string | undefined }[]): void {
	const seen = new Map<string, string | undefined>();
	for (const { kind, name, value } of tokens) {
		if (kind !== 'option' || name === undefined) continue;
		if (seen.has(name) && seen.get(name) !== value)
			throw new ConfigError(`--${name} is given twice with different values`);
		seen.set(name, value);
	}
}

/** What of the environment must never be shown. */
export function readSecrets(env: Readonly<Record<string, string | undefined>>): string[] {
	return ENTRIES.flatMap(([, { secret, env: name }]) => (secret && name && env[name]?.trim()) || []);
}

/** Flag, environment variable and meaning of every option, in the order of the table. */
export function describeOptions(): [flag: string, env: string, help: string][] {
	return ENTRIES.map(([, { flag, value, env, help }]) => [
		flag ? `--${flag}${value ? ` ${value}` : ''}` : '',
		env ?? '',
		help,
	]);
}

/** The text of --help. */
export function helpText(name: string): string {
	const rows = describeOptions();
	const flagWidth = Math.max(...rows.map(([flag]) => flag.length));
	const envWidth = Math.max(...rows.map(([, env]) => env.length));
	return [
		`Usage: ${name} [COMMAND] [FLAGS]`,
		'',
		...Object.entries(COMMANDS).map(([command, help]) => `  ${command.padEnd(9)}${help}`),
		'',
		'Flags win over environment variables.',
		...rows.map(([flag, env, help]) => `  ${flag.padEnd(flagWidth)}  ${env.padEnd(envWidth)}  ${help}`),
		'  --help, --version',
		'',
	].join('\n');
}

/** How the sandbox behaves: limits as strict as Cloudflare's, and the faults that were asked for. */
export function sandboxOptions({ faults, seed, latency }: Config) {
	return {
		limits: 'strict',
		...(faults !== undefined && { faults: { rate: faults, ...(seed !== undefined && { seed }) } }),
		...(latency !== undefined && { latency }),
	} as const;
}

/** How consent to destructive tools is obtained. */
export function policyOf({ skipConfirmation, confirm = 'ask' }: Config): 'ask' | 'code' | 'block' | 'off' {
	return skipConfirmation ? 'off' : confirm;
}

/** Which operations are allowed. */
export function scopeOf(config: Config): Scope {
	return { ...config, blockDestructive: policyOf(config) === 'block' };
}

/** With a default zone and no other allowed, no call can name a zone: the argument only costs tokens. */
export function zoneArgumentOf({ zone, zones }: Config): ZoneArgument {
	if (zone === undefined) return 'required';
	return zones?.length === 1 ? 'fixed' : 'optional';
}
