/** What the messages of a POST are answered with, in both revisions: JSON, lists, streams of events, and their statuses. */
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/operations/index.js';
import { createManualClock } from '../../support/clock.js';
import {
	call,
	initialize,
	type PostOptions,
	readEvents,
	request,
	type ServedOptions,
	serveHttp,
} from '../../support/http.js';

const ZONE = { zone: 'example.com' };
const ping = (id: unknown = 1) => ({ jsonrpc: '2.0', id, method: 'ping' });
const serve = (options?: ServedOptions) => serveHttp({ upstream: 'http://127.0.0.1:9/client/v4', ...options });

const VERSION = '2026-07-28';
const META = {
	'io.modelcontextprotocol/protocolVersion': VERSION,
	'io.modelcontextprotocol/clientCapabilities': {},
};

/** A request of MCP 2026-07-28, and what it is sent with. */
function stateless(method: string, params: object = {}, headers: Record<string, string> = {}): [object, PostOptions] {
	const message = { jsonrpc: '2.0', id: 7, method, params: { _meta: META, ...params } };
	return [message, { headers: { 'mcp-protocol-version': VERSION, 'mcp-method': method, ...headers } }];
}

describe('a POST up to MCP 2025-11-25', () => {
	test('with a request is answered by one JSON message', async () => {
		const { post } = await serve();
		const { status, headers, messages } = await post(ping());
		expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
		expect(messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
	});

	test.for([
		{ jsonrpc: '2.0', method: 'notifications/initialized' },
		{ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
		{ jsonrpc: '2.0', method: 'notifications/cancelled' },
		{ jsonrpc: '2.0', id: 'unknown', result: {} },
		{ jsonrpc: '2.0', id: 4, error: { code: 1, message: 'no' } },
	])('with %j, which asks for nothing, is answered by 202 without a body', async (message) => {
		const { post, open } = await serve();
		for (const session of [undefined, await open()]) {
			const { status, text } = await post(message, { session });
			expect([status, text]).toEqual([202, '']);
		}
	});

	test('lists the same tools as over stdio, from prepared text or not', async () => {
		const { post } = await serve();
		const [plain, withMeta] = await Promise.all(
			[{}, { _meta: { progressToken: 1 } }].map(async (params) => {
				const { messages } = await post({ jsonrpc: '2.0', id: 'list', method: 'tools/list', params });
				return messages[0];
			}),
		);
		expect(plain).toEqual(withMeta);
		expect(plain?.result?.tools).toHaveLength(OPERATIONS.length);
	});

	test.for(['2025-11-25', '2025-03-26'])('may name the version %s', async (version) => {
		const { post } = await serve();
		expect((await post(ping(), { headers: { 'mcp-protocol-version': version } })).status).toBe(200);
	});

	test.for(['1999-01-01', ''])('that names the version "%s" is a bad one', async (version) => {
		const { post } = await serve();
		const { status, messages } = await post(ping(), { headers: { 'mcp-protocol-version': version } });
		expect(status).toBe(400);
		expect(messages[0]?.error?.message).toContain('2025-11-25');
	});
});

describe('a list of messages', () => {
	test('is answered by one list with an answer for each request', async () => {
		const { post } = await serve();
		const { status, text } = await post([
			ping(1),
			{ jsonrpc: '2.0', method: 'notifications/initialized' },
			{ jsonrpc: '2.0', id: 'b', method: 'no/such' },
			ping('c'),
		]);
		expect(status).toBe(200);
		const answers = JSON.parse(text) as { id: unknown }[];
		expect(Array.isArray(answers)).toBe(true);
		expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([1, 'b', 'c']));
	});

	test('of one request is answered by a list too, and one without requests by 202', async () => {
		const { post } = await serve();
		expect(JSON.parse((await post([ping()])).text)).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
		expect((await post([{ jsonrpc: '2.0', method: 'notifications/initialized' }])).status).toBe(202);
	});

	test('of calls carries out each of them', async () => {
		const { post } = await serveHttp();
		const { text } = await post([call('cache_reserve_get', ZONE, { id: 1 }), call('zones_list', {}, { id: 2 })]);
		const answers = JSON.parse(text) as { result: { structuredContent: { status: string } } }[];
		expect(answers.map(({ result }) => result.structuredContent.status)).toEqual(['done', 'done']);
	});

	test.for([
		['21 messages', Array.from({ length: 21 }, (_, at) => ping(at))],
		['an initialize', [ping(), initialize()]],
		['two requests with one id', [ping(), ping()]],
		['a message of MCP 2026-07-28', [stateless('server/discover')[0]]],
		['something that is no message', [ping(), 3]],
	] as const)('with %s is refused whole', async ([, messages]) => {
		const { post } = await serve();
		const { status, messages: answers } = await post(messages);
		expect([status, answers.length, answers[0]?.error?.code]).toEqual([400, 1, -32600]);
	});

	test('is refused where the session speaks a revision that has none', async () => {
		const { post } = await serve();
		expect((await post([ping()], { headers: { 'mcp-protocol-version': '2025-06-18' } })).status).toBe(400);
	});
});

describe('a stream of events', () => {
	const purge = call('purge_cache', { ...ZONE, tags: tagsOf(700) }, { progressToken: 'p' });

	test('begins with the first note on progress, which names the handle, and ends with the answer', async () => {
		const { post } = await serveHttp();
		const { status, headers, messages } = await post(purge);
		expect(status).toBe(200);
		expect(Object.fromEntries(headers)).toMatchObject({
			'content-type': 'text/event-stream',
			'cache-control': 'no-cache, no-transform',
			'x-accel-buffering': 'no',
		});
		expect(messages[0]?.params?.message).toMatch(/call purge_resume with resume: \w+/);
		expect(messages.at(-1)).toMatchObject({ id: 1, result: { structuredContent: { status: 'done' } } });
	});

	test('is not begun for a client that reads JSON only', async () => {
		const { post } = await serveHttp();
		const { headers, messages } = await post(purge, { headers: { accept: 'application/json' } });
		expect(headers.get('content-type')).toBe('application/json');
		expect(messages).toHaveLength(1);
	});

	test('has a comment every 15 s while nothing else is to be said', async () => {
		const clock = createManualClock();
		const { url, open } = await serveHttp({ clock });
		const session = await open({ forms: true });
		const response = await request(url, call('purge_everything', ZONE), { session });
		const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
		const first = (await reader?.read())?.value ?? '';
		expect(readEvents(first)[0]?.method).toBe('elicitation/create');
		await clock.run(14_999);
		await clock.run(15_000);
		expect((await reader?.read())?.value).toBe(': still here\n\n');
		await clock.run(30_000);
		expect((await reader?.read())?.value).toBe(': still here\n\n');
		await reader?.cancel();
	});
});

describe('a POST of MCP 2026-07-28', () => {
	test('is answered as its revision says, and needs no session', async () => {
		const { post } = await serve();
		const { status, messages, headers } = await post(...stateless('server/discover'));
		expect([status, headers.get('mcp-session-id')]).toEqual([200, null]);
		expect(messages[0]?.result).toMatchObject({ resultType: 'complete', supportedVersions: [VERSION] });
	});

	test('lists what no cache may give to another caller', async () => {
		const { post } = await serve();
		for (const method of ['server/discover', 'tools/list', 'prompts/list']) {
			const { messages } = await post(...stateless(method));
			expect(messages[0]?.result).toMatchObject({ cacheScope: 'private', ttlMs: 300_000 });
		}
	});

	test('calls a tool by its name in the header', async () => {
		const { post } = await serveHttp();
		const params = { name: 'cache_reserve_get', arguments: ZONE };
		const { messages } = await post(...stateless('tools/call', params, { 'mcp-name': 'cache_reserve_get' }));
		expect(messages[0]?.result).toMatchObject({ resultType: 'complete', structuredContent: { status: 'done' } });
	});

	test('may write a name in base64 that is not ASCII', async () => {
		const { post } = await serve();
		const uri = 'cf-cache://zöne';
		const encoded = `=?base64?${Buffer.from(uri).toString('base64')}?=`;
		const { status, messages } = await post(...stateless('resources/read', { uri }, { 'mcp-name': encoded }));
		expect([status, messages[0]?.error?.code]).toEqual([200, -32602]);
	});

	test.for([
		['without its version in the header', 'tools/list', {}, { 'mcp-protocol-version': '' }, 400, -32020],
		['with another method in the header', 'tools/list', {}, { 'mcp-method': 'tools/call' }, 400, -32020],
		['without its name in the header', 'tools/call', { name: 'zones_list' }, {}, 400, -32020],
		['with another case in the header', 'tools/call', { name: 'a' }, { 'mcp-name': 'A' }, 400, -32020],
		[
			'with a version that is no text',
			'tools/list',
			{ _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': 7 } },
			{},
			400,
			-32602,
		],
		['of a removed method', 'ping', {}, {}, 404, -32601],
		['of an unknown method', 'no/such', {}, {}, 404, -32601],
		[
			'without capabilities',
			'tools/list',
			{ _meta: { ...META, 'io.modelcontextprotocol/clientCapabilities': 1 } },
			{},
			400,
			-32602,
		],
		['of a resource that is not there', 'resources/read', { uri: 'x:y' }, { 'mcp-name': 'x:y' }, 200, -32602],
	] as const)('%s has its status and code', async ([, method, params, headers, status, code]) => {
		const { post } = await serve();
		const answer = await post(...stateless(method, params, headers));
		expect([answer.status, answer.messages[0]?.error?.code, answer.messages[0]?.id]).toEqual([status, code, 7]);
	});

	test('that names its version in the header only is a bad one', async () => {
		const { post } = await serve();
		const { status, messages } = await post(ping(), { headers: { 'mcp-protocol-version': VERSION } });
		expect([status, messages[0]?.error?.code]).toEqual([400, -32602]);
	});

	test('that names an unknown version is told which there are', async () => {
		const { post } = await serve();
		const _meta = { ...META, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
		const answer = await post(...stateless('tools/list', { _meta }, { 'mcp-protocol-version': '2099-01-01' }));
		expect([answer.status, answer.messages[0]?.error?.code]).toEqual([400, -32022]);
	});

	test('with a notification is taken, whatever its headers', async () => {
		const { post } = await serve();
		const notification = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { _meta: META, requestId: 1 } };
		expect((await post(notification)).status).toBe(202);
	});
});

function tagsOf(amount: number): string[] {
	return Array.from({ length: amount }, (_, at) => `tag-${at}`);
}
