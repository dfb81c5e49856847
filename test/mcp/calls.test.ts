/** Calls and their cancellation over stdio, as the built command carries them. */
import { describe, expect, test } from 'vitest';
import { startUpstream, success, ZONE_FACTS, ZONE_TARGET } from '../support/api.js';
import { messagesIn, type Running, start } from '../support/process.js';
import { ZONE_ID } from '../support/session.js';

const SETTING = `/zones/${ZONE_ID}/cache/cache_reserve`;
const CALL = {
	method: 'tools/call',
	params: { name: 'cache_reserve_get', arguments: { zone: ZONE_ID }, _meta: { progressToken: 'a' } },
};
const cancel = (requestId: number | string) => ({ method: 'notifications/cancelled', params: { requestId } });

/** A server whose API never answers what the setting is. */
async function openSession() {
	const upstream = await startUpstream(({ target }) => (target === ZONE_TARGET ? success(ZONE_FACTS) : 'hang'));
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: upstream.url };
	// Neither its own limit nor the patience of a client without progress must end a request first.
	const server = start(['--timeout', '600'], { env });
	const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };
	server.send({ id: 'hello', method: 'initialize', params });
	await server.answer('hello');
	server.send({ method: 'notifications/initialized' });
	return { server, upstream };
}

/** Everything that was said once the server has ended by itself. */
async function allSaid(server: Running) {
	server.endInput();
	expect(await server.ended).toEqual({ code: 0, signal: null });
	return messagesIn(server.stdout());
}

describe('a call that the client cancels', () => {
	test('ends at the API too, and gets no answer', async () => {
		const { server, upstream } = await openSession();
		server.send({ id: 1, ...CALL });
		const { closed } = await upstream.arrival(SETTING);
		server.send(cancel(1));
		await closed;
		expect((await allSaid(server)).map(({ id }) => id)).toEqual(['hello']);
	});

	test('takes no other call with it', async () => {
		const { server, upstream } = await openSession();
		server.send({ id: 1, ...CALL });
		server.send({ id: '1', ...CALL });
		await upstream.arrival(SETTING);
		server.send(cancel(1));
		server.send({ id: 2, method: 'tools/call', params: { name: 'no_such_tool', arguments: {} } });
		await server.answer(2);
		// The end of the session interrupts the other one, which says so.
		const said = await allSaid(server);
		expect(said.map(({ id }) => id)).toEqual(['hello', 2, '1']);
	});

	test('may be one that nobody knows', async () => {
		const { server } = await openSession();
		server.send(cancel(77));
		server.send({ id: 1, method: 'ping' });
		expect((await server.answer(1)).result).toEqual({});
	});
});

describe('a call that is none', () => {
	test.for<[string, Record<string, unknown> | undefined]>([
		['without parameters', undefined],
		['with a number for a name', { name: 5 }],
		['with a list of arguments', { name: 'zones_list', arguments: [] }],
		['with text for arguments', { name: 'zones_list', arguments: 'x' }],
	])('is told as a wrong request: %s', async ([, params]) => {
		const { server, upstream } = await openSession();
		server.send({ id: 1, method: 'tools/call', ...(params && { params }) });
		expect((await server.answer(1)).error).toMatchObject({ code: -32602 });
		expect(upstream.requests).toEqual([]);
	});

	test('counts null as no arguments', async () => {
		const { server } = await openSession();
		server.send({ id: 1, method: 'tools/call', params: { name: 'cache_reserve_get', arguments: null } });
		expect(JSON.stringify((await server.answer(1)).result)).toContain('zone is required');
	});
});
