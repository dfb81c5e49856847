/** Unfinished calls on Redis: who holds them when servers stop, when answers are lost, and when Redis is away. */
import { expect, onTestFinished, test } from 'vitest';
import type { Lease } from '../../../src/call/unfinished.js';
import { Refused, TAKEN_OVER } from '../../../src/errors.js';
import { describeWithRedis } from '../../support/redis.js';
import { testUnfinished, workOf } from '../contracts/unfinished.js';
import { openWatched, until } from './connections.js';
import { endLease, keyOf, LEASE_MS, losingAnswers, openServer, sendingTwice } from './journals.js';

const UNKNOWN = /^No unfinished call has the handle /;
/** What Redis says of the life of a key that does not end. */
const NO_END = -1;
/** Clocks tell time in whole milliseconds, each its own. */
const ROUNDING_MS = 5;

/** A lease that ends with the test. */
function held(lease: Lease): Lease {
	onTestFinished(() => lease.release(false));
	return lease;
}

/** What the arguments of a script begin or end with, by what it does. */
const PUSH = /^1 \S+:r 0 /;
const COMMIT = /"version":2/;
const CLAIM = /^5 .* 65536 12500$/;
const HOLD = /^3 \S+ \S+:d \S+:l /;
const RELEASE = / [01] 600000$/;

describeWithRedis('every command sent twice, with the first answer thrown away:', (start) => {
	testUnfinished(async () => {
		const { redis } = await openWatched(await start());
		return ({ clock, rule }) => openServer(sendingTwice(redis), { clock, rule }).journal;
	});
});

describeWithRedis('an answer of Redis that is lost', (start) => {
	/** Servers beside each other, of which the first loses the first answer to a script. */
	const open = async (script: RegExp) => {
		const server = await start();
		const { redis } = await openWatched(server);
		let losses = 0;
		const losing = losingAnswers(redis, (args) => script.test(args) && losses++ === 0);
		return { server, one: openServer(losing), other: openServer(redis) };
	};

	test('when requests are stored refuses the call, and leaves nothing that lasts', async () => {
		const { server, one, other } = await open(PUSH);
		await expect(one.journal.begin(workOf(2))).rejects.toThrow(Refused);
		expect(await other.journal.list()).toEqual([]);
		const [key = '', ...more] = (await server.command('KEYS', '*')) as string[];
		expect(more).toEqual([]);
		expect(await server.command('PTTL', key)).toBeGreaterThan(0);
		expect(await server.command('PTTL', key)).toBeLessThanOrEqual(600_000);
	});

	test('when a call is begun refuses it, and the call is taken off the list later', async () => {
		const { one, other } = await open(COMMIT);
		await expect(one.journal.begin(workOf(2))).rejects.toThrow('cannot be saved: Redis does not answer.');
		expect(await other.journal.list()).toHaveLength(1);
		await one.clock.run(1_000);
		await until(async () => (await other.journal.list()).length === 0);
	});

	test('when a call is leased refuses that, and holds the call up for one lease only', async () => {
		const { server, one, other } = await open(CLAIM);
		const begun = await other.journal.begin(workOf(2));
		await begun.release(false);
		const { resume } = begun;
		await expect(one.journal.lease(resume)).rejects.toThrow(
			`Handle "${resume}" cannot be opened: Redis does not answer.`,
		);
		await expect(other.journal.lease(resume)).rejects.toThrow('Another call is working on');
		await endLease(server, resume);
		held(await other.journal.lease(resume));
	});

	test('when a request is noted costs nothing', async () => {
		const { one, other } = await open(HOLD);
		const lease = await one.journal.begin(workOf(3));
		await expect(lease.done(1)).rejects.toThrow('Redis did not answer.');
		await lease.release(false);
		expect(held(await other.journal.lease(lease.resume)).remaining).toEqual([0, 2]);
	});

	test.each([true, false])('when a lease ends (finished: %s) costs nothing', async (isFinished) => {
		const { one, other } = await open(RELEASE);
		const lease = await one.journal.begin(workOf(1));
		await lease.release(isFinished);
		await one.clock.run(1_000);
		await until(() => one.clock.elapsed() >= 1_000);
		if (isFinished) await expect(other.journal.lease(lease.resume)).rejects.toThrow(UNKNOWN);
		else expect(held(await other.journal.lease(lease.resume)).remaining).toEqual([0]);
	});
});

