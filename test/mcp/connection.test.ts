/** The first answers of a session come before the SDK is loaded; nobody can tell them from those that come after. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { listTools } from '../../src/mcp/tools.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { type Message, type Running, start } from '../support/process.js';
import { CLI } from '../support/session.js';

const hello = (params: Record<string, unknown>) => ({ method: 'initialize', params });
const client = { name: 'test', version: '0' };
const usual = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: client };

/** Only a server that has taken over knows resources. */
async function waitForTakeOver(server: Running): Promise<void> {
	server.send({ id: 'resources', method: 'resources/list' });
	await server.answer('resources');
}

/** The same message as the first of a session, and again when the SDK has taken over. */
async function askTwice(message: Omit<Message, 'jsonrpc' | 'id'>, flags: readonly string[] = []) {
	const server = start(['--sandbox', ...flags]);
	server.send({ id: 1, ...message });
	const { id: _, ...first } = await server.answer(1);
	await waitForTakeOver(server);
	server.send({ id: 2, ...message });
	const { id: __, ...second } = await server.answer(2);
	return { first, second };
}

describe('the answer to initialize', () => {
	test.for([...SUPPORTED_PROTOCOL_VERSIONS, '2024-01-01', '2099-01-01', ''])(
		'is the same before and after the SDK has taken over, for protocol version "%s"',
		async (protocolVersion) => {
			const { first, second } = await askTwice(hello({ ...usual, protocolVersion }));
			expect(first.result).toMatchObject({ serverInfo: { name: 'cloudflare-cache-mcp' } });
			expect(first).toEqual(second);
		},
	);

	test.for<[string, Record<string, unknown>]>([
		['without a version', { capabilities: {}, clientInfo: client }],
		['without a client', { protocolVersion: '2025-06-18', capabilities: {} }],
		['with capabilities that are a list', { ...usual, capabilities: [] }],
		['with a number for a name', { ...usual, clientInfo: { name: 1, version: '0' } }],
		[
			'with much that is usual',
			{ ...usual, capabilities: { roots: { listChanged: true }, elicitation: { form: {} } } },
		],
		['with a progress token', { ...usual, _meta: { progressToken: 1 } }],
	])('is the same before and after for a client %s', async ([, params]) => {
		const { first, second } = await askTwice(hello(params));
		expect(first).toEqual(second);
	});
});

describe('the answer to tools/list', () => {
	test.for<[string, string[]]>([
		['no flags', []],
		['a default zone', ['--zone', 'example.com']],
		['one zone only', ['--zone', 'example.com', '--zones', 'example.com']],
		['--read-only', ['--read-only']],
		['--confirm block', ['--confirm', 'block']],
		['a choice of tools', ['--toolsets', 'purge,reserve', '--exclude-tools', 'purge_cache']],
	])('is the same before and after the SDK has taken over, with %s', async ([, flags]) => {
		const { first, second } = await askTwice({ method: 'tools/list' }, flags);
		expect(first.result?.tools).not.toEqual([]);
		expect(first).toEqual(second);
	});

	test.for<[string, (operation: (typeof OPERATIONS)[number]) => boolean]>([
		['--read-only', ({ danger }) => danger === 'read'],
		['--confirm block', ({ danger }) => danger !== 'destroy'],
		['--toolsets purge,zone', ({ toolset }) => toolset === 'purge' || toolset === 'zone'],
		['--tools purge_cache,zones_list', ({ name }) => name === 'purge_cache' || name === 'zones_list'],
		['--exclude-tools purge_everything', ({ name }) => name !== 'purge_everything'],
	])('holds what the operator allows, and nothing else: %s', async ([flags, allows]) => {
		const server = start(['--sandbox', ...flags.split(' ')]);
		server.send({ id: 1, method: 'tools/list' });
		const tools = (await server.answer(1)).result?.tools as { name: string }[];
		expect(tools.map(({ name }) => name)).toEqual(OPERATIONS.filter(allows).map(({ name }) => name));
	});

	test.for<['required' | 'optional' | 'fixed', string[]]>([
		['required', []],
		['optional', ['--zone', 'example.com']],
		['fixed', ['--zone', 'example.com', '--zones', 'example.com']],
	])('is what the records say, where the zone is %s', async ([zoneArgument, flags]) => {
		const server = start(['--sandbox', ...flags]);
		server.send({ id: 1, method: 'tools/list' });
		expect((await server.answer(1)).result?.tools).toEqual(
			JSON.parse(JSON.stringify(listTools(OPERATIONS, zoneArgument))),
		);
	});
});

describe('what is no plain question', () => {
	test.for<[string, Record<string, unknown>]>([
		['a list with a cursor', { method: 'tools/list', params: { cursor: 'x' } }],
		['a list with a cursor that is a number', { method: 'tools/list', params: { cursor: 5 } }],
		['a method that nobody knows', { method: 'frobnicate' }],
	])('is answered by the SDK from the start: %s', async ([, message]) => {
		const { first, second } = await askTwice(message as never);
		expect(first).toEqual(second);
	});
});

describe('the SDK', () => {
	const SDK = readdirSync(dirname(CLI)).filter(
		(name) => name.endsWith('.js') && readFileSync(join(dirname(CLI), name), 'utf8').includes('prompts/list_changed'),
	);

	test('is in files of its own, which the command does not name before it needs them', () => {
		expect(SDK.length).toBeGreaterThan(0);
		expect(SDK.filter((name) => /^(cli|main)/.test(name))).toEqual([]);
	});

	test('learns what the client can do, though the client said it before', async () => {
		const server = start(['--sandbox']);
		server.send({ id: 1, ...hello({ ...usual, capabilities: { elicitation: { form: {} } } }) });
		await server.answer(1);
		server.send({ method: 'notifications/initialized' });
		server.send({ id: 2, method: 'tools/list' });
		await server.answer(2);
		server.send({
			id: 3,
			method: 'tools/call',
			params: { name: 'purge_everything', arguments: { zone: 'example.com' } },
		});
		await server.saw('stdout', '"elicitation/create"');
	});

	test('answers what came with the first messages, each once', async () => {
		const server = start(['--sandbox']);
		const lines = [
			{ id: 1, ...hello(usual) },
			{ method: 'notifications/initialized' },
			{ id: 2, method: 'tools/list' },
			{ id: 3, method: 'tools/call', params: { name: 'zones_list', arguments: {} } },
			{ id: 4, method: 'ping' },
			{ id: 5, method: 'tools/list' },
		];
		await server.write(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
		server.endInput();
		await server.ended;
		const ids = server
			.stdout()
			.trim()
			.split('\n')
			.map((line) => (JSON.parse(line) as Message).id);
		expect(ids.sort()).toEqual([1, 2, 3, 4, 5]);
	});
});
