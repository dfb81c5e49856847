/** Imports go in one direction between rooms, without cycles, and the start path loads nothing heavy. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../src');

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

/** What every room but base and sandbox may import. */
const GROUND = ['base/', 'errors.ts', 'version.ts', 'zod.ts'];

/** Room → rooms and packages it may import, beside itself and the ground. What is not named here is forbidden. */
const MAY: Record<string, readonly string[]> = {
	'base/': ['leven'],
	'errors.ts': [],
	'version.ts': ['../package.json'],
	'zod.ts': ['zod/v3'],
	'operations/': ['ipaddr.js'],
	'sandbox/': ['ipaddr.js', 'graphql/language/index.js'],
	'cloudflare/': ['undici', 'ipaddr.js'],
	'call/': ['operations/', 'cloudflare/'],
	'state/': ['call/', 'cloudflare/', 'mcp/http/wire.ts', '@redis/client'],
	'config/': ['operations/', 'cloudflare/', 'state/', 'call/principal.ts'],
	'mcp/': [
		'call/',
		'operations/',
		'zod-to-json-schema',
		'@modelcontextprotocol/',
		'@streamparser/json',
		'jose',
		'@prometheus-io/client',
	],
	'compose/': ['call/', 'cloudflare/', 'config/', 'mcp/', 'operations/', 'sandbox/', 'state/', 'env-paths'],
	'commands/': [
		'call/',
		'cloudflare/',
		'compose/',
		'config/',
		'mcp/',
		'operations/',
		'sandbox/',
		'@modelcontextprotocol/',
		'jsonc-parser',
		'smol-toml',
	],
	'main.ts': ['commands/', 'compose/', 'config/'],
	'cli.ts': ['main.ts', 'env-paths'],
	'build/': [
		'commands/',
		'config/',
		'mcp/',
		'operations/',
		'esbuild',
		'gpt-tokenizer/',
		'@anthropic-ai/mcpb',
		'@modelcontextprotocol/',
	],
};

/** Rooms whose imports from another room are types only: they declare what they need, and are handed it. A file of facts is excepted. */
const TYPES_ONLY: readonly (readonly [room: string, from: string, except?: string])[] = [
	['state/', 'call/'],
	['state/', 'cloudflare/', 'cloudflare/limits.ts'],
	['state/', 'mcp/http/wire.ts'],
	['config/', 'cloudflare/', 'cloudflare/limits.ts'],
	['config/', 'call/principal.ts'],
];

/** The files that connect to hosts. */
const CONNECTS = [
	'cloudflare/edge/fetcher.ts',
	'cloudflare/edge/public-connector.ts',
	'cloudflare/edge/sandbox-connector.ts',
	'cloudflare/http/pool.ts',
	'cloudflare/http/proxy.ts',
];

