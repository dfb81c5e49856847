/** Tests the limits on Redis where replicas share them, and where Redis fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { rateOf } from '../../../src/cloudflare/limits.js';
import type { RequestLimiter } from '../../../src/cloudflare/request-limiter.js';
import { type Redis, RedisError, type Reply } from '../../../src/state/redis/redis.js';
import { createManualClock } from '../../support/clock.js';
import { describeWithRedis } from '../../support/redis.js';
import { CAPACITY, drain, FAST, SLOW, SLOW_BURST, takesNow } from '../contracts/rate-limiter.js';
import { SMALL, takeAll } from '../contracts/request-limiter.js';
import { openWatched, relayTo, until } from './connections.js';
import { rateLimiterOn, requestLimiterOn } from './limiters.js';

const BUCKET = `cfc:1:{b:${FAST.account}:business:requests}`;
const SLOW_BUCKET = `cfc:1:{b:${SLOW.account}:free:requests}`;
const { refillPerSecond } = rateOf('requests', 'business');
/** Clocks tell time in whole milliseconds, each its own. */
const ROUNDING_MS = 5;
const HOUR_MS = 60 * 60_000;

/** Sends each command twice and throws the first answer away, as a caller does who repeats what was not answered. */
function twice(redis: Redis): Redis {
	return {
		get isUp() {
			return redis.isUp;
		},
		send: async (command): Promise<Reply> => {
			await redis.send(command).catch(() => undefined);
			return redis.send(command);
		},
	};
}

/** The same connection, and how many commands were sent on it. */
function countCommands(redis: Redis): { counted: Redis; sent: () => number } {
	let commands = 0;
	const counted: Redis = {
		get isUp() {
			return redis.isUp;
		},
		send: (command) => {
			commands++;
			return redis.send(command);
		},
	};
	return { counted, sent: () => commands };
}

describeWithRedis('Replicas that share a Redis', (start) => {
	test('together send no more than one bucket allows, though their clocks are 45 s apart', async () => {
		const server = await start();
		const [left, slept]: [number[], number[]] = [[], []];
		const replicas = await Promise.all(
			[0, 45_000].map(async (aheadMs) => {
				const sleepNoted: Clock['sleep'] = (milliseconds, signal) => {
					slept.push(milliseconds);
					return systemClock.sleep(milliseconds, signal);
				};
				const clock = { now: () => Date.now() + aheadMs, sleep: sleepNoted };
				return rateLimiterOn((await openWatched(server)).redis, clock);
			}),
		);
		const startedMs = performance.now();
		await Promise.all(
			replicas.flatMap((limiter) =>
				Array.from({ length: 30 }, async () => {
					await limiter.acquire(FAST);
					left.push(performance.now() - startedMs);
				}),
			),
		);
		expect(left).toHaveLength(60);
		const earliestMs = (sent: number) => ((sent - CAPACITY) / refillPerSecond) * 1_000;
		left.forEach((at, index) => {
			expect(at).toBeGreaterThan(earliestMs(index + 1) - ROUNDING_MS);
		});
		expect(Math.max(...slept)).toBeLessThanOrEqual(earliestMs(60));
	});

	test('all wait for a pause that one of them has met', async () => {
		const server = await start();
		const [one, other] = [
			rateLimiterOn((await openWatched(server)).redis),
			rateLimiterOn((await openWatched(server)).redis),
		];
		one.pause(FAST, 60_000);
		await one.acquire({ ...FAST, group: 'urls' });
		expect(await other.acquire(FAST, undefined, Date.now() + 1_000)).toBe(false);
	});

	test('count the requests of one credential together, and those of another apart', async () => {
		const server = await start();
		const connections = [(await openWatched(server)).redis, (await openWatched(server)).redis] as const;
		const limiters = connections.map((redis) => requestLimiterOn(redis));
		for (const limiter of limiters) limiter.learn(SMALL);
		const taken = await Promise.all(limiters.map((limiter) => takeAll(limiter, true)));
		expect(taken.reduce((sum, one) => sum + one.taken, 0)).toBe(50);
		const apart = requestLimiterOn(connections[0], '543210fedcba');
		apart.learn(SMALL);
		expect((await takeAll(apart, true)).taken).toBe(50);
	});

	test('leave keys that end by themselves, and none for what is no id of Cloudflare', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const limiter = rateLimiterOn(redis);
		for (const account of ['a b', '{x}', 'A'.repeat(32), 'a'.repeat(33)]) {
			limiter.pause({ ...FAST, account }, 1_000);
			await limiter.acquire({ ...FAST, account }, undefined, Date.now());
			limiter.release({ ...FAST, account });
		}
		limiter.release({ ...FAST, account: 'c'.repeat(32) });
		await limiter.acquire({ ...FAST, zonePlan: 'cfc:*' });
		limiter.pause({ ...FAST, zonePlan: 'pro' }, 1_000);
		await requestLimiterOn(redis).take(true);
		const a = 'a'.repeat(32);
		const keys = ((await server.command('KEYS', '*')) as string[]).sort();
		expect(keys).toEqual([
			`cfc:1:{a:abcdef012345}`,
			`cfc:1:{a:abcdef012345}:r`,
			`cfc:1:{b:${a}:free:requests}`,
			`cfc:1:{b:${a}:pro:requests}`,
		]);
		for (const key of keys) expect(await server.command('PTTL', key)).toBeGreaterThan(0);
	});

	test('go on at once after the clock of the server was set back by an hour', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		await redis.send(['HSET', BUCKET, 'level', '5', 'at', String(Date.now() + HOUR_MS)]);
		await redis.send([
			'RPUSH',
			'cfc:1:{a:abcdef012345}',
			...Array.from({ length: 1_200 }, () => String(Date.now() + HOUR_MS)),
		]);
		expect(await takesNow(rateLimiterOn(redis), FAST)).toBe(true);
		expect(await requestLimiterOn(redis).take(true)).toBe(0);
	});
});

