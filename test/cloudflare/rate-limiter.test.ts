/** When a request may leave: bursts, steady rates, turns, and the bound that no sequence of requests exceeds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { rateOf } from '../../src/cloudflare/limits.js';
import { createRateLimiter, type RateLimiter, type Reservation } from '../../src/cloudflare/rate-limiter.js';

const PLANS = ['free', 'pro', 'business', 'enterprise'];
const GROUPS = ['urls', 'requests'] as const;
const EVERY = PLANS.flatMap((plan) => GROUPS.map((group) => [plan, group] as const));
const START = Date.parse('2026-09-29T00:00:00Z');

/** A clock whose sleepers wake in the order of their times, when `run` is called. */
function createFakeClock() {
	let now = START;
	let sleepers: { until: number; wake: () => void }[] = [];
	const clock: Clock = {
		now: () => now,
		sleep: (milliseconds, signal) =>
			new Promise((wake) => {
				if (signal?.aborted) return wake();
				sleepers.push({ until: now + milliseconds, wake });
				signal?.addEventListener('abort', () => wake(), { once: true });
			}),
	};
	const settle = async () => {
		for (let turn = 0; turn < 20; turn++) await Promise.resolve();
	};
	return {
		clock,
		/** Seconds since the start. */
		seconds: () => (now - START) / 1000,
		/** Wakes everyone up to a time in seconds since the start. */
		async run(seconds = Number.POSITIVE_INFINITY) {
			const end = START + seconds * 1000;
			await settle();
			for (;;) {
				const next = sleepers.toSorted((one, other) => one.until - other.until)[0];
				if (!next || next.until > end) break;
				sleepers = sleepers.filter((one) => one !== next);
				now = next.until;
				next.wake();
				await settle();
			}
			if (Number.isFinite(end)) now = end;
		},
	};
}

interface Departure {
	name: number | string;
	/** Seconds since the start. */
	at: number;
	tokens: number;
}

/** A rateLimiter, and the requests that have left. */
function start() {
	const time = createFakeClock();
	const rateLimiter = createRateLimiter(time.clock);
	const left: Departure[] = [];
	const acquire = (name: number | string, turn: Reservation, signal?: AbortSignal) =>
		rateLimiter.acquire(turn, signal).then(() => void left.push({ name, at: time.seconds(), tokens: turn.tokens }));
	return { ...time, rateLimiter, left, acquire };
}

const turn = (more: Partial<Reservation> = {}): Reservation => ({
	account: 'a',
	zonePlan: 'pro',
	group: 'requests',
	tokens: 1,
	...more,
});

/** How many single tokens leave at once. */
function drain(rateLimiter: RateLimiter, one: Reservation): number {
	for (let taken = 0; ; taken++) {
		if (rateLimiter.waitFor(one) > 0) return taken;
		void rateLimiter.acquire(one);
	}
}

describe.each(EVERY)('The bucket of %s for %s', (zonePlan, group) => {
	const { refill, burst } = rateOf(group, zonePlan);
	const one = turn({ zonePlan, group });

	test('lets nearly a whole burst leave at once, and never more', () => {
		const taken = drain(start().rateLimiter, one);
		expect(taken).toBeLessThanOrEqual(burst);
		expect(taken).toBeGreaterThanOrEqual(Math.floor(burst * 0.85));
	});

	test('then lets requests leave at the steady rate', async () => {
		const { rateLimiter, acquire, left, run } = start();
		drain(rateLimiter, one);
		const missing = rateLimiter.waitFor(one);
		const amount = 50;
		for (let name = 0; name < amount; name++) void acquire(name, one);
		await run();
		const [first, last] = [left[0]?.at ?? 0, left.at(-1)?.at ?? 0];
		expect(first).toBeCloseTo(missing / 1000, 3);
		expect(last - first).toBeGreaterThanOrEqual((amount - 1) / refill - 0.002);
		expect(last - first).toBeLessThanOrEqual((amount - 1) / refill + 0.002);
	});

	test('is full again after the time of a burst, and no fuller after a day', async () => {
		const { rateLimiter, run } = start();
		const taken = drain(rateLimiter, one);
		await run(burst / refill);
		expect(drain(rateLimiter, one)).toBe(taken);
		await run(burst / refill + 86_400);
		expect(drain(rateLimiter, one)).toBe(taken);
	});

	test('gives turns in the order they are asked for, whatever their size', async () => {
		const { acquire, left, run } = start();
		const sizes = [burst / 2, 1, burst / 2, 3, burst / 4, 1, 1, burst / 2];
		sizes.forEach((size, name) => void acquire(name, { ...one, tokens: Math.ceil(size) }));
		await run();
		expect(left.map(({ name }) => name)).toEqual([...sizes.keys()]);
	});

	test('gives its turn to a request that is larger than the bucket, and lets the next wait for what it took', async () => {
		const { acquire, left, run } = start();
		void acquire('large', { ...one, tokens: burst * 3 });
		void acquire('next', one);
		await run();
		expect(left.map(({ name }) => name)).toEqual(['large', 'next']);
		expect(left[0]?.at).toBe(0);
		expect(left[1]?.at).toBeGreaterThanOrEqual((burst * 2) / refill);
		expect(left[1]?.at).toBeLessThanOrEqual((burst * 3) / refill + 1 / refill);
	});
});

