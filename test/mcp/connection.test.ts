/** The first answers of a session come from prepared data. A client cannot tell them from those of the SDK. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { listTools } from '../../src/mcp/tools.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { REPOSITORY, TITLE, VERSION } from '../../src/version.js';
import { CLI, type Message } from '../support/process.js';
import { initializeParams } from '../support/raw.js';
import { openSession } from '../support/session.js';

const usual = initializeParams();
const { clientInfo } = usual;

type Method = Pick<Message, 'method' | 'params'>;

/** The answers to the same message as the first of a session, and again after the SDK has loaded. */
async function askTwice({ method = '', params }: Method, flags: readonly string[] = []) {
	const { request } = await openSession({ raw: true, greet: false, flags });
	const { id: _, ...first } = await request(method, params);
	// The SDK decides about a cursor.
	await request('tools/list', { cursor: 'x' });
	const { id: __, ...second } = await request(method, params);
	return { first, second };
}

describe('the answer to initialize', () => {
	test.for([...SUPPORTED_PROTOCOL_VERSIONS, '2024-01-01', '2099-01-01', ''])(
		'is the same before and after the SDK has loaded, for protocol version "%s"',
		async (protocolVersion) => {
			const { first, second } = await askTwice({ method: 'initialize', params: { ...usual, protocolVersion } });
			expect(first.result).toMatchObject({
				serverInfo: { name: 'cloudflare-cache-mcp', title: TITLE, version: VERSION, websiteUrl: REPOSITORY },
			});
			expect(first).toEqual(second);
		},
	);

	test.for<[string, Record<string, unknown>]>([
		['without a version', { capabilities: {}, clientInfo }],
		['without a name', { protocolVersion: '2025-06-18', capabilities: {} }],
		['with a list of capabilities', { ...usual, capabilities: [] }],
		['with a number for a name', { ...usual, clientInfo: { name: 1, version: '0' } }],
		[
			'with usual capabilities',
			{ ...usual, capabilities: { roots: { listChanged: true }, elicitation: { form: {} } } },
		],
		['with a progress token', { ...usual, _meta: { progressToken: 1 } }],
	])('is the same before and after the SDK has loaded, for a client %s', async ([, params]) => {
		const { first, second } = await askTwice({ method: 'initialize', params });
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
	])('is the same before and after the SDK has loaded, with %s', async ([, flags]) => {
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
	])('of the built command holds exactly what %s allows', async ([flags, allows]) => {
		const { tools } = await openSession({ over: 'stdio', raw: true, greet: false, flags: flags.split(' ') });
		expect(await tools()).toEqual(OPERATIONS.filter(allows).map(({ name }) => name));
	});

	test.for<['required' | 'optional' | 'fixed', string[]]>([
		['required', []],
		['optional', ['--zone', 'example.com']],
		['fixed', ['--zone', 'example.com', '--zones', 'example.com']],
	])('of the built command is what the records say where the zone is %s', async ([zoneArgument, flags]) => {
		const { request } = await openSession({ over: 'stdio', raw: true, greet: false, flags });
		expect((await request('tools/list')).result?.tools).toEqual(
			JSON.parse(JSON.stringify(listTools(OPERATIONS, zoneArgument))),
		);
	});
});

test.for<[string, Method]>([
	['a list with a cursor', { method: 'tools/list', params: { cursor: 'x' } }],
	['a list with a number for a cursor', { method: 'tools/list', params: { cursor: 5 } }],
	['an unknown method', { method: 'frobnicate' }],
])('the SDK answers %s from the start', async ([, message]) => {
	const { first, second } = await askTwice(message);
	expect(first).toEqual(second);
});

describe('the SDK', () => {
	const SDK = readdirSync(dirname(CLI)).filter(
		(name) => name.endsWith('.js') && readFileSync(join(dirname(CLI), name), 'utf8').includes('prompts/list_changed'),
	);

	test('is in files of its own, which are not those of the command and of main', () => {
		expect(SDK.length).toBeGreaterThan(0);
		expect(SDK.filter((name) => /^(cli|main)/.test(name))).toEqual([]);
	});

	test('learns what the client can do from an initialize that was answered before it loaded', async () => {
		const { request, send, server } = await openSession({
			over: 'stdio',
			raw: true,
			capabilities: { elicitation: { form: {} } },
		});
		await request('tools/list');
		send({
			id: 3,
			method: 'tools/call',
			params: { name: 'purge_everything', arguments: { zone: 'example.com' } },
		});
		await server.saw('stdout', '"elicitation/create"');
	});

	test('loads after messages that came together, and each of them gets one answer', async () => {
		const { server } = await openSession({ over: 'stdio', raw: true, greet: false });
		const lines = [
			{ id: 1, method: 'initialize', params: usual },
			{ method: 'notifications/initialized' },
			{ id: 2, method: 'tools/list' },
			{ id: 3, method: 'tools/call', params: { name: 'zones_list', arguments: {} } },
			{ id: 4, method: 'ping' },
			{ id: 5, method: 'tools/list' },
		];
		await server.write(lines.map((line) => `${JSON.stringify({ jsonrpc: '2.0', ...line })}\n`).join(''));
		server.endInput();
		await server.ended;
		const ids = server.messages().map(({ id }) => id);
		expect(ids.sort()).toEqual([1, 2, 3, 4, 5]);
	});
});