describeWithRedis('a server that stops', (start) => {
	const open = async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const [one, other] = [openServer(redis), openServer(redis)];
		/** The other server leases a call whose holder has been stopped for longer than its lease. */
		const takeOver = async (resume: string) => {
			await endLease(server, resume);
			return held(await other.journal.lease(resume));
		};
		return { server, one, other, takeOver };
	};

	test.each([50, 59, 68])(
		'after %i of 80 requests leaves the rest to another one, when its lease ends',
		async (sent) => {
			const { one, other, takeOver } = await open();
			const stopped = await one.journal.begin(workOf(80));
			for (let index = 0; index < sent; index++) await stopped.done(index);
			const [listed] = await other.journal.list();
			expect(listed).toMatchObject({ resume: stopped.resume, remaining: { tags: 80 - sent } });
			await expect(other.journal.lease(stopped.resume)).rejects.toThrow('Another call is working on');
			const next = await takeOver(stopped.resume);
			expect(next.remaining).toEqual(Array.from({ length: 80 - sent }, (_, at) => sent + at));
			for (const index of next.remaining) await next.done(index);
			await next.release(true);
			expect(await one.journal.list()).toEqual([]);
		},
	);

	test('and goes on beside its successor hears that it has lost the call, and does no harm', async () => {
		const { one, other, takeOver } = await open();
		const stopped = await one.journal.begin(workOf(4));
		await stopped.done(0);
		const next = await takeOver(stopped.resume);
		expect(stopped.lost?.aborted).toBe(false);
		await stopped.done(1);
		expect(stopped.lost).toMatchObject({ aborted: true, reason: TAKEN_OVER });
		await stopped.done(2);
		await stopped.release(true);
		// What it has sent counts, and nothing else.
		expect(await other.journal.list()).toMatchObject([{ resume: stopped.resume, remaining: { tags: 1 } }]);
		await next.done(3);
		expect(next.lost?.aborted).toBe(false);
		await next.release(true);
		expect(await one.journal.list()).toEqual([]);
	});

	test('and goes on when its successor has finished hears that it has lost the call, and stores nothing', async () => {
		const { server, one, takeOver } = await open();
		const stopped = await one.journal.begin(workOf(2));
		const next = await takeOver(stopped.resume);
		await next.release(true);
		await stopped.done(1);
		expect(stopped.lost?.aborted).toBe(true);
		await stopped.release(false);
		expect(await server.command('KEYS', '*')).toEqual([keyOf(`j:${stopped.resume}`)]);
		expect(await server.command('HKEYS', keyOf(`j:${stopped.resume}`))).toEqual(['fence']);
	});

	test('hears of its successor by a renewal too', async () => {
		const { one, takeOver } = await open();
		const stopped = await one.journal.begin(workOf(2));
		await takeOver(stopped.resume);
		await one.clock.run(LEASE_MS / 3);
		await until(() => stopped.lost?.aborted === true);
	});

	test('for longer than its lease keeps the call where no other server has taken it', async () => {
		const { server, one, other } = await open();
		const { resume, lost } = held(await one.journal.begin(workOf(2)));
		await server.command('DEL', keyOf(`j:${resume}:l`));
		await one.clock.run(LEASE_MS / 3);
		await until(async () => (await server.command('EXISTS', keyOf(`j:${resume}:l`))) === 1);
		await expect(other.journal.lease(resume)).rejects.toThrow('Another call is working on');
		expect(lost?.aborted).toBe(false);
	});
});

describeWithRedis('a lease', (start) => {
	test('is renewed every third of its time, and lasts 15 s', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal, clock } = openServer(redis);
		const startedMs = performance.now();
		const { resume } = held(await journal.begin(workOf(1)));
		const life = async () => Number(await server.command('PTTL', keyOf(`j:${resume}:l`)));
		expect(await life()).toBeLessThanOrEqual(LEASE_MS);
		expect((await life()) + performance.now() - startedMs).toBeGreaterThan(LEASE_MS - ROUNDING_MS);
		await server.command('PERSIST', keyOf(`j:${resume}:l`));
		await clock.run(LEASE_MS / 3 - 1);
		expect(await life()).toBe(NO_END);
		await clock.run(LEASE_MS / 3);
		await until(async () => (await life()) !== NO_END);
		expect(await life()).toBeLessThanOrEqual(LEASE_MS);
	});

	test('is renewed no more once it is released', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal, clock } = openServer(redis);
		const lease = await journal.begin(workOf(1));
		await lease.release(false);
		await clock.run(60_000);
		expect(await server.command('EXISTS', keyOf(`j:${lease.resume}:l`))).toBe(0);
	});
});

