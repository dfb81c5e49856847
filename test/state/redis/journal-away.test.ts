/** Unfinished calls while Redis is away, full, or has lost what it held. */
import { expect, onTestFinished, test } from 'vitest';
import type { Lease } from '../../../src/call/unfinished.js';
import { Refused } from '../../../src/errors.js';
import { type Redis, RedisError } from '../../../src/state/redis/redis.js';
import { describeWithRedis } from '../../support/redis.js';
import { workOf } from '../contracts/unfinished.js';
import { openWatched, until } from './connections.js';
import { keyOf, openServer } from './journals.js';

/** A lease that ends with the test. */
function held(lease: Lease): Lease {
	onTestFinished(() => lease.release(false));
	return lease;
}

describeWithRedis('while Redis is away,', (start) => {
	const open = async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		return { server, redis, ...openServer(redis), other: openServer(redis) };
	};

	test('no call is begun or leased, none is listed, and each says what to do', async () => {
		const { server, redis, journal, lines } = await open();
		const lease = await journal.begin(workOf(2));
		await lease.release(false);
		await server.kill();
		await until(() => !redis.isUp);
		const begun = await journal.begin(workOf(2)).catch((error: unknown) => error);
		expect(begun).toBeInstanceOf(Refused);
		expect(begun).toMatchObject({
			message: 'The plan of this call cannot be saved: Redis does not answer.',
			changed: 'no',
			advice: { again: 'later', also: 'Until then, send at most 100 items of one kind per call.' },
		});
		const leased = await journal.lease(lease.resume).catch((error: unknown) => error);
		expect(leased).toBeInstanceOf(Refused);
		expect(leased).toMatchObject({
			message: `Handle "${lease.resume}" cannot be opened: Redis does not answer.`,
			advice: { again: 'later' },
		});
		expect(await journal.list()).toEqual([]);
		expect(lines).toEqual(['warn: unfinished calls cannot be listed: Redis did not answer.']);
	});

	test('a call goes on, and what was done is noted when Redis is back', async () => {
		const { server, redis, journal, other } = await open();
		const lease = await journal.begin(workOf(5));
		await lease.done(0);
		await server.kill();
		await until(() => !redis.isUp);
		for (const index of [1, 2]) await expect(lease.done(index)).rejects.toThrow('Redis did not answer.');
		expect(lease.lost?.aborted).toBe(false);
		await server.start();
		await until(() => redis.isUp);
		await lease.done(3);
		await lease.release(false);
		expect(held(await other.journal.lease(lease.resume)).remaining).toEqual([4]);
	});

	test('or frozen, a call goes on too', async () => {
		const { server, redis, journal, other } = await open();
		const lease = await journal.begin(workOf(3));
		server.freeze();
		// The first waits for the limit of a command; the second is told at once.
		for (const index of [0, 1]) await expect(lease.done(index)).rejects.toThrow('Redis did not answer.');
		server.thaw();
		await until(() => redis.isUp);
		await lease.done(1);
		await lease.release(false);
		expect(held(await other.journal.lease(lease.resume)).remaining).toEqual([2]);
	});

	test.each([
		[true, []],
		[false, [{ remaining: { tags: 1 } }]],
	])('a lease that ends (finished: %s) is ended when Redis is back', async (isFinished, listed) => {
		const { server, redis, journal, clock, other } = await open();
		const lease = await journal.begin(workOf(2));
		// It does not end by itself during the test.
		await server.command('PERSIST', keyOf(`j:${lease.resume}:l`));
		await server.kill();
		await until(() => !redis.isUp);
		await expect(lease.done(1)).rejects.toThrow();
		await lease.release(isFinished);
		await clock.run(10_000);
		await server.start();
		await until(() => redis.isUp);
		const isEnded = async () => (await server.command('EXISTS', keyOf(`j:${lease.resume}:l`))) === 0;
		expect(await isEnded()).toBe(false);
		await clock.run(60_000);
		await until(isEnded);
		expect(await other.journal.list()).toMatchObject(listed);
	});
});

describeWithRedis('a Redis without memory', (start) => {
	test('begins no call, and loses none', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal } = openServer(redis);
		const lease = await journal.begin(workOf(3));
		await server.fill();
		await expect(journal.begin(workOf(2))).rejects.toThrow('cannot be saved: Redis has no memory left.');
		await lease.done(0).catch(() => undefined);
		await lease.release(true);
		await server.unfill();
		expect(await journal.list()).toEqual([]);
	});
});

