/** Each message is served by the revision that it speaks itself, whatever came before it on the same pipe. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../support/process.js';
import { initializeParams } from '../../support/raw.js';
import { openSession, ZONE } from '../../support/session.js';
import { FORMS, metaOf, openStateless, questionIn } from '../../support/stateless.js';

const READ = { name: 'cache_reserve_get', arguments: { zone: ZONE } };
const PURGE = { name: 'purge_everything', arguments: { zone: ZONE } };
const _meta = metaOf();

type Request = Required<Pick<Message, 'method' | 'params'>>;

/** Messages of both revisions, by a name for each. */
const MESSAGES: Readonly<Record<string, Request>> = {
	discover: { method: 'server/discover', params: { _meta } },
	initialize: { method: 'initialize', params: initializeParams(FORMS) },
	'tools/list': { method: 'tools/list', params: {} },
	'stateless tools/list': { method: 'tools/list', params: { _meta } },
	'tools/call': { method: 'tools/call', params: READ },
	'stateless tools/call': { method: 'tools/call', params: { ...READ, _meta } },
	'a list with a cursor, which loads the SDK': { method: 'tools/list', params: { cursor: 'x' } },
};

const resultOf = ({ result, error }: Message) => JSON.stringify(result ?? error);

/** The result of a message that is the first of its session, byte for byte. */
async function resultAlone({ method, params }: Request): Promise<string> {
	const { request } = await openSession({ raw: true, greet: false });
	return resultOf(await request(method, params));
}

describe('a message', () => {
	const names = Object.keys(MESSAGES);
	const pairs = names.flatMap((first) => names.filter((name) => name !== first).map((name) => [name, first] as const));

	test.for(pairs)('%s is answered after %s as it is when it comes first', async ([name, first]) => {
		const [message, before] = [MESSAGES[name], MESSAGES[first]] as [Request, Request];
		const alone = await resultAlone(message);
		const { request } = await openSession({ raw: true, greet: false });
		await request(before.method, before.params);
		expect(resultOf(await request(message.method, message.params))).toBe(alone);
	});

	test('of each kind is answered as ever where all come in one piece, in this order and the other', async () => {
		for (const order of [names, [...names].reverse()]) {
			const { server, answer } = await openSession({ over: 'stdio', raw: true, greet: false });
			const lines = order.map((id) => `${JSON.stringify({ jsonrpc: '2.0', id, ...MESSAGES[id] })}\n`);
			await server.write(lines.join(''));
			for (const id of order) expect(resultOf(await answer(id)), id).toBe(await resultAlone(MESSAGES[id] as Request));
		}
	});
});

describe('an answer of the earlier revisions', () => {
	test('has none of the members that only MCP 2026-07-28 knows', async () => {
		const { request } = await openStateless();
		await request('server/discover', { _meta });
		const answers = [
			await request('initialize', initializeParams()),
			await request('tools/list'),
			await request('resources/list'),
			await request('resources/templates/list'),
			await request('resources/read', { uri: 'cf-cache://audit/recent' }),
			await request('prompts/list'),
			await request('tools/call', READ),
			await request('ping'),
		];
		for (const { result } of answers) {
			expect(result).toEqual(expect.any(Object));
			for (const member of ['resultType', 'ttlMs', 'cacheScope', '_meta']) expect(result).not.toHaveProperty(member);
		}
	});

	test('to an initialize that names MCP 2026-07-28 agrees on 2025-11-25', async () => {
		const { request } = await openSession({ raw: true, greet: false });
		const { result } = await request('initialize', { ...initializeParams(), protocolVersion: '2026-07-28' });
		expect(result).toMatchObject({ protocolVersion: '2025-11-25' });
	});
});

describe('what a client can do', () => {
	test('is read in each message, not in an earlier initialize that offered forms', async () => {
		const { ask, request, changes } = await openStateless();
		await request('initialize', initializeParams(FORMS));
		const { result } = await ask('tools/call', PURGE, { capabilities: {} });
		expect(result?.structuredContent).toMatchObject({ status: 'confirmation_required' });
		expect(changes()).toEqual([]);
	});

	test('in one message says nothing of a call of the earlier revision, whose client is unknown', async () => {
		const { ask, call, changes } = await openStateless();
		await ask('tools/call', PURGE);
		expect((await call(PURGE.name, PURGE.arguments)).text).toContain('has not introduced itself');
		expect(changes()).toEqual([]);
	});

	test('may be asked in both ways side by side: a form that is open holds up no question', async () => {
		const { server, ask, request, send, changes } = await openStateless({ over: 'stdio' });
		await request('initialize', initializeParams(FORMS));
		send({ id: 'open', method: 'tools/call', params: PURGE });
		await server.saw('stdout', '"elicitation/create"');
		expect(questionIn(await ask('tools/call', PURGE)).message).toContain(ZONE);
		expect(changes()).toEqual([]);
	});
});

test('no request goes to a client of MCP 2026-07-28', async () => {
	const { ask, messages } = await openStateless();
	await ask('tools/call', PURGE);
	await ask('tools/call', { name: 'purge_cache', arguments: { zone: ZONE, urls_file: '/none/urls.txt' } });
	await ask('tools/call', { name: 'purge_cache', arguments: { zone: ZONE, tags: ['a'] } }, { progressToken: 'p' });
	expect(messages().filter(({ id, method }) => id !== undefined && method !== undefined)).toEqual([]);
});
