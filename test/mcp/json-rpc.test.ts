/** Every message with an id gets an answer, also one that is no request. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSession, ZONE } from '../support/session.js';

/** The answers to a message and to the ping after it, before the SDK has loaded and after. */
async function answersTo(message: Record<string, unknown> | unknown[], warm: boolean) {
	const session = await openSession({ raw: true });
	if (warm) await session.request('tools/list', { cursor: 'x' });
	const before = session.messages().length;
	session.send(message as never);
	const asks = !Array.isArray(message) && message.id === 'own' && !('result' in message);
	if (asks) await session.answer('own');
	await session.request('ping');
	await session.request('resources/list');
	const { result: _, ...rest } = session.messages()[before] ?? {};
	return { answers: session.messages().slice(before), first: rest, session };
}

const CALL = { name: 'cache_reserve_get', arguments: { zone: ZONE } };

describe.for([
	['before the SDK has loaded', false],
	['after the SDK has loaded', true],
] as const)('%s', ([, warm]) => {
	test.for<[string, number, Record<string, unknown>]>([
		['another version of JSON-RPC', -32600, { jsonrpc: '1.0', method: 'ping' }],
		['null for a version of JSON-RPC', -32600, { jsonrpc: null, method: 'ping' }],
		['no method', -32600, {}],
		['null for a method', -32600, { method: null }],
		['a number for a method', -32600, { method: 5 }],
		['a list of parameters', -32602, { method: 'ping', params: [] }],
		['text for parameters', -32602, { method: 'tools/list', params: 'x' }],
		['text for metadata', -32602, { method: 'tools/call', params: { ...CALL, _meta: 'x' } }],
		[
			'a progress token of no kind',
			-32602,
			{ method: 'tools/call', params: { ...CALL, _meta: { progressToken: true } } },
		],
		[
			'a related task of no kind',
			-32602,
			{ method: 'ping', params: { _meta: { 'io.modelcontextprotocol/related-task': 5 } } },
		],
		['a number for a cursor', -32602, { method: 'tools/list', params: { cursor: 5 } }],
		['no URI of a resource', -32602, { method: 'resources/read' }],
		['the method of a notification', -32601, { method: 'notifications/initialized' }],
		['the method of a cancellation', -32601, { method: 'notifications/cancelled', params: { requestId: 9 } }],
	])('a message with an id and %s is answered with %i', async ([, code, message]) => {
		const { answers } = await answersTo({ id: 'own', ...message }, warm);
		expect(answers.filter(({ id }) => id === 'own')).toMatchObject([{ error: { code } }]);
	});

	test.for<[string, Record<string, unknown>]>([
		['parameters', { method: 'tools/list', params: null }],
		['the parameters of ping', { method: 'ping', params: null }],
		['metadata', { method: 'tools/call', params: { ...CALL, _meta: null } }],
		['a progress token', { method: 'tools/call', params: { ...CALL, _meta: { progressToken: null } } }],
		['a task', { method: 'tools/call', params: { ...CALL, task: null } }],
		['a cursor', { method: 'tools/list', params: { cursor: null } }],
		['the cursor of resources', { method: 'resources/list', params: { cursor: null } }],
		['the cursor of templates', { method: 'resources/templates/list', params: { cursor: null, _meta: null } }],
	])('null counts as absent for %s', async ([, message]) => {
		const session = await openSession({ raw: true });
		if (warm) await session.request('tools/list', { cursor: 'x' });
		session.send({ id: 'own', ...message });
		expect(await session.answer('own')).toMatchObject({ result: expect.anything() });
	});

	test('a field that JSON-RPC does not know is ignored', async () => {
		const { answers } = await answersTo({ id: 'own', method: 'ping', trace: 'x' }, warm);
		expect(answers.filter(({ id }) => id === 'own')).toMatchObject([{ result: {} }]);
	});

	test.for([true, {}, [], null])('a request with the id %j is refused without an id', async (id) => {
		const { first } = await answersTo({ id: id as never, method: 'ping' }, warm);
		expect(first).toEqual({
			jsonrpc: '2.0',
			error: { code: -32600, message: 'Invalid request: id must be a string or an integer' },
		});
	});

	test('an answer to nothing is not answered', async () => {
		const { answers } = await answersTo({ id: 'own', result: {} }, warm);
		expect(answers.filter(({ id }) => id === 'own')).toEqual([]);
	});
});

test('each message of a list is refused, and none is performed', async () => {
	const session = await openSession({ over: 'stdio', raw: true });
	const call = {
		jsonrpc: '2.0',
		method: 'tools/call',
		params: { name: 'purge_cache', arguments: { zone: ZONE, tags: ['a'] } },
	};
	await session.server.write(`${JSON.stringify([{ ...call, id: 1 }, { ...call, id: 2 }, null, call])}\n`);
	await session.request('ping');
	const refused = session.messages().filter(({ error }) => error?.code === -32600);
	expect(refused.map(({ id }) => id)).toEqual([1, 2]);
	expect(session.changes()).toEqual([]);
});

test('a secret in a message does not come back in the error that answers it', async () => {
	const token = 'test-token-0123456789';
	const { request } = await openSession({ raw: true });
	const answers = [
		await request('resources/read', { uri: token }),
		await request('tools/call', { name: 'zones_list', arguments: token }),
		await request('tools/call', { name: token }),
		await request(token),
	];
	expect(JSON.stringify(answers)).not.toContain(token);
	expect(answers[0]?.error?.message).toContain('[secret]');
});

test('any message with an id of its own is answered exactly once', async () => {
	const session = await openSession({ raw: true });
	let last = 0;
	const field = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
	const message = fc.record({
		method: fc.oneof(field, fc.constantFrom('ping', 'tools/list', 'tools/call', 'initialize', 'resources/read')),
		params: fc.oneof(field, fc.record({ _meta: field, cursor: field, name: field, arguments: field, uri: field })),
	});
	await fc.assert(
		fc.asyncProperty(message, async (one) => {
			const id = `any ${++last}`;
			session.send({ id, ...one } as never);
			await session.answer(id);
			await session.request('ping');
			expect(session.messages().filter((answer) => answer.id === id && !answer.method)).toHaveLength(1);
		}),
		{ numRuns: 200 },
	);
});
