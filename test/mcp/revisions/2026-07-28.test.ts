/** MCP 2026-07-28: what each method answers, and what each wrong message is answered with. */
import { describe, expect, test } from 'vitest';
import { startUpstream, withZone } from '../../support/api.js';
import { ZONE, ZONE_ID } from '../../support/session.js';
import { type Meta, metaOf, openStateless } from '../../support/stateless.js';

const SERVER = { 'io.modelcontextprotocol/serverInfo': { name: 'cloudflare-cache-mcp', version: expect.any(String) } };
const READ = { name: 'cache_reserve_get', arguments: { zone: ZONE } };
const LISTS = ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'];

describe('server/discover', () => {
	test('names the versions, the capabilities and the instructions, and may be kept for 5 minutes', async () => {
		const { ask } = await openStateless();
		expect((await ask('server/discover')).result).toEqual({
			resultType: 'complete',
			supportedVersions: ['2026-07-28'],
			capabilities: expect.objectContaining({ tools: {}, resources: {} }),
			instructions: expect.stringContaining('Manages the Cloudflare cache of a zone.'),
			ttlMs: 300_000,
			cacheScope: 'public',
			_meta: { 'io.modelcontextprotocol/serverInfo': expect.objectContaining({ name: 'cloudflare-cache-mcp' }) },
		});
	});
});

