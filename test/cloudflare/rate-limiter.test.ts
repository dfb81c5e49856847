/** Tests when a request may leave: bursts, steady rates, turns, and the bound that no sequence of requests exceeds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateOf } from '../../src/cloudflare/limits.js';
import { LocalRateLimiter, type Reservation } from '../../src/cloudflare/rate-limiter.js';
import { createManualClock } from '../support/clock.js';

const PLANS = ['free', 'pro', 'business', 'enterprise'];
const GROUPS = ['urls', 'requests'] as const;
const EVERY = PLANS.flatMap((plan) => GROUPS.map((group) => [plan, group] as const));

interface Departure {
	name: number | string;
	/** Seconds since the start. */
	at: number;
	tokens: number;
}

/** A rate limiter, and the requests that have left. */
function start() {
	const clock = createManualClock();
	const rateLimiter = new LocalRateLimiter(clock);
	const left: Departure[] = [];
	const seconds = () => clock.elapsed() / 1000;
	const acquireNow = (reservation: Reservation) => rateLimiter.acquire(reservation, undefined, clock.now());
	return {
		clock,
		rateLimiter,
		left,
		seconds,
		/** Asks for a turn under a name that `left` shows. */
		acquire: (name: number | string, reservation: Reservation, signal?: AbortSignal) =>
			rateLimiter
				.acquire(reservation, signal)
				.then(() => void left.push({ name, at: seconds(), tokens: reservation.tokens })),
		/** Ends waits up to a time in seconds since the start; without it, all of them. */
		run: (untilSeconds?: number) => clock.run(untilSeconds === undefined ? undefined : untilSeconds * 1000),
		/** Takes a turn that needs no wait; false when there is none. */
		acquireNow,
		/** Takes turns as long as they need no wait, and returns how many. */
		drain: async (reservation: Reservation) => {
			for (let taken = 0; ; taken++) if (!(await acquireNow(reservation))) return taken;
		},
	};
}

const turn = (more: Partial<Reservation> = {}): Reservation => ({
	account: 'a',
	zonePlan: 'pro',
	group: 'requests',
	tokens: 1,
	...more,
});

describe.each(EVERY)('The bucket of the plan %s for %s', (zonePlan, group) => {
	const { refillPerSecond, burst } = rateOf(group, zonePlan);
	const one = turn({ zonePlan, group });

	test('lets nearly a whole burst leave at once, and never more', async () => {
		const taken = await start().drain(one);
		expect(taken).toBeLessThanOrEqual(burst);
		expect(taken).toBeGreaterThanOrEqual(Math.floor(burst * 0.85));
	});

	test('lets requests leave at the steady rate after a burst', async () => {
		const { drain, acquire, left, run } = start();
		await drain(one);
		const amount = 50;
		for (let name = 0; name < amount; name++) void acquire(name, one);
		await run();
		const [first, last] = [left[0]?.at ?? 0, left.at(-1)?.at ?? 0];
		expect(first).toBeGreaterThan(0);
		expect(first).toBeLessThanOrEqual(1 / refillPerSecond + 0.001);
		expect(last - first).toBeGreaterThanOrEqual((amount - 1) / refillPerSecond - 0.002);
		expect(last - first).toBeLessThanOrEqual((amount - 1) / refillPerSecond + 0.002);
	});

	test('is full again after the time of a burst, and no fuller after a day', async () => {
		const { drain, run } = start();
		const taken = await drain(one);
		await run(burst / refillPerSecond);
		expect(await drain(one)).toBe(taken);
		await run(burst / refillPerSecond + 86_400);
		expect(await drain(one)).toBe(taken);
	});

	test('gives turns in the order in which they are asked for, whatever their size', async () => {
		const { acquire, left, run } = start();
		const sizes = [burst / 2, 1, burst / 2, 3, burst / 4, 1, 1, burst / 2];
		sizes.forEach((size, name) => void acquire(name, { ...one, tokens: Math.ceil(size) }));
		await run();
		expect(left.map(({ name }) => name)).toEqual([...sizes.keys()]);
	});

	test('gives a turn to a request larger than itself, and lets the next one wait for what it took', async () => {
		const { acquire, left, run } = start();
		void acquire('large', { ...one, tokens: burst * 3 });
		void acquire('next', one);
		await run();
		expect(left.map(({ name }) => name)).toEqual(['large', 'next']);
		expect(left[0]?.at).toBe(0);
		expect(left[1]?.at).toBeGreaterThanOrEqual((burst * 2) / refillPerSecond);
		expect(left[1]?.at).toBeLessThanOrEqual((burst * 3) / refillPerSecond + 1 / refillPerSecond);
	});
});