describeWithRedis('every key', (start) => {
	test('has the hash tag of its principal, and ends by itself', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const lease = held(await openServer(redis).journal.begin(workOf(2)));
		await lease.done(0);
		const keys = (await server.command('KEYS', '*')) as string[];
		const call = `j:${lease.resume}`;
		expect(keys.sort()).toEqual(
			['jx', 'jb', call, `${call}:r`, `${call}:d`, `${call}:l`].map((rest) => keyOf(rest)).sort(),
		);
		for (const key of keys) expect(await server.command('PTTL', key)).toBeGreaterThan(0);
	});

	test('of one principal is unknown to another', async () => {
		const { redis } = await openWatched(await start());
		const [one, other] = [openServer(redis), openServer(redis, { principal: 'other' })];
		const lease = await one.journal.begin(workOf(1));
		await lease.release(false);
		expect(await other.journal.list()).toEqual([]);
		const refusal = await other.journal.lease(lease.resume).catch((error: unknown) => error);
		expect(refusal).toMatchObject({
			message: expect.stringMatching(UNKNOWN),
			advice: { also: expect.stringMatching(/^No call is/) },
		});
		expect(await one.journal.list()).toHaveLength(1);
	});
});

describeWithRedis('a principal', (start) => {
	test('has 20 unfinished calls at most, and another one has its own', async () => {
		const { redis } = await openWatched(await start());
		const [one, other] = [openServer(redis), openServer(redis, { principal: 'other' })];
		const leases = [];
		for (let at = 0; at < 20; at++) leases.push(await one.journal.begin(workOf(2)));
		const refusal = await one.journal.begin(workOf(2)).catch((error: unknown) => error);
		expect(refusal).toBeInstanceOf(Refused);
		expect(refusal).toMatchObject({ message: 'Redis holds 20 unfinished calls of yours, and keeps no more.' });
		expect(await one.journal.list()).toHaveLength(20);
		held(await other.journal.begin(workOf(2)));
		await leases.pop()?.release(true);
		leases.push(await one.journal.begin(workOf(2)));
		for (const lease of leases) await lease.release(true);
	});

	test('has a call of 100,000 URLs kept whole, of which another server finishes the rest', async () => {
		const { redis } = await openWatched(await start());
		const [one, other] = [openServer(redis), openServer(redis)];
		const requests = Array.from({ length: 1_000 }, (_, at) => ({
			kind: 'urls',
			items: Array.from({ length: 100 }, (_, item) => `https://example.com/${at}/${item}`),
		}));
		const work = { ...workOf(1), requests };
		const lease = await one.journal.begin(work);
		await lease.done(0);
		await lease.done(999);
		await lease.release(false);
		expect(await other.journal.list()).toMatchObject([{ resume: lease.resume, remaining: { urls: 99_800 } }]);
		const next = held(await other.journal.lease(lease.resume));
		expect(next.work.requests).toEqual(requests);
		expect(next.remaining).toEqual(Array.from({ length: 998 }, (_, at) => at + 1));
	});

	test('has unfinished calls of 100 MB at most together, and another one has its own', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const [one, other] = ['one', 'other'].map((principal) => openServer(redis, { principal, maxTotalBytes: 20_000 }));
		const begin = () => one?.journal.begin(workOf(200)).catch((error: unknown) => error);
		const leases = [await begin(), await begin()] as [Lease, Lease];
		const refusal = await begin();
		expect(refusal).toBeInstanceOf(Refused);
		expect(refusal).toMatchObject({
			message: 'With this call, your unfinished calls in Redis would take more than 100 MB.',
		});
		expect(await one?.journal.list()).toHaveLength(2);
		const lists = (await server.command('KEYS', '*:r')) as string[];
		expect(lists.sort()).toEqual(leases.map(({ resume }) => keyOf(`j:${resume}:r`)).sort());
		await (await other?.journal.begin(workOf(200)))?.release(true);
		await leases[0].release(true);
		const next = (await begin()) as Lease;
		for (const lease of [next, leases[1]]) await lease.release(true);
		for (const key of (await server.command('KEYS', '*')) as string[])
			expect(await server.command('PTTL', key)).toBeGreaterThan(0);
	});

	test('keeps no call that is larger than a caller can give, and nothing of it lasts', async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		const { journal } = openServer(redis, { maxBytes: 20_000 });
		const refusal = await journal.begin(workOf(1_000)).catch((error: unknown) => error);
		expect(refusal).toBeInstanceOf(Refused);
		expect(refusal).toMatchObject({
			message: 'Redis holds unfinished calls of less than 50 MB each, and keeps no more.',
		});
		expect(await server.command('KEYS', '*')).toEqual([]);
		await (await journal.begin(workOf(100))).release(true);
	});
});