describe('a result', () => {
	test.for(LISTS)('of %s may be kept for 5 minutes by everyone, and names the server', async (method) => {
		const { ask } = await openStateless();
		const { result } = await ask(method);
		expect(result).toMatchObject({ resultType: 'complete', ttlMs: 300_000, cacheScope: 'public' });
		expect(result?._meta).toEqual(SERVER);
	});

	test('of resources/read may not be kept', async () => {
		const { ask } = await openStateless();
		const { result } = await ask('resources/read', { uri: 'cf-cache://audit/recent' });
		expect(result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private', _meta: SERVER });
		expect(result?.contents).toEqual([{ uri: 'cf-cache://audit/recent', mimeType: 'application/json', text: '[]' }]);
	});

	test('of a call has no word about keeping it', async () => {
		const { ask } = await openStateless();
		const { result } = await ask('tools/call', READ);
		expect(Object.keys(result ?? {}).sort()).toEqual(['_meta', 'content', 'resultType', 'structuredContent']);
		expect(result).toMatchObject({ resultType: 'complete', _meta: SERVER });
	});

	test('of a call that failed is complete, and says so', async () => {
		const { ask } = await openStateless();
		const { result } = await ask('tools/call', { name: 'no_such_tool', arguments: {} });
		expect(result).toMatchObject({ resultType: 'complete', isError: true });
	});

	test('of each list is the same, byte for byte, as that of another process, in both revisions', async () => {
		for (const method of LISTS) {
			const [one, other] = [await openStateless(), await openStateless({ over: 'stdio' })];
			const answers = [await one.ask(method), await other.ask(method)].map(({ result }) => JSON.stringify(result));
			expect(answers[0]).toBe(answers[1]);
			const earlier = (await one.request(method)).result;
			expect((await one.ask(method)).result).toEqual({
				...earlier,
				resultType: 'complete',
				ttlMs: 300_000,
				cacheScope: 'public',
				_meta: SERVER,
			});
		}
	});
});

describe('a request is refused', () => {
	const own = (fields: Record<string, unknown>) => ({ ...metaOf(), ...fields });
	const VERSION = 'io.modelcontextprotocol/protocolVersion';
	const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

	test.for<[string, string, Record<string, unknown> | undefined, number]>([
		['without parameters', 'server/discover', undefined, -32602],
		['without metadata', 'server/discover', {}, -32602],
		['with null for metadata', 'server/discover', { _meta: null }, -32602],
		['with text for metadata', 'server/discover', { _meta: 'x' }, -32602],
		['without a version', 'server/discover', { _meta: own({ [VERSION]: undefined }) }, -32602],
		['without a version', 'subscriptions/listen', { notifications: {}, _meta: {} }, -32602],
		['with null for a version', 'server/discover', { _meta: own({ [VERSION]: null }) }, -32602],
		['with a number for a version', 'tools/list', { _meta: own({ [VERSION]: 7 }) }, -32602],
		['without capabilities', 'tools/list', { _meta: own({ [CAPABILITIES]: undefined }) }, -32602],
		['with null for capabilities', 'tools/call', { ...READ, _meta: own({ [CAPABILITIES]: null }) }, -32602],
		['with a list of capabilities', 'tools/list', { _meta: own({ [CAPABILITIES]: [] }) }, -32602],
		['with a progress token of no kind', 'tools/call', { ...READ, _meta: own({ progressToken: {} }) }, -32602],
		['with a broken progress token', 'tools/call', { ...READ, _meta: own({ progressToken: 0.5 }) }, -32602],
		['with an earlier version', 'server/discover', { _meta: own({ [VERSION]: '2025-11-25' }) }, -32022],
		['with a later version', 'tools/list', { _meta: own({ [VERSION]: '2099-01-01' }) }, -32022],
		['with a version and no capabilities', 'tools/list', { _meta: { [VERSION]: '2099-01-01' } }, -32022],
		...['ping', 'initialize', 'logging/setLevel', 'resources/subscribe', 'frobnicate', '__proto__', 'constructor'].map(
			(method): [string, string, Record<string, unknown>, number] => [
				'for a method that the revision does not have',
				method,
				{ _meta: metaOf() },
				-32601,
			],
		),
		...LISTS.map((method): [string, string, Record<string, unknown>, number] => [
			'with a cursor of nobody',
			method,
			{ cursor: 'x', _meta: metaOf() },
			-32602,
		]),
		['for a resource that does not exist', 'resources/read', { uri: 'cf-cache://none', _meta: metaOf() }, -32602],
		['without a resource', 'resources/read', { _meta: metaOf() }, -32602],
		['without a tool', 'tools/call', { _meta: metaOf() }, -32602],
		['with a list of arguments', 'tools/call', { ...READ, arguments: [], _meta: metaOf() }, -32602],
		['with a list of answers', 'tools/call', { ...READ, inputResponses: [], _meta: metaOf() }, -32602],
		['with a number for a state', 'tools/call', { ...READ, requestState: 5, _meta: metaOf() }, -32602],
		['without notifications', 'subscriptions/listen', { _meta: metaOf() }, -32602],
		['with text for notifications', 'subscriptions/listen', { notifications: 'x', _meta: metaOf() }, -32602],
	])('%s: %s %j with %i', async ([, method, params, code]) => {
		const { request, requests } = await openStateless();
		expect((await request(method, params)).error).toMatchObject({ code });
		expect(requests).toEqual([]);
	});

	test('with the versions that it may name, and the one that it named', async () => {
		const { ask } = await openStateless();
		expect((await ask('tools/list', {}, { version: '2025-11-25' })).error).toEqual({
			code: -32022,
			message: 'Unsupported protocol version',
			data: { supported: ['2026-07-28'], requested: '2025-11-25' },
		});
	});

	test('and a secret or a long text in its version does not come back', async () => {
		const { ask } = await openStateless();
		const secret = await ask('tools/list', {}, { version: 'test-token-0123456789' });
		expect(JSON.stringify(secret)).not.toContain('0123456789');
		const long = await ask('tools/list', {}, { version: '9'.repeat(10_000) });
		expect(JSON.stringify(long).length).toBeLessThan(400);
	});
});

describe('a request is served', () => {
	test.for<[string, Meta]>([
		['null for its client', { clientInfo: null }],
		['a number for its client', { clientInfo: 5 }],
		['no capability', { capabilities: {} }],
		['capabilities that nobody knows', { capabilities: { teleport: { anywhere: true }, elicitation: 'x' } }],
	])('with %s', async ([, meta]) => {
		const { ask } = await openStateless();
		expect((await ask('tools/call', READ, meta)).result).toMatchObject({ resultType: 'complete' });
	});

	test.for([0, -1, 'text', ''])('with the id %j', async (id) => {
		const { send, answer } = await openStateless();
		send({ id, method: 'server/discover', params: { _meta: metaOf() } });
		expect(await answer(id)).toMatchObject({ id, result: { resultType: 'complete' } });
	});

	test('as the earlier revision where its metadata names no version, and its method is of that revision', async () => {
		const { request } = await openStateless();
		for (const _meta of [
			{ 'io.modelcontextprotocol/protocolVersion': null },
			{ 'io.modelcontextprotocol/clientInfo': {} },
		])
			expect((await request('tools/list', { _meta })).result).toEqual({ tools: expect.any(Array) });
	});
});

describe('progress', () => {
	test('is reported under the token of the call, and ends with its answer', async () => {
		const { ask, messages } = await openStateless();
		const tags = Array.from({ length: 250 }, (_, at) => `tag-${at}`);
		await ask('tools/call', { name: 'purge_cache', arguments: { zone: ZONE, tags } }, { progressToken: 11 });
		const [answer, ...rest] = [...messages()].reverse();
		expect(answer?.result).toMatchObject({ resultType: 'complete' });
		expect(rest.length).toBeGreaterThan(0);
		for (const note of rest)
			expect(note).toMatchObject({ method: 'notifications/progress', params: { progressToken: 11 } });
	});
});

describe('a call that is cancelled', () => {
	test.for([undefined, metaOf()])(
		'ends at the API too, and nothing more is said of it, with the metadata %j',
		async (_meta) => {
			const upstream = await startUpstream(withZone(() => 'hang'));
			const { send, ask, messages } = await openStateless({ upstream: upstream.url });
			send({ id: 'a', method: 'tools/call', params: { ...READ, arguments: { zone: ZONE_ID }, _meta: metaOf() } });
			const { closed } = await upstream.arrival(`/zones/${ZONE_ID}/cache/cache_reserve`);
			send({ method: 'notifications/cancelled', params: { requestId: 'a', ...(_meta && { _meta }) } });
			await closed;
			await ask('server/discover');
			expect(messages().map(({ id }) => id)).not.toContain('a');
		},
	);
});

describe('subscriptions/listen', () => {
	const listen = (id: number | string) => ({
		id,
		method: 'subscriptions/listen',
		params: { notifications: { toolsListChanged: true }, _meta: metaOf() },
	});

	test('is acknowledged, stays open, and ends with a result when the server closes', async () => {
		const { send, server, answer, messages, ask } = await openStateless({ over: 'stdio' });
		send(listen('listen:0'));
		await ask('server/discover');
		const about = { 'io.modelcontextprotocol/subscriptionId': 'listen:0' };
		expect(messages()[0]).toEqual({
			jsonrpc: '2.0',
			method: 'notifications/subscriptions/acknowledged',
			params: { _meta: about, notifications: {} },
		});
		expect(messages()).toHaveLength(2);
		server.endInput();
		expect(await answer('listen:0')).toEqual({
			jsonrpc: '2.0',
			id: 'listen:0',
			result: { resultType: 'complete', _meta: { ...SERVER, ...about } },
		});
		expect(await server.ended).toEqual({ code: 0, signal: null });
	});

	test('that is cancelled gets no result, also when the server closes', async () => {
		const { send, server, messages } = await openStateless({ over: 'stdio' });
		send(listen(0));
		send({ method: 'notifications/cancelled', params: { requestId: 0 } });
		server.endInput();
		await server.ended;
		expect(messages().map(({ id, method }) => id ?? method)).toEqual(['notifications/subscriptions/acknowledged']);
	});
});