describeWithRedis('A command that is sent again although it was applied', (start) => {
	const open = async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		return { redis, limiter: rateLimiterOn(twice(redis)), requests: requestLimiterOn(twice(redis)), server };
	};

	test('lets fewer requests leave, and none too many', async () => {
		const { limiter, requests } = await open();
		expect(await drain(limiter)).toBe(SLOW_BURST / 2);
		requests.learn(SMALL);
		expect((await takeAll(requests, true)).taken).toBe(25);
	});

	test('pauses no longer', async () => {
		const { limiter, redis } = await open();
		limiter.pause(FAST, 20_000);
		await until(async () => (await redis.send(['HGET', BUCKET, 'at'])) !== null);
		expect(await takesNow(limiter, FAST)).toBe(false);
		const paused = Number(await redis.send(['HGET', BUCKET, 'paused']));
		expect(paused).toBeGreaterThanOrEqual(20_000);
		// The second one begins when the first is answered.
		expect(paused).toBeLessThan(40_000);
	});

	test('gives back no more than the bucket holds', async () => {
		const { limiter, redis } = await open();
		await limiter.acquire({ ...SLOW, tokens: 10 });
		limiter.release({ ...SLOW, tokens: 30 });
		limiter.release({ ...SLOW, tokens: 30 });
		await until(async () => Number(await redis.send(['HGET', SLOW_BUCKET, 'level'])) > 4 * SLOW_BURST);
		expect(await drain(rateLimiterOn(redis))).toBeLessThanOrEqual(SLOW_BURST + 1);
	});
});