describe('an import', () => {
	test.for([...files])('of %s goes in an allowed direction', ([file, imports]) => {
		const room = roomOf(file);
		const ground = room === 'sandbox/' || room === 'base/' ? [] : GROUND;
		const allowed = [...(MAY[room] ?? []), room, ...ground];
		const wrong = imports
			.map(({ target }) => target)
			.filter((target) => !target.startsWith('node:'))
			.filter((target) => !allowed.some((one) => target === one || (one.endsWith('/') && target.startsWith(one))));
		expect(wrong).toEqual([]);
	});

	test.for(TYPES_ONLY)('of %s from %s is of a type', ([room, from, except]) => {
		const values = [...files].filter(
			([file, imports]) =>
				roomOf(file) === room &&
				imports.some(({ target, how }) => target.startsWith(from) && target !== except && how !== 'type'),
		);
		expect(values.map(([file]) => file)).toEqual([]);
	});

	test.for(['sandbox/', 'cloudflare/http/pool.ts', 'cloudflare/http/proxy.ts'])(
		'of %s by compose is late',
		(target) => {
			const direct = [...files].filter(
				([file, imports]) =>
					roomOf(file) === 'compose/' && imports.some((one) => one.target.startsWith(target) && one.how === 'static'),
			);
			expect(direct.map(([file]) => file)).toEqual([]);
		},
	);

	test('of undici, but for its types, is in the pool, the proxy and the way to the edge only', () => {
		const users = [...files].filter(([, imports]) =>
			imports.some(({ target, how }) => target === 'undici' && how !== 'type'),
		);
		expect(users.map(([file]) => file).sort()).toEqual([...CONNECTS].sort());
	});

	test('of the client of Redis is in one file only, and the start reads no file beside it', () => {
		const users = [...files].filter(([, imports]) => imports.some(({ target }) => target === '@redis/client'));
		expect(users.map(([file]) => file)).toEqual(['state/redis/driver.ts']);
		const early = [...files].filter(
			([file, imports]) =>
				!file.startsWith('state/redis/') &&
				imports.some(({ target, how }) => target.startsWith('state/redis/') && how === 'static'),
		);
		expect(early.map(([file]) => file)).toEqual([]);
	});

	test('of the connector to a sandbox is where the edge is opened only, and of the one to public addresses too', () => {
		for (const connector of ['cloudflare/edge/sandbox-connector.ts', 'cloudflare/edge/public-connector.ts']) {
			const users = [...files].filter(([, imports]) =>
				imports.some(({ target, how }) => target === connector && how !== 'type'),
			);
			expect(users.map(([file]) => file).filter((file) => file !== 'cloudflare/edge/failure.ts')).toEqual([
				'cloudflare/edge/open.ts',
			]);
		}
	});

	test('of a module that opens connections is in the HTTP pool, the way to the edge and the sandbox only', () => {
		const opens = /^(undici|node:(https?|http2|net|tls|dgram))$/;
		const users = [...files].filter(
			([file, imports]) =>
				imports.some(({ target, how }) => opens.test(target) && how !== 'type') ||
				/\b(fetch|WebSocket|EventSource)\(/.test(readFileSync(join(ROOT, file), 'utf8')),
		);
		const simulated = ['sandbox/addresses.ts', 'sandbox/edge/listener.ts', 'sandbox/server.ts'];
		// It waits for connections, and opens none.
		const listens = ['mcp/http/listener.ts'];
		expect(users.map(([file]) => file).sort()).toEqual([...CONNECTS, ...simulated, ...listens].sort());
	});

	test('of the MCP server class is in one file only', () => {
		const users = [...files].filter(([, imports]) =>
			imports.some(({ target }) => target.startsWith('@modelcontextprotocol/sdk/server/index')),
		);
		expect(users.map(([file]) => file)).toEqual(['mcp/sdk-session.ts']);
	});

	test('of performCall in mcp is in one file only, so that calls of all revisions take one route', () => {
		const users = [...files].filter(
			([file, imports]) =>
				roomOf(file) === 'mcp/' && imports.some(({ target, how }) => target === 'call/perform.ts' && how !== 'type'),
		);
		expect(users.map(([file]) => file)).toEqual(['mcp/call-tool.ts']);
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
	expect(loaded.filter((file) => /^(sandbox|commands|operations|cloudflare\/http)\//.test(file)).sort()).toEqual([
		'commands/serve.ts',
		'operations/operation.ts',
		'operations/scope.ts',
	]);
	expect(loaded.filter((file) => /^(mcp\/http|state\/redis|compose)\//.test(file))).toEqual([]);
	expect(loaded).toContain('mcp/connection.ts');
});

test('no chain of imports leads back to the file that it starts at', () => {
	const cycles = [...files].filter(([file, imports]) =>
		imports.some(({ target, how }) => how !== 'dynamic' && files.has(target) && reachAll(target).has(file)),
	);
	expect(cycles.map(([file]) => file)).toEqual([]);
});

/** As reach, with imports of types, which make a cycle for the reader too. */
function reachAll(from: string, seen = new Set<string>()): Set<string> {
	if (seen.has(from)) return seen;
	seen.add(from);
	for (const { target, how } of files.get(from) ?? []) if (how !== 'dynamic') reachAll(target, seen);
	return seen;
}

/** Uses of the process that belong to main.ts. Other files may ask for ids, and send signals to other processes. */
const MAIN_ONLY = /\bprocess\.(?!getuid\b)\w|import \{(?! (kill, )?pid \})[^}]*\} from 'node:process'/;

test('only main.ts uses arguments, environment, streams, signals and exit of the process', () => {
	const users = [...files.keys()].filter((file) => MAIN_ONLY.test(readFileSync(join(ROOT, file), 'utf8')));
	expect(users).toEqual(['main.ts']);
});
