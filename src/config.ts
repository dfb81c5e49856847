/** (argv, environment) → Config. Pure, from one table: help, parsing and errors are derived from it. */
import { parseArgs } from 'node:util';
import { ConfigError } from './errors.js';
import { suggest } from './nearest.js';
import { TOOLSETS, type Toolset } from './operations/operation.js';
import { quote } from './quote.js';

/** Commands in the order of the help. */
export const COMMANDS = {
	serve: 'serve MCP on stdio (default)',
	demo: 'show the product at work against the simulated API',
	call: 'run one tool: call TOOL [JSON | --key value …]; @file reads a long list',
	tools: 'print the tools with their token counts',
	sandbox: 'serve the simulated Cloudflare API alone',
} as const;
/** What the process is asked to do. */
export type Command = keyof typeof COMMANDS;

interface Option<Value> {
	/** Long flag; options without one come from the environment only. */
	readonly flag?: string;
	readonly env?: string;
	/** Placeholder of the value; a flag without one is a switch. */
	readonly value?: string;
	readonly help: string;
	/** Commands that take it; all when absent. */
	readonly commands?: readonly Command[];
	/** Text → value. Throws Error with what would be right. */
	read(text: string): Value;
}

function option<Value>(record: Option<Value>): Option<Value> {
	return record;
}

const text = (value: string) => value;

function oneOf<Name extends string>(...names: readonly Name[]) {
	return (value: string): Name => {
		const found = names.find((name) => name === value);
		if (found === undefined) throw new Error(`must be one of ${names.join(', ')}`);
		return found;
	};
}

function whole(least: number, most: number) {
	return (value: string): number => {
		const amount = Number(value);
		if (!/^\d+$/.test(value) || amount < least || amount > most)
			throw new Error(`must be a whole number from ${least} to ${most}`);
		return amount;
	};
}

function onSwitch(value: string): boolean {
	if (/^(1|true|yes|on)$/i.test(value)) return true;
	if (/^(0|false|no|off|)$/i.test(value)) return false;
	throw new Error('must be true or false');
}

function names(value: string): readonly string[] {
	const list = value
		.split(',')
		.map((name) => name.trim())
		.filter(Boolean);
	if (list.length === 0) throw new Error('must name at least one, separated by commas');
	return list;
}

function toolsets(value: string): readonly Toolset[] {
	return names(value).map((name) => {
		const known = TOOLSETS.find((one) => one === name);
		if (!known)
			throw new Error(`has no ${quote(name, 40)}; there are ${TOOLSETS.join(', ')}.${suggest(name, TOOLSETS)}`);
		return known;
	});
}