test('The bucket of free lets 24 requests leave at once, within the documented burst of 25', async () => {
	expect(await start().drain(turn({ zonePlan: 'free' }))).toBe(24);
});

describe('A turn that would come after its deadline', () => {
	test('is refused at once, and takes nothing', async () => {
		const { rateLimiter, clock, drain, acquire, left, run } = start();
		await drain(turn());
		const deadline = clock.now() + 99;
		const refusals = Array.from({ length: 100 }, () => rateLimiter.acquire(turn(), undefined, deadline));
		expect(new Set(await Promise.all(refusals))).toEqual(new Set([false]));
		expect(clock.slept).toEqual([]);
		void acquire('it', turn());
		await run();
		expect(left[0]?.at).toBeLessThanOrEqual(1 / 5);
	});

	test('is given when the deadline is a millisecond later', async () => {
		const { rateLimiter, clock, drain, run } = start();
		await drain(turn());
		// 22 of 22.5 tokens are taken, and five come back each second.
		const needed = clock.now() + 1_300;
		expect(await rateLimiter.acquire(turn({ tokens: 7 }), undefined, needed - 1)).toBe(false);
		const given = rateLimiter.acquire(turn({ tokens: 7 }), undefined, needed);
		await run();
		expect([await given, clock.elapsed()]).toEqual([true, 1_300]);
	});
});

describe('A bucket', () => {
	test.each([
		['another account', { account: 'b' }],
		['another plan', { zonePlan: 'business' }],
		['the other group', { group: 'urls' }],
	] as const)('is not shared with %s', async (_, other) => {
		const { drain, acquireNow } = start();
		await drain(turn());
		expect(await acquireNow(turn())).toBe(false);
		expect(await acquireNow(turn(other))).toBe(true);
	});

	// Purge and invalidate, and all zones of an account, draw from the same bucket.
	test('is shared by all requests of the same account, plan and group', async () => {
		const { drain, acquireNow } = start();
		await drain(turn());
		expect(await acquireNow({ ...turn() })).toBe(false);
	});

	test.each(GROUPS)('of an unknown plan is as small as that of free, for %s', async (group) => {
		const taken = await start().drain(turn({ zonePlan: 'galactic', group }));
		expect(taken).toBe(await start().drain(turn({ zonePlan: 'free', group })));
	});

	test('is not emptied by a clock that runs backwards', async () => {
		const { rateLimiter, clock, acquireNow, run } = start();
		const half = turn({ tokens: 10 });
		expect(await acquireNow(half)).toBe(true);
		clock.advance(-3_600_000);
		const next = rateLimiter.acquire(half, undefined, clock.now() + 3_600_000);
		await run();
		expect(await next).toBe(true);
		clock.advance(10_000);
		expect(await acquireNow(half)).toBe(true);
	});
});

