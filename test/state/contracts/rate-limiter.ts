/** The contract of the limits of accounts. In this process and on Redis they pass the same tests. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Cancel } from '../../../src/base/cancel.js';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { capacityOf, rateOf } from '../../../src/cloudflare/limits.js';
import type { RateLimiter, Reservation } from '../../../src/cloudflare/rate-limiter.js';
import { createManualClock, type ManualClock } from '../../support/clock.js';

/** A bucket that refills fast, so that waits are short: 45 requests at once, then ten in a second. */
export const FAST: Reservation = { account: 'a'.repeat(32), zonePlan: 'business', group: 'requests', tokens: 1 };
export const CAPACITY = capacityOf(rateOf('requests', 'business'));
/** Milliseconds in which one token comes back. */
const TOKEN_MS = 100;
/** Real clocks tell time in whole milliseconds, each its own. */
const ROUNDING_MS = 5;

/** A bucket that refills so slowly that no token which counts comes back during a test: 24 requests at once, then one in 12 s. */
export const SLOW: Reservation = { ...FAST, zonePlan: 'free' };
export const SLOW_BURST = 24;
const SLOW_CAPACITY = capacityOf(rateOf('requests', 'free'));
const SLOW_TOKEN_MS = 12_000;

/** Takes turns as long as they need no wait, and returns how many. */
export async function drain(limiter: RateLimiter, reservation = SLOW): Promise<number> {
	for (let taken = 0; ; taken++) if (!(await takesNow(limiter, reservation))) return taken;
}

/** Whether a request may leave without a wait: its deadline has passed, whatever the clock. */
export const takesNow = (limiter: RateLimiter, reservation: Reservation): Promise<boolean> =>
	limiter.acquire(reservation, undefined, 0);

/** Ends sleeps until work has ended that waits for Redis too, and returns its result. */
async function finish<Result>(clock: ManualClock, work: Promise<Result>): Promise<Result> {
	let isOver = false;
	const end = () => {
		isOver = true;
	};
	work.then(end, end);
	while (!isOver) {
		await clock.run();
		await nextTurn();
	}
	return work;
}

/**
 * Declares the tests of a limiter. Waits are read from the clock that it sleeps on, so that they take no time. Redis has a
 * clock of its own, on which some time may have passed: a wait is at most what is said here.
 */