describeWithRedis('While Redis', (start) => {
	test('is frozen, each replica keeps the limits alone, and shares them again afterwards', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { counted, sent } = countCommands(redis);
		const [limiter, requests] = [rateLimiterOn(counted), requestLimiterOn(counted)];
		await limiter.acquire({ ...SLOW, tokens: SLOW_BURST });
		const before = sent();
		server.freeze();
		expect(await limiter.acquire(SLOW)).toBe(true);
		expect(await drain(limiter)).toBeGreaterThanOrEqual(SLOW_BURST - 1);
		expect(await requests.take(true)).toBe(0);
		// Only the first has waited for Redis.
		expect(sent() - before).toBe(1);
		server.thaw();
		await until(() => redis.isUp);
		// The bucket on Redis still knows what was taken before.
		expect(await takesNow(limiter, { ...SLOW, tokens: SLOW_BURST })).toBe(false);
		expect(await requests.take(true)).toBe(0);
		// The request that left meanwhile, and this one.
		expect(await redis.send(['LLEN', 'cfc:1:{a:abcdef012345}'])).toBe(2);
	});

	test('is frozen, two replicas take no more together than is left, and share what they took afterwards', async () => {
		const server = await start();
		const connections = [(await openWatched(server)).redis, (await openWatched(server)).redis] as const;
		const [one, other] = [requestLimiterOn(connections[0]), requestLimiterOn(connections[1])];
		for (const limiter of [one, other]) limiter.learn(SMALL);
		for (let count = 0; count < 10; count++) expect(await one.take(true)).toBe(0);
		for (let count = 0; count < 5; count++) expect(await other.take(true)).toBe(0);
		expect(await one.take(true)).toBe(0);
		server.freeze();
		await Promise.allSettled(connections.map((redis) => redis.send(['PING'])));
		const alone = [(await takeAll(one, true)).taken, (await takeAll(other, true)).taken];
		// What one has taken last, the other has not heard of.
		expect(alone).toEqual([17, 17]);
		expect((await takeAll(one, false)).taken).toBeLessThanOrEqual(5);
		server.thaw();
		for (const redis of connections) await until(() => redis.isUp);
		// Each tells of what it took with its next request, so that one of them still leaves.
		expect(await one.take(true)).toBe(0);
		expect((await takeAll(other, true)).taken).toBe(0);
		expect((await takeAll(one, true)).taken).toBe(0);
		// What was late is counted as reads at most.
		expect((await takeAll(other, false)).taken).toBe(10);
	});

	test('is killed, each replica knows what it has sent and which pauses it has met', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const [limiter, requests] = [rateLimiterOn(redis), requestLimiterOn(redis)];
		requests.learn(SMALL);
		for (let sent = 0; sent < 30; sent++) expect(await requests.take(true)).toBe(0);
		limiter.pause(FAST, 60_000);
		await server.kill();
		await until(() => !redis.isUp);
		expect((await takeAll(requests, true)).taken).toBe(20);
		expect(await limiter.acquire(FAST, undefined, Date.now() + 30_000)).toBe(false);
	});

	test('is frozen for longer than a connection lives, work goes on, and no restart is needed', async () => {
		const server = await start();
		const relay = await relayTo(() => server.port);
		const { redis, lines } = await openWatched(relay);
		const limiter = rateLimiterOn(redis);
		server.freeze();
		await limiter.acquire(FAST);
		// The silent connection is given up for another one, which is silent too.
		await until(() => relay.connections() > 1);
		expect(await takesNow(limiter, FAST)).toBe(true);
		server.thaw();
		await until(() => redis.isUp);
		await limiter.acquire({ ...FAST, tokens: 2 });
		expect(Number(await redis.send(['HGET', BUCKET, 'level']))).toBeLessThan(CAPACITY);
		expect(lines).toHaveLength(2);
	});

	test('is killed in the middle of work and comes back, no request fails, and limits are shared again', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const [limiter, requests] = [rateLimiterOn(redis), requestLimiterOn(redis)];
		const client = new AbortController();
		const sent = [0, 0, 0, 0];
		const work = sent.map(async (_, name) => {
			while (!client.signal.aborted) {
				expect(await limiter.acquire({ ...FAST, group: 'urls' })).toBe(true);
				expect(await requests.take(false)).toBeGreaterThanOrEqual(0);
				sent[name] = (sent[name] ?? 0) + 1;
				await sleep(1);
			}
		});
		/** Resolves when each has sent twenty more. */
		const goOn = () => {
			const before = [...sent];
			return until(() => sent.every((count, name) => count >= (before[name] ?? 0) + 20));
		};
		await goOn();
		await server.kill();
		await goOn();
		await server.start();
		await until(() => redis.isUp);
		await goOn();
		client.abort();
		await Promise.all(work);
		expect(await redis.send(['EXISTS', 'cfc:1:{a:abcdef012345}'])).toBe(1);
	});

	test('has no memory left, each replica keeps the limits alone, and shares them again afterwards', async () => {
		const server = await start();
		const { redis, lines } = await openWatched(server);
		const [limiter, requests] = [rateLimiterOn(redis), requestLimiterOn(redis)];
		await server.fill();
		expect(await drain(limiter)).toBeGreaterThanOrEqual(SLOW_BURST);
		expect(await requests.take(true)).toBe(0);
		expect(lines).toMatchObject([{ level: 'warn', message: 'Redis refused a command.', facts: { code: 'OOM' } }]);
		await server.unfill();
		expect(await takesNow(limiter, SLOW)).toBe(true);
		expect(await requests.take(true)).toBe(0);
		expect(await redis.send(['DBSIZE'])).toBe(3);
	});
});

test('Three replicas that start while Redis is away have no share of the limit, and still leave requests to changes', async () => {
	const away: Redis = { isUp: false, send: () => Promise.reject(new RedisError(undefined)) };
	const replicas = [1, 2, 3].map(() => requestLimiterOn(away, 'abcdef012345', createManualClock()));
	let left = 1_200;
	/** Sends what a limiter lets leave. Each answer says what all replicas together have left. */
	const send = async (limiter: RequestLimiter, isRead: boolean) => {
		if ((await limiter.take(isRead)) > 0) return false;
		left--;
		limiter.learn({ ratelimit: `"default";r=${left};t=300`, policy: '"default";q=1200;w=300' });
		return true;
	};
	for (let sent = true; sent; ) sent = (await Promise.all(replicas.map((one) => send(one, true)))).includes(true);
	// The last three left together, before an answer said that less than 200 were left.
	expect(left).toBe(197);
	for (const one of replicas) expect(await send(one, false)).toBe(true);
});
