/** Snapshots on Redis: who knows of them, what happens while Redis is away, and what is no snapshot. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { Refused } from '../../../src/errors.js';
import type { Redis } from '../../../src/state/redis/redis.js';
import { RedisSnapshots } from '../../../src/state/redis/snapshots.js';
import { describeWithRedis } from '../../support/redis.js';
import type { RedisServer } from '../../support/redis-server.js';
import { ADMIT_ALL, SNAPSHOT, UNDO } from '../contracts/snapshots.js';
import { openWatched, until } from './connections.js';
import { keyOf } from './journals.js';

const UNKNOWN = /^No snapshot has the id /;

/** A store as one server has it. */
function openStore(redis: Redis, principal = 'one') {
	const lines: string[] = [];
	const log = (level: string, message: string) => lines.push(`${level}: ${message}`);
	const clock = { ...systemClock, now: () => Date.parse(SNAPSHOT.taken) };
	return { store: new RedisSnapshots({ redis, principal, rule: ADMIT_ALL, clock, log }), lines };
}

describeWithRedis('every key of a snapshot', (start) => {
	const open = async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		return { server, redis };
	};

	test('has the hash tag of its principal, and ends after 90 days', async () => {
		const { server, redis } = await open();
		const { store } = openStore(redis);
		const ids = [await store.save(SNAPSHOT), await store.save(UNDO)];
		const keys = ((await server.command('KEYS', '*')) as string[]).sort();
		const named = ['sx:taken', 'sx:undo', ...ids.map((id) => `s:${id}`)];
		expect(keys).toEqual(named.map((rest) => keyOf(rest)).sort());
		for (const key of keys) {
			const life = Number(await server.command('PTTL', key));
			expect(life).toBeGreaterThan(89 * 86_400_000);
			expect(life).toBeLessThanOrEqual(90 * 86_400_000);
		}
	});

	test('of one principal is unknown to another', async () => {
		const { redis } = await open();
		const [one, other] = [openStore(redis).store, openStore(redis, 'other').store];
		const id = await one.save(SNAPSHOT);
		expect(await other.list()).toEqual([]);
		await expect(other.load(id)).rejects.toThrow(UNKNOWN);
		await other.discard(id);
		expect(await one.load(id)).toEqual(SNAPSHOT);
	});

	test('is gone once the snapshot was discarded, or has made room', async () => {
		const { server, redis } = await open();
		const { store } = openStore(redis);
		for (let count = 0; count <= 100; count++) await store.save(UNDO);
		// Those of one millisecond have no order, so which one has made room is left open.
		expect(await server.command('KEYS', keyOf('s:*'))).toHaveLength(100);
		for (const { id } of await store.list()) await store.discard(id);
		expect(await server.command('KEYS', '*')).toEqual([]);
	});
});

describeWithRedis('while Redis is away,', (start) => {
	test('no snapshot is kept or read, and each refusal says why', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { store, lines } = openStore(redis);
		const id = await store.save(SNAPSHOT);
		await server.kill();
		await until(() => !redis.isUp);
		for (const [work, message] of [
			[store.save(SNAPSHOT), 'The snapshot cannot be kept: Redis does not answer.'],
			[store.load(id), `Snapshot "${id}" cannot be read: Redis does not answer.`],
		] as const) {
			const refusal = await work.catch((error: unknown) => error);
			expect(refusal).toBeInstanceOf(Refused);
			expect(refusal).toMatchObject({ message, changed: 'no', advice: { again: 'later' } });
		}
		expect(await store.list()).toEqual([]);
		await store.discard(id);
		expect(lines).toEqual(['warn: snapshots cannot be listed: Redis did not answer.']);
		await server.start();
		await until(() => redis.isUp);
		expect(await store.load(id)).toEqual(SNAPSHOT);
	});

	test('or has no memory, a snapshot pushes none out', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { store } = openStore(redis);
		for (let count = 0; count < 100; count++) await store.save(UNDO);
		await server.fill();
		await expect(store.save(UNDO)).rejects.toThrow('The snapshot cannot be kept: Redis has no memory left.');
		await server.unfill();
		expect(await store.list()).toHaveLength(100);
	});
});

/** What a test does to a snapshot. */
type Forge = (server: RedisServer, key: string) => Promise<unknown>;
const withPart =
	(part: 'head' | 'body', change: (text: string) => string): Forge =>
	async (server, key) =>
		server.command('HSET', key, part, change(String(await server.command('HGET', key, part))));

describeWithRedis('a snapshot is neither restored nor disturbs another when', (start) => {
	test.each<[what: string, forge: Forge]>([
		['it is a text', (server, key) => server.command('SET', key, 'hostile')],
		['it is gone', (server, key) => server.command('DEL', key)],
		['its head is gone', (server, key) => server.command('HDEL', key, 'head')],
		['its body is gone', (server, key) => server.command('HDEL', key, 'body')],
		['its head is no JSON', withPart('head', () => 'no JSON')],
		['its head is null', withPart('head', () => 'null')],
		['its head is too long', withPart('head', () => 'x'.repeat(20_000))],
		['its head has no owner', withPart('head', (text) => text.replace('"owner"', '"other"'))],
		['its head has no date', withPart('head', (text) => text.replace(SNAPSHOT.taken, 'soon'))],
		['its head is old', withPart('head', (text) => text.replace('2026-03-01', '2025-03-01'))],
		['its head is of another zone', withPart('head', (text) => text.replace(SNAPSHOT.zone.id, '0'.repeat(32)))],
		['its body is no JSON', withPart('body', (text) => text.slice(1))],
		['its body is too long', withPart('body', (text) => text + ' '.repeat(2_000_000))],
	])('%s', async (_, forge) => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { store, lines } = openStore(redis);
		const [id, other] = [await store.save(SNAPSHOT), await store.save(SNAPSHOT)];
		await forge(server, keyOf(`s:${id}`));
		await expect(store.load(id)).rejects.toThrow(UNKNOWN);
		expect((await store.list()).map((facts) => facts.id)).toContain(other);
		expect(await store.load(other)).toEqual(SNAPSHOT);
		for (const line of lines) expect(line).toMatch(/^warn: snapshot \w{10} cannot be read: /);
	});

	test('its index names what is no id', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { store } = openStore(redis);
		const id = await store.save(SNAPSHOT);
		for (const name of ['*', '../x:1', 'abcdefghjk:-5', 'abcdefghjm:1e999', id.toUpperCase()])
			await server.command('ZADD', keyOf('sx:taken'), '9e15', name);
		expect((await store.list()).map((facts) => facts.id)).toEqual([id]);
		const other = await store.save(SNAPSHOT);
		expect(new Set((await store.list()).map((facts) => facts.id))).toEqual(new Set([id, other]));
	});
});
