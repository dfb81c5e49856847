/** What lies in Redis is an input, never a proof: damaged or forged calls are neither listed nor leased. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithRedis } from '../../support/redis.js';
import type { RedisServer } from '../../support/redis-server.js';
import { workOf } from '../contracts/unfinished.js';
import { openWatched } from './connections.js';
import { keyOf, openServer } from './journals.js';

const HANDLE = 'abcdefghjk';
const UNKNOWN = /^No unfinished call has the handle /;

/** What a test does to the keys of a call. */
type Forge = (server: RedisServer, key: (rest?: string) => string, head: Record<string, unknown>) => Promise<unknown>;

/** Rewrites the head. */
const withHead =
	(change: Record<string, unknown>): Forge =>
	(server, key, head) =>
		server.command('HSET', key(), 'head', JSON.stringify({ ...head, ...change }));
const withHeadText =
	(text: string): Forge =>
	(server, key) =>
		server.command('HSET', key(), 'head', text);
const withCount =
	(n: string): Forge =>
	(server, key) =>
		server.command('HSET', key(), 'n', n);
/** Puts a text in the place of a key, whatever its type was. */
const replace =
	(rest: string): Forge =>
	(server, key) =>
		server.command('SET', key(rest), 'hostile');

const FORGED: readonly [what: string, forge: Forge, isListed?: boolean][] = [
	['its head is a text', replace('')],
	['its head is no JSON', withHeadText('no JSON')],
	['its head is null', withHeadText('null')],
	['its head is a list', withHeadText('[]')],
	['its head is deeply nested', withHeadText('['.repeat(60_000))],
	['its head is too long', withHeadText(JSON.stringify({ long: 'x'.repeat(70_000) }))],
	['its head is of another version', withHead({ version: 3 })],
	['its head has a zone without an id', withHead({ zone: { name: 'example.com' } })],
	['its head has no owner', withHead({ owner: 'me' })],
	['its head counts no requests', withHead({ runs: [] })],
	['its head counts other requests', withHead({ runs: [{ kind: 'tags', items: 1, requests: 4 }] }), true],
	[
		'its head counts more requests than there are numbers',
		withHead({ runs: [{ kind: 'tags', items: 1, requests: 1e300 }] }),
	],
	['its head counts items below zero', withHead({ runs: [{ kind: 'tags', items: -1, requests: 3 }] })],
	['it is kept for longer than a day', withHead({ expires: '2099-01-01T00:00:00.000Z' })],
	['it begins in the future', withHead({ started: '2098-12-31T12:00:00.000Z', expires: '2099-01-01T00:00:00.000Z' })],
	['it has expired', withHead({ started: '2020-01-01T00:00:00.000Z', expires: '2020-01-02T00:00:00.000Z' })],
	['its number of requests is none', withCount('many')],
	['its number of requests is too high', withCount('1000000000')],
	['its number of requests is below zero', withCount('-1')],
	['its number of requests is a fraction', withCount('2.5')],
	['its number of requests is another', withCount('2'), true],
	['its requests are a text', replace(':r'), true],
	['its requests are gone', (server, key) => server.command('DEL', key(':r')), true],
	[
		'it has one request more',
		(server, key) => server.command('RPUSH', key(':r'), '{"kind":"tags","items":["x"]}'),
		true,
	],
	['a request is no JSON', (server, key) => server.command('LSET', key(':r'), '1', '{"kind":'), true],
	['a request is null', (server, key) => server.command('LSET', key(':r'), '1', 'null'), true],
	['a request has no items', (server, key) => server.command('LSET', key(':r'), '1', '{"kind":"tags"}'), true],
	[
		'a request has more items',
		(server, key) => server.command('LSET', key(':r'), '1', '{"kind":"tags","items":["a","b"]}'),
		true,
	],
	[
		'a request is larger than any call',
		(server, key) =>
			server.command('LSET', key(':r'), '1', JSON.stringify({ kind: 'tags', items: ['x'.repeat(20_000)] })),
		true,
	],
	[
		'its bitmap is a list',
		async (server, key) => {
			await server.command('DEL', key(':d'));
			return server.command('RPUSH', key(':d'), 'x');
		},
	],
	['its bitmap is too long', (server, key) => server.command('SETBIT', key(':d'), '4000000', '1')],
	[
		'its bitmap says that all is done',
		async (server, key) => {
			for (const bit of ['0', '1', '2']) await server.command('SETBIT', key(':d'), bit, '1');
		},
	],
	['its lease is a list', async (server, key) => server.command('RPUSH', key(':l'), 'x'), true],
];

