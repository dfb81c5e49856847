/** Calls and their cancellation, on the route that they take past the SDK. */
import { describe, expect, test } from 'vitest';
import { startUpstream, withZone } from '../support/api.js';
import { openSession, ZONE_ID } from '../support/session.js';

const SETTING = `/zones/${ZONE_ID}/cache/cache_reserve`;
/** A call with progress, so that no time limit of ours ends it. */
const READ = {
	method: 'tools/call',
	params: { name: 'cache_reserve_get', arguments: { zone: ZONE_ID }, _meta: { progressToken: 'a' } },
};
const cancelOf = (requestId: number | string) => ({ method: 'notifications/cancelled', params: { requestId } });

/** A session with an API that never answers what the setting is. */
async function openHangingSession(over: 'memory' | 'stdio' = 'memory') {
	const upstream = await startUpstream(withZone(() => 'hang'));
	const session = await openSession({ over, raw: true, upstream: upstream.url, flags: ['--timeout', '600'] });
	return { ...session, upstream };
}

const idsOf = (messages: readonly { id?: number | string | null }[]) => messages.map(({ id }) => id);

describe('a call that the client cancels', () => {
	test.for(['memory', 'stdio'] as const)('ends at the API too, and gets no answer, over %s', async (over) => {
		const { send, request, messages, upstream } = await openHangingSession(over);
		send({ id: 1, ...READ });
		const { closed } = await upstream.arrival(SETTING);
		send(cancelOf(1));
		await closed;
		await request('ping');
		expect(idsOf(messages())).not.toContain(1);
	});

	test('leaves a call whose id is the same number as text', async () => {
		const { send, request, messages, close, upstream } = await openHangingSession();
		send({ id: 1, ...READ });
		send({ id: '1', ...READ });
		await upstream.arrival(SETTING);
		send(cancelOf(1));
		await request('tools/call', { name: 'no_such_tool', arguments: {} });
		// Closing interrupts the other call, which still gets its answer.
		await close();
		expect(idsOf(messages())).toContain('1');
		expect(idsOf(messages())).not.toContain(1);
	});

	test('may have an id that the server does not know', async () => {
		const { send, request } = await openHangingSession();
		await request('resources/list');
		send(cancelOf(77));
		expect((await request('ping')).result).toEqual({});
	});
});

describe('parameters that are not those of a call', () => {
	test.for<[string, Record<string, unknown> | undefined]>([
		['none at all', undefined],
		['a number for a name', { name: 5 }],
		['a list of arguments', { name: 'zones_list', arguments: [] }],
		['text for arguments', { name: 'zones_list', arguments: 'x' }],
	])('are answered as an invalid request, and nothing is sent: %s', async ([, params]) => {
		const { request, upstream } = await openHangingSession();
		expect((await request('tools/call', params)).error).toMatchObject({ code: -32602 });
		expect(upstream.requests).toEqual([]);
	});

	test('do not include null for arguments, which counts as none', async () => {
		const { call } = await openHangingSession();
		expect((await call('cache_reserve_get', null)).text).toContain('zone is required');
	});
});

describe('a call that the SDK decides about', () => {
	const [name, args] = ['purge_cache', { zone: 'example.com', tags: ['a'] }];

	test('is refused when it asks for a task, and nothing is sent', async () => {
		const { request, requests } = await openSession({ raw: true });
		const { error } = await request('tools/call', { name, arguments: args, task: { ttl: 60_000 } });
		expect(error).toEqual({
			code: -32603,
			message: 'Server does not support task creation (required for tools/call)',
		});
		expect(requests).toEqual([]);
	});

	test.for<[string, Record<string, unknown>]>([
		['a task that has no form of one', { task: 5 }],
		["metadata of MCP's own", { _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'a' } } }],
	])('is performed once when it has %s', async ([, more]) => {
		const { request, changes } = await openSession({ raw: true });
		const { result } = await request('tools/call', { name, arguments: args, ...more });
		expect(result?.structuredContent).toMatchObject({ status: 'done' });
		expect(changes()).toHaveLength(1);
	});

	test('ends at the API too when the client cancels it, and gets no answer', async () => {
		const { send, request, messages, upstream } = await openHangingSession();
		send({ id: 1, ...READ, params: { ...READ.params, task: 5 } });
		const { closed } = await upstream.arrival(SETTING);
		send(cancelOf(1));
		await closed;
		await request('ping');
		expect(idsOf(messages())).not.toContain(1);
	});
});