describe('A bucket', () => {
	test('waitFor tells the wait and takes nothing', () => {
		const { rateLimiter } = start();
		const waits = Array.from({ length: 100 }, () => rateLimiter.waitFor(turn({ tokens: 20 })));
		expect(new Set(waits)).toEqual(new Set([0]));
	});

	test('waitFor tells what take then waits', async () => {
		const { rateLimiter, acquire, left, run } = start();
		drain(rateLimiter, turn());
		const wait = rateLimiter.waitFor(turn({ tokens: 7 }));
		void acquire('it', turn({ tokens: 7 }));
		await run();
		expect(left[0]?.at).toBe(wait / 1000);
	});

	test.each([
		['another account', { account: 'b' }],
		['another plan', { zonePlan: 'business' }],
		['the other group', { group: 'urls' }],
	] as const)('is not that of %s', (_, other) => {
		const { rateLimiter } = start();
		drain(rateLimiter, turn());
		expect(rateLimiter.waitFor(turn())).toBeGreaterThan(0);
		expect(rateLimiter.waitFor(turn(other))).toBe(0);
	});

	// Purge and invalidate, and all zones of an account, draw from the same bucket.
	test('is shared by everyone who asks with the same account, plan and group', () => {
		const { rateLimiter } = start();
		drain(rateLimiter, turn());
		expect(rateLimiter.waitFor({ ...turn() })).toBeGreaterThan(0);
	});

	test.each(GROUPS)('of a plan that nobody knows is as small as that of free: %s', (group) => {
		const taken = drain(start().rateLimiter, turn({ zonePlan: 'galactic', group }));
		expect(taken).toBe(drain(start().rateLimiter, turn({ zonePlan: 'free', group })));
	});

	test('is not emptied by a clock that runs backwards', () => {
		let now = START;
		const rateLimiter = createRateLimiter({ now: () => now, sleep: async () => undefined });
		const half = turn({ tokens: 10 });
		void rateLimiter.acquire(half);
		now -= 3_600_000;
		expect(rateLimiter.waitFor(half)).toBeLessThanOrEqual(3_600_000);
		now += 3_610_000;
		expect(rateLimiter.waitFor(half)).toBe(0);
	});
});

describe('A pause', () => {
	test('lets nothing leave before its end, from a full bucket either', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), 30_000);
		for (let name = 0; name < 5; name++) void acquire(name, turn());
		await run();
		expect(left).toHaveLength(5);
		for (const { at } of left) expect(at).toBeGreaterThanOrEqual(30);
	});

	test('ends with an empty bucket: what comes then comes at the steady rate', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), 30_000);
		for (let name = 0; name < 20; name++) void acquire(name, turn());
		await run();
		const { refill } = rateOf('requests', 'pro');
		expect((left.at(-1)?.at ?? 0) - (left[0]?.at ?? 0)).toBeGreaterThanOrEqual(19 / refill - 0.002);
		expect(left.at(-1)?.at).toBeLessThanOrEqual(30 + 20 / refill + 0.002);
	});

	test('is not shortened by another', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), 30_000);
		rateLimiter.pause(turn(), 1_000);
		void acquire('it', turn());
		await run();
		expect(left[0]?.at).toBeGreaterThanOrEqual(30);
	});

	test('is lengthened by another', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn(), 10_000);
		rateLimiter.pause(turn(), 30_000);
		void acquire('it', turn());
		await run();
		expect(left[0]?.at).toBeGreaterThanOrEqual(30);
	});

	test('puts off those who wait already, in their order', async () => {
		const { rateLimiter, acquire, left, run } = start();
		drain(rateLimiter, turn());
		for (let name = 0; name < 10; name++) void acquire(name, turn());
		await run(0.05);
		rateLimiter.pause(turn(), 30_000);
		void acquire(10, turn());
		await run();
		expect(left.map(({ name }) => name)).toEqual([...Array(11).keys()]);
		for (const { at } of left) expect(at).toBeGreaterThanOrEqual(30.05);
		expect((left.at(-1)?.at ?? 0) - (left[0]?.at ?? 0)).toBeGreaterThanOrEqual(10 / 5 - 0.002);
	});

	test('leaves room for the one that was refused', async () => {
		const { rateLimiter, acquire, left, run } = start();
		rateLimiter.pause(turn({ zonePlan: 'free' }), 12_000);
		void acquire('it', turn({ zonePlan: 'free' }));
		await run();
		expect(left[0]?.at).toBe(12);
	});

	test('does not reach other buckets', () => {
		const { rateLimiter } = start();
		rateLimiter.pause(turn(), 30_000);
		for (const other of [{ account: 'b' }, { zonePlan: 'business' }, { group: 'urls' }] as const)
			expect(rateLimiter.waitFor(turn(other))).toBe(0);
	});
});

test('A request that is cancelled while it waits ends its wait', async () => {
	const { rateLimiter, acquire, left, run } = start();
	drain(rateLimiter, turn({ zonePlan: 'free' }));
	const client = new AbortController();
	void acquire('it', turn({ zonePlan: 'free' }), client.signal);
	client.abort();
	await run(0);
	expect(left).toEqual([{ name: 'it', at: 0, tokens: 1 }]);
});

test('Requests that are cancelled while they wait give back what they took', async () => {
	const { rateLimiter, acquire, run } = start();
	const free = turn({ zonePlan: 'free' });
	drain(rateLimiter, free);
	const wait = rateLimiter.waitFor(free);
	const client = new AbortController();
	for (let name = 0; name < 8; name++) void acquire(name, free, client.signal);
	client.abort();
	await run(0);
	expect(rateLimiter.waitFor(free)).toBe(wait);
});

test.each(EVERY)('No window holds more than a burst and its refill: %s, %s', async (zonePlan, group) => {
	const { refill, burst } = rateOf(group, zonePlan);
	const largest = Math.max(1, Math.floor(burst * 0.85));
	const step = fc.record({
		/** Milliseconds since the request before. */
		later: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: Math.ceil((burst / refill) * 300) })),
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
					expect(sum).toBeLessThanOrEqual(burst + refill * (at - first.at) + 1e-6);
				}
			});
		}),
		{ numRuns: 60 },
	);
});
