/** The help explains every command and every tool from their records, within 80 columns, with examples that work. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readArguments, TOOL_WORDS } from '../../src/commands/call-arguments.js';
import { describeTopic } from '../../src/commands/help.js';
import { exampleOf } from '../../src/commands/tool-help.js';
import { COMMANDS } from '../../src/config/commands.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { argumentNames } from '../../src/operations/input.js';
import { permissionOf } from '../../src/operations/permission.js';
import { ALL, WITH_ENV } from '../config/samples.js';
import { finish } from '../support/process.js';
import { ZONE } from '../support/session.js';

const COMMAND_NAMES = Object.keys(COMMANDS);
const tooLong = (text: string) => text.split('\n').filter((line) => line.length > 80);
/** The commands that a help shows as examples, as they can be pasted into a shell. */
const examplesIn = (help: string) =>
	(help.split(/^Examples?\n/m)[1] ?? '').split(/\n(?= {2}cloudflare-cache-mcp |$)/).filter(Boolean);
/** The words of each command as bash reads them. */
const readByBash = (commands: readonly string[]): string[][] => {
	const script = commands.map((command) => `printf '%s\\0' ${command}; printf '\\n'`).join('\n');
	const output = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
	return output
		.split('\0\n')
		.filter(Boolean)
		.map((words) => words.split('\0'));
};

describe('The help of the program', async () => {
	const help = await describeTopic([]);

	test('fits 80 columns', () => expect(tooLong(help)).toEqual([]));

	test.each(COMMAND_NAMES)('names the command %s', (name) => {
		expect(help).toMatch(new RegExp(`^ {2}${name} `, 'm'));
	});

	test.each(ALL.filter(({ option }) => option.flag && !option.commands))(
		'names $flag, which every command takes',
		({ flag }) => {
			expect(help).toMatch(new RegExp(`^ {2}${flag}\\b`, 'm'));
		},
	);

	test.each(ALL.filter(({ option }) => option.commands))('leaves $flag to the commands that take it', ({ flag }) => {
		expect(help).not.toMatch(new RegExp(`^ {2}${flag}\\b(?!-)`, 'm'));
	});

	test.each(WITH_ENV.filter(({ option }) => !option.commands))('names $env', ({ env }) => {
		expect(help).toMatch(new RegExp(`^ .*\\b${env}$`, 'm'));
	});
});

describe('The help of the command', () => {
	test.each(COMMAND_NAMES)('%s fits 80 columns', async (name) => {
		expect(tooLong(await describeTopic([name]))).toEqual([]);
	});

	test.each(ALL.flatMap(({ flag, option }) => (option.commands ?? []).map((command) => [command, flag] as const)))(
		'%s names its option %s',
		async (command, flag) => {
			expect(await describeTopic([command])).toMatch(new RegExp(`^ {2}${flag}\\b`, 'm'));
		},
	);

	test.each(WITH_ENV.flatMap(({ env, option }) => (option.commands ?? []).map((command) => [command, env] as const)))(
		'%s names the variable %s of its option',
		async (command, env) => {
			expect(await describeTopic([command])).toMatch(new RegExp(`^ .*\\b${env}$`, 'm'));
		},
	);

	test.each(COMMAND_NAMES)('%s shows examples that are read without an error', async (name) => {
		const lines = examplesIn(await describeTopic([name]));
		for (const [program, ...argv] of readByBash(lines)) {
			expect(program).toBe('cloudflare-cache-mcp');
			expect(() => readConfig(argv, {}, TOOL_WORDS)).not.toThrow();
		}
	});
});

describe('The help of the tool', () => {
	test.each(OPERATIONS)('$name fits 80 columns', async ({ name }) => {
		expect(tooLong(await describeTopic(['call', name]))).toEqual([]);
	});

	test.each(OPERATIONS)('$name is the same behind help and behind help call', async ({ name }) => {
		expect(await describeTopic([name])).toBe(await describeTopic(['call', name]));
	});

	test.each(OPERATIONS)('$name names its title, its permission and each argument', async (operation) => {
		const help = await describeTopic(['call', operation.name]);
		expect(help).toContain(operation.title);
		expect(help).toContain(permissionOf(operation));
		for (const name of argumentNames(operation).filter((one) => one !== 'confirm'))
			expect(help).toMatch(new RegExp(`^ {2}--${name.replaceAll('_', '-')}(?: |$)`, 'm'));
		expect(help).not.toMatch(/--confirm\b(?!-zone)/);
	});

	test('example is what the record says, as bash reads it and call understands it', async () => {
		const lines = await Promise.all(OPERATIONS.map(async ({ name }) => examplesIn(await describeTopic([name]))));
		const words = readByBash(lines.flat());
		expect(words).toHaveLength(OPERATIONS.length);
		for (const [at, operation] of OPERATIONS.entries()) {
			const { tool, toolWords = [] } = readConfig(words[at]?.slice(1) ?? [], {}, TOOL_WORDS) as Config;
			expect(tool).toBe(operation.name);
			const { zone, ...given } = await readArguments(toolWords, operation, async () => '');
			const typed = Object.entries(operation.example).map(([name, value]) => [name, asTyped(value)]);
			expect(withoutLineEnds(given)).toEqual(Object.fromEntries(typed));
			expect(exampleOf(operation).includes(`--zone ${ZONE}`)).toBe(zone === ZONE);
		}
	});
});

/** JSON that an example shows on several lines, on one. */
function withoutLineEnds(args: Record<string, unknown>): Record<string, unknown> {
	const entries = Object.entries(args).map(([name, value]) => [
		name,
		typeof value === 'string' && value.includes('\n') ? JSON.stringify(JSON.parse(value)) : value,
	]);
	return Object.fromEntries(entries);
}

/** What the shell can give of a value: text, and lists of it. */
function asTyped(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(asTyped);
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

describe('The process', () => {
	test.each([['help'], ['--help'], ['-h'], ['call', '--help'], ['call', 'purge_cache', '--help'], ['help', 'doctor']])(
		'prints the help on stdout for %s %s %s',
		async (...argv) => {
			const { code, stdout, stderr } = await finish(argv);
			expect([code, stderr]).toEqual([0, '']);
			expect(stdout).toMatch(/^(Usage: )?cloudflare-cache-mcp /);
		},
	);

	test('prints the help of a tool that destroys without a request, a token or a question', async () => {
		const { code, stdout } = await finish(['call', 'purge_everything', '--zone', ZONE, '--help']);
		expect([code, stdout]).toEqual([0, await describeTopic(['call', 'purge_everything'])]);
	});

	test.each([
		[['purge_cache', '--zone', ZONE], 'purge_cache is a tool: cloudflare-cache-mcp call purge_cache\n'],
		[['purge_cach'], 'Tools are run by cloudflare-cache-mcp call TOOL. Did you mean "purge_cache"?\n'],
		[['--purge-everything'], 'purge_everything is a tool: cloudflare-cache-mcp call purge_everything\n'],
		[['help', 'zone_list'], 'there is no command or tool "zone_list". Did you mean "zones_list"?\n'],
		[['help', 'sandbx'], 'there is no command or tool "sandbx". Did you mean "sandbox"?\n'],
		[['help', 'doctor', 'call'], 'help explains one command or one tool\n'],
	])('exits with 2 for %j and says what may be meant', async (argv, end) => {
		const { code, stdout, stderr } = await finish(argv);
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr.endsWith(end)).toBe(true);
		expect(stderr.split('\n')).toHaveLength(2);
	});
});