describe('A pause', () => {
	test('lets nothing leave before its end, also from a full bucket', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), 30_000);
		for (let name = 0; name < 5; name++) void acquire(name, turn());
		await run();
		expect(left).toHaveLength(5);
		for (const { at } of left) expect(at).toBeGreaterThanOrEqual(30);
	});

	test('leaves an empty bucket, so that the next requests leave at the steady rate', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), 30_000);
		for (let name = 0; name < 20; name++) void acquire(name, turn());
		await run();
		const { refillPerSecond } = rateOf('requests', 'pro');
		expect((left.at(-1)?.at ?? 0) - (left[0]?.at ?? 0)).toBeGreaterThanOrEqual(19 / refillPerSecond - 0.002);
		expect(left.at(-1)?.at).toBeLessThanOrEqual(30 + 20 / refillPerSecond + 0.002);
	});

	test.each([
		['is not shortened by a shorter one', 30_000, 1_000],
		['is lengthened by a longer one', 10_000, 30_000],
	])('%s', async (_, first, second) => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), first);
		rateLimiter.pause(turn(), second);
		void acquire('it', turn());
		await run();
		expect(left[0]?.at).toBe(30);
	});

	test('delays the requests that wait already, and keeps their order', async () => {
		const { rateLimiter, drain, acquire, left, run } = start();
		await drain(turn());
		for (let name = 0; name < 10; name++) void acquire(name, turn());
		await run(0.05);
		rateLimiter.pause(turn(), 30_000);
		void acquire(10, turn());
		await run();
		expect(left.map(({ name }) => name)).toEqual([...Array(11).keys()]);
		for (const { at } of left) expect(at).toBeGreaterThanOrEqual(30.05);
		expect((left.at(-1)?.at ?? 0) - (left[0]?.at ?? 0)).toBeGreaterThanOrEqual(10 / 5 - 0.002);
	});

	test('leaves room for the request that was refused', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn({ zonePlan: 'free' }), 12_000);
		void acquire('it', turn({ zonePlan: 'free' }));
		await run();
		expect(left[0]?.at).toBe(12);
	});

	test('does not affect other buckets', async () => {
		const { rateLimiter, acquireNow } = start();
		rateLimiter.pause(turn(), 30_000);
		for (const other of [{ account: 'b' }, { zonePlan: 'business' }, { group: 'urls' }] as const)
			expect(await acquireNow(turn(other))).toBe(true);
	});
});

describe('A request that is cancelled while it waits', () => {
	const free = turn({ zonePlan: 'free' });

	test('ends its wait', async () => {
		const { drain, acquire, left, run } = start();
		await drain(free);
		const client = new AbortController();
		void acquire('it', free, client.signal);
		client.abort();
		await run(0);
		expect(left).toEqual([{ name: 'it', at: 0, tokens: 1 }]);
	});

	test('gives back what it took', async () => {
		const { drain, acquire, left, run } = start();
		await drain(free);
		const client = new AbortController();
		for (let name = 0; name < 8; name++) void acquire(name, free, client.signal);
		client.abort();
		await run(0);
		void acquire('next', free);
		await run();
		const { refillPerSecond } = rateOf('requests', 'free');
		expect(left.at(-1)).toMatchObject({ name: 'next' });
		expect(left.at(-1)?.at).toBeLessThanOrEqual(1 / refillPerSecond);
	});
});

test.each(EVERY)(
	'No window of time holds more than a burst and its refill, on the plan %s for %s',
	async (zonePlan, group) => {
		const { refillPerSecond, burst } = rateOf(group, zonePlan);
		const largest = Math.max(1, Math.floor(burst * 0.85));
		const step = fc.record({
			/** Milliseconds since the request before. */
			later: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: Math.ceil((burst / refillPerSecond) * 300) })),
			tokens: fc.integer({ min: 1, max: largest }),
			pause: fc.option(fc.integer({ min: 1, max: 20_000 }), { freq: 10, nil: undefined }),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
				const { rateLimiter, acquire, left, run, seconds } = start();
				for (const [name, { later, tokens, pause }] of steps.entries()) {
					await run(seconds() + later / 1000);
					if (pause !== undefined) rateLimiter.pause(turn({ zonePlan, group }), pause);
					void acquire(name, turn({ zonePlan, group, tokens }));
				}
				await run();
				expect(left).toHaveLength(steps.length);
				left.forEach((first, from) => {
					let sum = 0;
					for (const { at, tokens } of left.slice(from)) {
						sum += tokens;
						expect(sum).toBeLessThanOrEqual(burst + refillPerSecond * (at - first.at) + 1e-6);
					}
				});
			}),
			{ numRuns: 60 },
		);
	},
);
