/** Imports have a direction: who may import whom, no cycles, and nothing heavy on the start path. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../src');

interface Import {
	/** A file below src, or the name of a package. */
	target: string;
	/** static, type (gone at run time) or dynamic (loaded late). */
	how: 'static' | 'type' | 'dynamic';
}

const files = new Map(
	readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file) => [file, readImports(file)] as const),
);

function readImports(file: string): Import[] {
	const source = readFileSync(join(ROOT, file), 'utf8');
	const statics = [...source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gms)].map(
		([, type, target = '']) => ({ target, how: type ? 'type' : 'static' }) as const,
	);
	const dynamics = [...source.matchAll(/import\('([^']+)'\)/g)].map(
		([, target = '']) => ({ target, how: 'dynamic' }) as const,
	);
	return [...statics, ...dynamics].map(({ target, how }) => ({
		how,
		target: target.startsWith('.')
			? relative(ROOT, resolve(ROOT, dirname(file), target)).replace(/\.js$/, '.ts')
			: target,
	}));
}

/** The folder a file is in; files of src itself stand for themselves. */
const roomOf = (file: string) => (file.includes('/') ? `${file.split('/')[0]}/` : file);

/** Leaves that everything may use: words and types without a story. */
const LEAVES = [
	'cancel.ts',
	'clock.ts',
	'errors.ts',
	'quote.ts',
	'hostname.ts',
	'json.ts',
	'nearest.ts',
	'zod.ts',
	'version.ts',
];

/** Room → rooms and packages it may import. What is not named here is forbidden. */
const MAY: Record<string, readonly string[]> = {
	'operations/': ['zod.ts', 'ipaddr.js'],
	'http/': ['undici'],
	'cloudflare/': ['http/'],
	'call/': ['operations/', 'cloudflare/'],
	'sandbox/': ['ipaddr.js'],
	'transports/': ['server.ts', 'reception.ts', 'log.ts', '@modelcontextprotocol/', '@streamparser/json'],
	'clients/': ['../mcp.json', 'jsonc-parser', 'smol-toml'],
	'commands/': [
		'call/',
		'clients/',
		'cloudflare/',
		'operations/',
		'catalogue.ts',
		'compose.ts',
		'config.ts',
		'credential.ts',
		'groundwork.ts',
		'tool.ts',
		'@modelcontextprotocol/',
	],
	'build/': [
		'operations/',
		'catalogue.ts',
		'kind.ts',
		'options.ts',
		'tool.ts',
		'esbuild',
		'gpt-tokenizer/',
		'@anthropic-ai/mcpb',
		'@modelcontextprotocol/',
	],
	'version.ts': ['../package.json'],
	'introduction.ts': [],
	'server.ts': ['call/', 'compose.ts', 'introduction.ts', 'resources.ts', 'tool.ts', '@modelcontextprotocol/'],
	'message.ts': ['@modelcontextprotocol/'],
	'switchboard.ts': ['message.ts', 'server.ts', '@modelcontextprotocol/'],
	'reception.ts': ['introduction.ts', 'message.ts', 'server.ts', 'switchboard.ts', 'tool.ts', '@modelcontextprotocol/'],
	'catalogue.ts': ['operations/', 'tool.ts'],
	'resources.ts': ['call/'],
	'tool.ts': ['operations/', 'zod-to-json-schema'],
	'command.ts': [],
	'options.ts': ['command.ts', 'operations/', 'readers.ts'],
	'readers.ts': ['operations/'],
	'kind.ts': ['options.ts'],
	'config.ts': ['command.ts', 'kind.ts', 'options.ts', 'call/', 'operations/'],
	'log.ts': [],
	'insistence.ts': [],
	'lock.ts': ['insistence.ts'],
	'leftovers.ts': ['lock.ts'],
	'journal.ts': ['call/', 'operations/', 'insistence.ts', 'leftovers.ts', 'lock.ts', 'log.ts'],
	'credential.ts': ['cloudflare/', 'config.ts', 'log.ts'],
	'compose.ts': [
		'call/',
		'cloudflare/',
		'http/',
		'operations/',
		'sandbox/',
		'credential.ts',
		'groundwork.ts',
		'journal.ts',
		'env-paths',
		'config.ts',
		'log.ts',
		'redact.ts',
	],
	'groundwork.ts': ['call/', 'cloudflare/', 'appender.ts', 'config.ts', 'credential.ts', 'log.ts'],
	'cli.ts': ['main.ts', 'env-paths'],
	'main.ts': [
		'call/',
		'commands/',
		'transports/',
		'sandbox/',
		'catalogue.ts',
		'server.ts',
		'compose.ts',
		'config.ts',
		'groundwork.ts',
		'log.ts',
		'reception.ts',
		'redact.ts',
		'tool.ts',
	],
	'nearest.ts': ['leven'],
	'zod.ts': ['zod/v3'],
};

describe('an import', () => {
	test.for([...files])('of %s goes in an allowed direction', ([file, imports]) => {
		const room = roomOf(file);
		const allowed = [...(MAY[room] ?? []), room, ...(room === 'sandbox/' ? [] : LEAVES)];
		const wrong = imports
			.map(({ target }) => target)
			.filter((target) => !target.startsWith('node:'))
			.filter((target) => !allowed.some((one) => target === one || (one.endsWith('/') && target.startsWith(one))));
		expect(wrong).toEqual([]);
	});

	test('of undici, but for its types, is in one file only', () => {
		const users = [...files].filter(([, imports]) =>
			imports.some(({ target, how }) => target === 'undici' && how !== 'type'),
		);
		expect(users.map(([file]) => file)).toEqual(['http/pool.ts']);
	});

	test('of the MCP server class is in one file only', () => {
		const users = [...files].filter(([, imports]) =>
			imports.some(({ target }) => target.startsWith('@modelcontextprotocol/sdk/server/index')),
		);
		expect(users.map(([file]) => file)).toEqual(['server.ts']);
	});
});

/** Everything that loading a file loads. */
function reach(from: string, seen = new Set<string>()): Set<string> {
	if (seen.has(from)) return seen;
	seen.add(from);
	for (const { target, how } of files.get(from) ?? []) if (how === 'static') reach(target, seen);
	return seen;
}

test('the start path loads no package that takes time to load, and no part that only calls need', () => {
	const loaded = [...reach('main.ts')];
	expect(loaded.filter((file) => !/\.ts$|\.json$|^node:/.test(file))).toEqual(['leven']);
	expect(loaded.filter((file) => /^(sandbox|clients|commands|operations|http)\//.test(file))).toEqual([
		'operations/operation.ts',
	]);
	expect(loaded).toContain('reception.ts');
});

test('no file imports itself by a detour', () => {
	const cycles = [...files].filter(([file, imports]) =>
		imports.some(({ target, how }) => how !== 'dynamic' && files.has(target) && reachAll(target).has(file)),
	);
	expect(cycles.map(([file]) => file)).toEqual([]);
});

/** As reach, with imports of types: a cycle of words is a cycle too. */
function reachAll(from: string, seen = new Set<string>()): Set<string> {
	if (seen.has(from)) return seen;
	seen.add(from);
	for (const { target, how } of files.get(from) ?? []) if (how !== 'dynamic') reachAll(target, seen);
	return seen;
}

test('only main.ts touches the process', () => {
	const users = [...files.keys()].filter((file) => /\bprocess\.\w/.test(readFileSync(join(ROOT, file), 'utf8')));
	expect(users).toEqual(['main.ts']);
});
