/** Tests all stores on one Redis: the rights that they need, and the keys that they leave. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { KEEP_HOURS } from '../../../src/call/unfinished.js';
import { LocalRateLimiter } from '../../../src/cloudflare/rate-limiter.js';
import { LocalRequestLimiter } from '../../../src/cloudflare/request-limiter.js';
import { openRedisStores, type RedisStores } from '../../../src/state/redis/stores.js';
import { ROOT } from '../../package/folder.js';
import { describeWithRedis } from '../../support/redis.js';
import type { RedisServer } from '../../support/redis-server.js';
import { ADMIT_ALL } from '../../support/unfinished.js';
import { FAST } from '../contracts/rate-limiter.js';
import { ADMIT_ALL as ADMIT_SNAPSHOTS, SNAPSHOT } from '../contracts/snapshots.js';
import { workOf } from '../contracts/unfinished.js';
import { inTenMinutes } from '../contracts/used-proofs.js';
import { until } from './connections.js';

/** The rights of a user, as the README names them. */
const [, RIGHTS = ''] = /`(~cfc:\* &cfc:\*[^`]*)`/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];

async function openStores(url: string) {
	const lines: string[] = [];
	const stores = await openRedisStores({
		url,
		keepHours: KEEP_HOURS,
		rateLimiter: new LocalRateLimiter(systemClock),
		createRequestLimiter: () => new LocalRequestLimiter(systemClock),
		clock: systemClock,
		log: (level, message, facts) => void lines.push(`${level}: ${message} ${JSON.stringify(facts)}`),
	});
	onTestFinished(() => stores.close());
	return { stores, lines };
}

/** Opens stores, begins a call, and ends it while Redis is away. */
async function endCallWhileAway(server: RedisServer) {
	const { stores, lines } = await openStores(server.url);
	const lease = await stores.unfinished('p', ADMIT_ALL).begin(workOf(2));
	await server.kill();
	await lease.release(true);
	return { stores, lines };
}

/** Uses everything that stores are for. */
async function useAll(stores: RedisStores): Promise<void> {
	await stores.rateLimiter.acquire(FAST);
	stores.rateLimiter.release(FAST);
	stores.rateLimiter.pause({ ...FAST, zonePlan: 'pro' }, 1_000);
	const requests = stores.requestLimiter(async () => 'abcdef012345');
	for (const isRead of [true, false]) expect(await requests.take(isRead)).toBe(0);
	requests.release();
	expect(await stores.usedProofs('p').use('proof', inTenMinutes())).toBe(true);
	const unfinished = stores.unfinished('p', ADMIT_ALL);
	const first = await unfinished.begin(workOf(3));
	await first.done(0);
	await first.release(false);
	expect(await unfinished.list()).toHaveLength(1);
	const second = await unfinished.lease(first.resume);
	await second.release(false);
	await (await unfinished.begin(workOf(2))).release(true);
	const snapshots = stores.snapshots('p', ADMIT_SNAPSHOTS);
	const taken = { ...SNAPSHOT, taken: new Date().toISOString() };
	const ids = [await snapshots.save(taken), await snapshots.save(taken)] as const;
	await snapshots.discard(ids[1]);
	await snapshots.load(ids[0]);
	expect(await snapshots.list()).toHaveLength(1);
	const heard: unknown[] = [];
	stores.wire.listen({ onAnswer: (answer) => heard.push(answer), onCancel: (cancel) => heard.push(cancel) });
	const request = { session: 's', request: 1 };
	await until(async () => {
		await stores.wire.sendCancel(request);
		return heard.length > 0;
	});
	expect(heard[0]).toEqual(request);
}

describeWithRedis('The stores on Redis', (start) => {
	test('need no more rights than the README names, and leave only keys that end by themselves', async () => {
		const server = await start();
		await server.command('ACL', 'SETUSER', 'cfc', 'on', '>pw', ...RIGHTS.split(' '));
		const { stores, lines } = await openStores(server.url.replace('//', '//cfc:pw@'));
		await useAll(stores);
		expect(lines).toEqual([]);
		const keys = (await server.command('KEYS', '*')) as string[];
		expect(keys.length).toBeGreaterThanOrEqual(8);
		for (const key of keys) {
			expect(key).toMatch(/^cfc:1:\{[^{}]+\}/);
			expect(await server.command('PTTL', key)).toBeGreaterThan(0);
		}
	});

	test('say whether Redis answers', async () => {
		const server = await start();
		const { stores, lines } = await openStores(server.url);
		expect(stores.condition).toBe('up');
		await server.kill();
		await until(() => stores.condition === 'down');
		await server.start();
		await until(() => stores.condition === 'up');
		// Two connections were lost, and one line says so.
		expect(lines).toHaveLength(2);
	});

	test('note before they close that a call has ended, when Redis comes back in time', async () => {
		const server = await start();
		const { stores, lines } = await endCallWhileAway(server);
		const closed = stores.close(60_000);
		await server.start();
		await closed;
		const { stores: others } = await openStores(server.url);
		expect(await others.unfinished('p', ADMIT_ALL).list()).toEqual([]);
		expect(lines.join()).not.toContain('stay listed');
	});

	test('say before they close how many calls stay listed, when Redis does not come back', async () => {
		const { stores, lines } = await endCallWhileAway(await start());
		await stores.close(1);
		expect(lines.at(-1)).toBe(
			'warn: Redis did not answer before the end: calls that have ended stay listed as unfinished for a day {"calls":1}',
		);
	});
});