/** An API root. Plain http would show the token to everyone on the way, so it is for this machine only. */
function apiRoot(value: string): string {
	const url = URL.canParse(value) ? new URL(value) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
		throw new Error('must be a URL such as https://api.cloudflare.com/client/v4');
	if (url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
		throw new Error('must use https, except on this machine (127.0.0.1)');
	return url.href.replace(/\/$/, '');
}

const OPTIONS = {
	token: option({ env: 'CLOUDFLARE_API_TOKEN', help: 'API token', read: text }),
	tokenFile: option({ env: 'CLOUDFLARE_API_TOKEN_FILE', help: 'file that holds the API token', read: text }),
	email: option({ env: 'CLOUDFLARE_EMAIL', help: 'with CLOUDFLARE_API_KEY: legacy credentials', read: text }),
	key: option({ env: 'CLOUDFLARE_API_KEY', help: 'Global API Key', read: text }),
	zone: option({ flag: 'zone', env: 'CLOUDFLARE_ZONE', value: 'ZONE', help: 'default zone, name or id', read: text }),
	baseUrl: option({
		flag: 'base-url',
		env: 'CLOUDFLARE_BASE_URL',
		value: 'URL',
		help: 'API root (https://api.cloudflare.com/client/v4)',
		read: apiRoot,
	}),
	readOnly: option({ flag: 'read-only', env: 'CF_CACHE_READ_ONLY', help: 'only reading tools', read: onSwitch }),
	toolsets: option({
		flag: 'toolsets',
		env: 'CF_CACHE_TOOLSETS',
		value: 'NAMES',
		help: `families of tools: ${TOOLSETS.join(',')}`,
		read: toolsets,
	}),
	tools: option({ flag: 'tools', env: 'CF_CACHE_TOOLS', value: 'NAMES', help: 'only these tools', read: names }),
	excludeTools: option({
		flag: 'exclude-tools',
		env: 'CF_CACHE_EXCLUDE_TOOLS',
		value: 'NAMES',
		help: 'all but these tools',
		read: names,
	}),
	confirm: option({
		flag: 'confirm',
		env: 'CF_CACHE_CONFIRM',
		value: 'POLICY',
		help: 'consent to destructive tools: ask (default), code, block',
		read: oneOf('ask', 'code', 'block'),
	}),
	skipConfirmation: option({
		flag: 'dangerously-skip-confirmation',
		help: 'destructive tools run without consent',
		read: onSwitch,
	}),
	confirmTtl: option({
		flag: 'confirm-ttl',
		env: 'CF_CACHE_CONFIRM_TTL',
		value: 'SECONDS',
		help: 'how long a confirmation code lives (600)',
		read: whole(10, 86_400),
	}),
	confirmSecret: option({
		env: 'CF_CACHE_CONFIRM_SECRET',
		help: 'key of the codes, where several processes serve one client',
		read: secretKey,
	}),
	plan: option({
		flag: 'plan',
		env: 'CF_CACHE_PLAN',
		value: 'PLAN',
		help: "purge limits to keep: auto (default, the zone's plan), free, pro, business, enterprise",
		read: oneOf('auto', 'free', 'pro', 'business', 'enterprise'),
	}),
	sandbox: option({
		flag: 'sandbox',
		env: 'CF_CACHE_SANDBOX',
		help: 'work on the built-in simulated API; no token needed',
		read: onSwitch,
	}),
	timeout: option({
		flag: 'timeout',
		env: 'CF_CACHE_TIMEOUT',
		value: 'SECONDS',
		help: 'limit of one request (30)',
		read: whole(1, 600),
	}),
	logLevel: option({
		flag: 'log-level',
		env: 'CF_CACHE_LOG_LEVEL',
		value: 'LEVEL',
		help: 'on stderr: error, warn (default), info, debug',
		read: oneOf('error', 'warn', 'info', 'debug'),
	}),
	port: option({
		flag: 'port',
		value: 'PORT',
		help: 'port on 127.0.0.1 (any free one)',
		commands: ['sandbox'],
		read: whole(0, 65_535),
	}),
	json: option({ flag: 'json', help: 'print JSON', commands: ['call', 'tools'], read: onSwitch }),
	markdown: option({ flag: 'markdown', help: 'print the README table', commands: ['tools'], read: onSwitch }),
};

type Options = { readonly [Name in keyof typeof OPTIONS]?: ReturnType<(typeof OPTIONS)[Name]['read']> };

/** Validated configuration; options that were not given are absent. */
export interface Config extends Options {
	readonly command: Command;
	/** `call` only: the tool, and the words behind it that are its arguments. */
	readonly tool?: string;
	readonly toolWords?: readonly string[];
}

function secretKey(value: string): string {
	if (value.length < 16) throw new Error('must have at least 16 characters');
	return value;
}

const ENTRIES = Object.entries(OPTIONS) as [keyof typeof OPTIONS, Option<unknown>][];

/** What the command line asks for: help, version, or a configuration. Throws ConfigError with one clear line. */
export function readConfig(
	argv: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
	takes: (tool: string) => readonly string[] = () => [],
): Config | 'help' | 'version' {
	const at = commandAt(argv);
	const word = argv[at];
	if (word !== undefined && !(word in COMMANDS))
		throw new ConfigError(
			`unknown command ${quote(word, 40)}; there are ${Object.keys(COMMANDS).join(', ')}.${suggest(word, Object.keys(COMMANDS))}`,
		);
	const command = (word ?? 'serve') as Command;
	const { flagWords, tool, toolWords } = splitCall(command, argv, at, takes);
	const flags = parseFlags(flagWords, command);
	if (flags.help) return 'help';
	if (flags.version) return 'version';
	if (command === 'call' && tool === undefined)
		throw new ConfigError('call needs the name of a tool; the tools command lists them');
	const options: Record<string, unknown> = {};
	for (const [name, record] of ENTRIES) {
		const given = record.flag !== undefined && flags[record.flag] !== undefined;
		const value = given ? String(flags[record.flag as string]) : record.env && env[record.env];
		// An empty variable is how shells and client configurations say "not set".
		if (value === undefined || (value === '' && !given)) continue;
		try {
			options[name] = record.read(value);
		} catch (error) {
			throw new ConfigError(`${given ? `--${record.flag}` : record.env} ${(error as Error).message}`);
		}
	}
	return { ...options, command, ...(tool !== undefined && { tool, toolWords }) };
}

/** Index of the first word that is no flag and no flag's value; -1 would be none, so the length is. */
function commandAt(argv: readonly string[]): number {
	for (let at = 0; at < argv.length; at++) {
		const word = argv[at] ?? '';
		if (!word.startsWith('-')) return at;
		const record = ENTRIES.find(([, { flag }]) => `--${flag}` === word)?.[1];
		if (record?.value) at++;
	}
	return argv.length;
}

/** Behind `call TOOL`, `--x` is an argument where the tool takes one of that name, and a flag otherwise. */
function splitCall(command: Command, argv: readonly string[], at: number, takes: (tool: string) => readonly string[]) {
	const before = argv.slice(0, at);
	const after = argv.slice(at + 1);
	const [tool, ...words] = after;
	if (command !== 'call' || tool === undefined || tool.startsWith('-')) return { flagWords: [...before, ...after] };
	const own = new Set(takes(tool));
	const flagWords = [...before];
	const toolWords: string[] = [];
	for (let index = 0; index < words.length; index++) {
		const word = words[index] ?? '';
		const name = /^--([^=]+)/.exec(word)?.[1];
		const record =
			name !== undefined && !own.has(name) ? ENTRIES.find(([, { flag }]) => flag === name)?.[1] : undefined;
		if (!record) toolWords.push(word);
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
		return parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values as Record<
			string,
			string | boolean
		>;
	} catch (error) {
		const message = (error as Error).message.split('. ')[0]?.split('\n')[0] ?? '';
		const unknown = /--([\w-]+)/.exec(message)?.[1] ?? '';
		throw new ConfigError(
			`${message.replace(/^\w/, (first) => first.toLowerCase())}.${suggest(unknown, Object.keys(options))}`,
		);
	}
}

/** The text of --help. */
export function helpText(name: string): string {
	const rows = ENTRIES.map(([, { flag, value, env, help }]) => [
		flag ? `--${flag}${value ? ` ${value}` : ''}` : '',
		env ?? '',
		help,
	]) as [string, string, string][];
	const flagWidth = Math.max(...rows.map(([flag]) => flag.length));
	const envWidth = Math.max(...rows.map(([, env]) => env.length));
	return [
		`Usage: ${name} [COMMAND] [FLAGS]`,
		'',
		...Object.entries(COMMANDS).map(([command, help]) => `  ${command.padEnd(9)}${help}`),
		'',
		'Flags win over environment variables.',
		...rows.map(([flag, env, help]) => `  ${flag.padEnd(flagWidth)}  ${env.padEnd(envWidth)}  ${help}`),
		`  ${'--help, --version'.padEnd(flagWidth)}`,
		'',
	].join('\n');
}