describeWithRedis('a call is not leased, and nothing else is disturbed, when', (start) => {
	let server: RedisServer;
	const ends: (() => Promise<void>)[] = [];
	beforeAll(async () => {
		server = await start({ until: (end) => ends.push(end) });
	});
	afterAll(async () => {
		for (const end of ends.reverse()) await end();
	});

	test.each(FORGED)('%s', async (_, forge, isListed = false) => {
		await server.command('FLUSHALL');
		const { redis } = await openWatched(server);
		const { journal, lines } = openServer(redis, { maxBytes: 20_000 });
		const begun = await journal.begin(workOf(3));
		const { resume } = begun;
		await begun.done(0);
		await begun.release(false);
		const key = (rest = '') => keyOf(`j:${resume}${rest}`);
		const head = JSON.parse(String(await server.command('HGET', key(), 'head')));
		await forge(server, key, head);
		const other = await journal.begin(workOf(1));
		const handles = (await journal.list()).map((call) => call.resume);
		expect(handles.includes(resume)).toBe(isListed);
		await expect(journal.lease(resume)).rejects.toThrow(UNKNOWN);
		expect((await journal.list()).map((call) => call.resume)).toContain(other.resume);
		for (const line of lines) expect(line).toMatch(/^warn: unfinished call \w{10} cannot be read: /);
		await other.release(true);
	});
});

describeWithRedis('an index', (start) => {
	test('that names what is no handle leads to no key', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal } = openServer(redis);
		const names = ['../../x', '*', 'ABCDEFGHJK', `${HANDLE}:r`, HANDLE];
		for (const name of names) await server.command('ZADD', keyOf('jx'), '9e15', name);
		expect(await journal.list()).toEqual([]);
		for (const name of names) await expect(journal.lease(name)).rejects.toThrow(UNKNOWN);
	});

	test('that is none lists nothing, and refuses what needs it', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal, lines } = openServer(redis);
		await server.command('SET', keyOf('jx'), 'hostile');
		expect(await journal.list()).toEqual([]);
		expect(lines).toEqual(['warn: unfinished calls cannot be listed: Redis answered with WRONGTYPE.']);
		await expect(journal.begin(workOf(2))).rejects.toThrow('cannot be saved: Redis answers with WRONGTYPE.');
	});
});

describeWithRedis('a call that is not in the index', (start) => {
	test('is not leased', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal } = openServer(redis);
		const lease = await journal.begin(workOf(2));
		await lease.release(false);
		await server.command('ZREM', keyOf('jx'), lease.resume);
		await expect(journal.lease(lease.resume)).rejects.toThrow(UNKNOWN);
	});
});

describeWithRedis('a bitmap', (start) => {
	test('with bits beyond the last request says nothing of them', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal } = openServer(redis);
		const begun = await journal.begin(workOf(3));
		await begun.release(false);
		for (const bit of ['1', '3', '700']) await server.command('SETBIT', keyOf(`j:${begun.resume}:d`), bit, '1');
		expect(await journal.list()).toMatchObject([{ remaining: { tags: 2 } }]);
		const lease = await journal.lease(begun.resume);
		expect(lease.remaining).toEqual([0, 2]);
		await lease.release(true);
	});
});