export function testRateLimiter(openOn: (clock: Clock) => Promise<RateLimiter>): void {
	const open = async () => {
		const clock = createManualClock();
		const limiter = await openOn(clock);
		/** Takes all that is in the slow bucket. */
		const empty = () => limiter.acquire({ ...SLOW, tokens: SLOW_CAPACITY });
		/** Resolves when so many sleeps have begun. */
		const slept = (count: number) => expect.poll(() => clock.slept).toHaveLength(count);
		return { clock, limiter, empty, slept };
	};

	test('a whole burst leaves at once, and the next request a token later', async () => {
		const { clock, limiter, empty } = await open();
		const burst = Array.from({ length: CAPACITY }, () => limiter.acquire(FAST));
		expect(new Set(await Promise.all(burst))).toEqual(new Set([true]));
		await empty();
		expect(clock.slept).toEqual([]);
		expect(await finish(clock, limiter.acquire(SLOW))).toBe(true);
		expect(clock.slept).toEqual([expect.any(Number)]);
		expect(clock.slept[0]).toBeGreaterThan(0);
		expect(clock.slept[0]).toBeLessThanOrEqual(SLOW_TOKEN_MS);
	});

	test('requests that wait leave in the order in which they asked, at the rate of the bucket', async () => {
		const limiter = await openOn(systemClock);
		const startedMs = performance.now();
		await limiter.acquire({ ...FAST, tokens: CAPACITY });
		const left: number[] = [];
		const waits = [2, 1, 3].map((tokens, name) =>
			limiter.acquire({ ...FAST, tokens }).then(() => void left.push(name)),
		);
		await Promise.all(waits);
		expect(performance.now() - startedMs).toBeGreaterThan(6 * TOKEN_MS - ROUNDING_MS);
		expect(left).toEqual([0, 1, 2]);
	});

	test('requests that wait ask for no more time than their tokens need', async () => {
		const { clock, limiter, empty, slept } = await open();
		await empty();
		const waits = [2, 1, 3].map((tokens) => limiter.acquire({ ...SLOW, tokens }));
		await slept(3);
		const [first, second, third] = clock.slept as [number, number, number];
		expect(first).toBeLessThanOrEqual(2 * SLOW_TOKEN_MS);
		expect(second).toBeLessThanOrEqual(3 * SLOW_TOKEN_MS);
		expect(third).toBeLessThanOrEqual(6 * SLOW_TOKEN_MS);
		expect([first, second, third]).toEqual([first, second, third].toSorted((a, b) => a - b));
		await finish(clock, Promise.all(waits));
	});

	test('a request that would leave too late is refused, and takes nothing', async () => {
		const { clock, limiter, empty } = await open();
		await empty();
		const deadline = clock.now() + SLOW_TOKEN_MS;
		const refusals = Array.from({ length: 100 }, () => limiter.acquire({ ...SLOW, tokens: 10 }, undefined, deadline));
		expect(new Set(await Promise.all(refusals))).toEqual(new Set([false]));
		expect(clock.slept).toEqual([]);
		limiter.release({ ...SLOW, tokens: 10 });
		expect(await takesNow(limiter, { ...SLOW, tokens: 10 })).toBe(true);
	});

	test('a request that is cancelled ends its wait and gives back what it took', async () => {
		const { limiter, empty, slept } = await open();
		await empty();
		const client = new Cancel();
		const waits = Array.from({ length: 50 }, () => limiter.acquire(SLOW, client));
		await slept(50);
		client.abort();
		await Promise.all(waits);
		limiter.release({ ...SLOW, tokens: 10 });
		expect(await takesNow(limiter, { ...SLOW, tokens: 10 })).toBe(true);
	});

	test('what is released can be taken again', async () => {
		const { limiter } = await open();
		expect(await drain(limiter)).toBeGreaterThanOrEqual(SLOW_BURST);
		for (let count = 0; count < 10; count++) limiter.release(SLOW);
		expect(await drain(limiter)).toBeGreaterThanOrEqual(10);
	});

	test('a pause delays requests that wait and those to come, and then one leaves', async () => {
		const { clock, limiter, empty, slept } = await open();
		await empty();
		const waiting = limiter.acquire(SLOW);
		await slept(1);
		limiter.pause(SLOW, 40_000);
		const next = limiter.acquire(SLOW);
		await slept(2);
		await finish(clock, Promise.all([waiting, next]));
		const [first = 0, later = 0, paused = 0, ...more] = clock.slept;
		expect(more).toEqual([]);
		expect(first).toBeLessThanOrEqual(SLOW_TOKEN_MS);
		// The bucket owes a token when the pause begins.
		expect(later).toBeGreaterThan(40_000);
		expect(later).toBeLessThanOrEqual(40_000 + 2 * SLOW_TOKEN_MS);
		expect(paused).toBe(40_000);
	});

	test('a pause of a full bucket leaves one request in it', async () => {
		const { clock, limiter } = await open();
		limiter.pause(SLOW, 40_000);
		expect(await finish(clock, limiter.acquire(SLOW))).toBe(true);
		expect(clock.slept[0]).toBeGreaterThan(0);
		expect(clock.slept[0]).toBeLessThanOrEqual(40_000);
		expect(await limiter.acquire({ ...SLOW, tokens: 10 }, undefined, clock.now() + 60_000)).toBe(false);
	});

	test('a request is refused whose wait a pause makes too long', async () => {
		const { clock, limiter, empty, slept } = await open();
		await empty();
		const waiting = limiter.acquire(SLOW, undefined, clock.now() + 2 * SLOW_TOKEN_MS);
		await slept(1);
		limiter.pause(SLOW, 60_000);
		expect(await finish(clock, waiting)).toBe(false);
	});

	test('a shorter pause within a longer one changes nothing', async () => {
		const { clock, limiter } = await open();
		limiter.pause(SLOW, 40_000);
		limiter.pause(SLOW, 20_000);
		await finish(clock, limiter.acquire(SLOW));
		expect(clock.slept).toEqual([expect.any(Number)]);
		expect(clock.slept[0]).toBeGreaterThan(20_000);
		expect(clock.slept[0]).toBeLessThanOrEqual(40_000);
	});

	test('buckets of other accounts, plans and groups are others', async () => {
		const { limiter } = await open();
		limiter.pause(SLOW, 60_000);
		for (const other of [{ account: 'b'.repeat(32) }, { zonePlan: 'pro' }, { group: 'urls' }] as const)
			expect(await takesNow(limiter, { ...SLOW, ...other })).toBe(true);
		expect(await takesNow(limiter, SLOW)).toBe(false);
	});
}