describeWithRedis('a Redis that has lost everything', (start) => {
	test('gets a call back from the server that works on it', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const [one, other] = [openServer(redis), openServer(redis)];
		const lease = await one.journal.begin(workOf(250));
		for (const index of [0, 1]) await lease.done(index);
		await server.command('FLUSHALL');
		await Promise.all([2, 3, 4].map((index) => lease.done(index)));
		expect(lease.lost?.aborted).toBe(false);
		await expect(other.journal.lease(lease.resume)).rejects.toThrow('Another call is working on');
		await lease.done(5);
		await lease.release(false);
		const next = held(await other.journal.lease(lease.resume));
		expect([next.work, next.remaining.length, next.remaining[0]]).toEqual([workOf(250), 244, 6]);
	});

	test('while a call is begun, begins none', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const emptied: Redis = {
			isUp: true,
			send: async (command) => {
				if (command.some((part) => part.includes('"version":2'))) await server.command('FLUSHALL');
				return redis.send(command);
			},
		};
		const { journal } = openServer(emptied);
		await expect(journal.begin(workOf(2))).rejects.toThrow(
			'The plan of this call cannot be saved: Redis has lost a part of it.',
		);
		expect(await journal.list()).toEqual([]);
	});

	test('gets nothing back of a call that ends while its last request is noted', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		let answer = () => undefined as unknown;
		const noted = new Promise<void>((resolve) => {
			answer = resolve;
		});
		let isFirst = true;
		const late: Redis = {
			isUp: true,
			send: async (command) => {
				const reply = await redis.send(command);
				const isNoting = isFirst && command.at(-1) === '1' && command.some((part) => part.includes(':d'));
				if (isNoting) isFirst = false;
				if (isNoting) await noted;
				return reply;
			},
		};
		const { journal } = openServer(late);
		const lease = await journal.begin(workOf(2));
		await server.command('FLUSHALL');
		const noting = lease.done(1);
		await lease.release(true);
		answer();
		await noting;
		expect(await server.command('KEYS', '*')).toEqual([]);
	});

	test('gets nothing back of a call that has ended', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal, clock } = openServer(redis);
		const lease = await journal.begin(workOf(2));
		await server.command('FLUSHALL');
		await lease.release(true);
		await clock.run(60_000);
		expect(await server.command('KEYS', '*')).toEqual([]);
	});

	test('gets a call back, also after an attempt that was cut off half-way', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		let left = Number.POSITIVE_INFINITY;
		const cut: Redis = {
			isUp: true,
			send: async (command) => {
				if (command.some((part) => part.includes('"items":[')) && left-- <= 0) throw new RedisError(undefined);
				return redis.send(command);
			},
		};
		const { journal } = openServer(cut);
		const lease = await journal.begin(workOf(250));
		await server.command('FLUSHALL');
		left = 2;
		await expect(lease.done(0)).rejects.toThrow('Redis did not answer.');
		left = Number.POSITIVE_INFINITY;
		await lease.done(1);
		expect(lease.isKept).toBe(true);
		await lease.release(false);
		const next = held(await openServer(redis).journal.lease(lease.resume));
		expect([next.remaining.length, next.remaining[0]]).toEqual([248, 2]);
	});

	test('and has no room for a call any more gets it once, and the log says that it is not kept', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		let sent = 0;
		const counting: Redis = {
			isUp: true,
			send: (command) => {
				if (command.some((part) => part.includes('"items":['))) sent++;
				return redis.send(command);
			},
		};
		const { journal, lines } = openServer(counting);
		const lease = await journal.begin(workOf(5));
		await server.command('FLUSHALL');
		for (let count = 0; count < 20; count++) await openServer(redis).journal.begin(workOf(2));
		sent = 0;
		for (const index of [0, 1, 2]) await lease.done(index);
		expect([sent, lease.isKept, lease.lost?.aborted]).toEqual([1, false, false]);
		await lease.release(false);
		const message = 'is not kept any more: Redis has lost it, and does not take it back';
		expect(lines).toEqual([`warn: unfinished call ${lease.resume} ${message}`]);
		await expect(journal.lease(lease.resume)).rejects.toThrow('No unfinished call has the handle');
	});
});
