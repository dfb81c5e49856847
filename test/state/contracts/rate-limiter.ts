/** The contract of the limits of accounts. In this process and on Redis they pass the same tests, in real time. */
import { expect, test } from 'vitest';
import { Cancel } from '../../../src/base/cancel.js';
import { capacityOf, rateOf } from '../../../src/cloudflare/limits.js';
import type { RateLimiter, Reservation } from '../../../src/cloudflare/rate-limiter.js';

/** A bucket that refills fast, so that waits are short: 45 requests at once, then ten in a second. */
export const FAST: Reservation = { account: 'a'.repeat(32), zonePlan: 'business', group: 'requests', tokens: 1 };
export const CAPACITY = capacityOf(rateOf('requests', 'business'));
/** Milliseconds in which one token comes back. */
const TOKEN_MS = 100;
/** On a busy machine too; shorter than the wait for what was not given back. */
const SOON_MS = 4_000;
/** Real clocks tell time in whole milliseconds, each its own. */
const ROUNDING_MS = 5;

/** Takes turns as long as they need no wait, and returns how many. */
export async function drain(limiter: RateLimiter, reservation = FAST): Promise<number> {
	for (let taken = 0; ; taken++) if (!(await limiter.acquire(reservation, undefined, Date.now()))) return taken;
}

const timed = async (work: Promise<unknown>) => {
	const startedMs = performance.now();
	await work;
	return performance.now() - startedMs + ROUNDING_MS;
};

/** Declares the tests of a limiter. */
export function testRateLimiter(open: () => Promise<RateLimiter>): void {
	test('a whole burst leaves at once, and the next request a token later', async () => {
		const limiter = await open();
		const burst = Array.from({ length: CAPACITY }, () => limiter.acquire(FAST));
		expect(new Set(await Promise.all(burst))).toEqual(new Set([true]));
		const took = await timed(limiter.acquire(FAST));
		expect(took).toBeGreaterThan(0);
		expect(took).toBeLessThan(SOON_MS);
	});

	test('requests that wait leave in the order in which they asked, at the rate of the bucket', async () => {
		const limiter = await open();
		await limiter.acquire({ ...FAST, tokens: CAPACITY });
		const left: number[] = [];
		const waits = [2, 1, 3].map((tokens, name) =>
			limiter.acquire({ ...FAST, tokens }).then(() => void left.push(name)),
		);
		expect(await timed(Promise.all(waits))).toBeGreaterThan(6 * TOKEN_MS - 2 * ROUNDING_MS - TOKEN_MS);
		expect(left).toEqual([0, 1, 2]);
	});

	test('a request that would leave too late is refused, and takes nothing', async () => {
		const limiter = await open();
		await limiter.acquire({ ...FAST, tokens: CAPACITY + 1 });
		const deadline = Date.now() + TOKEN_MS / 2;
		const refusals = Array.from({ length: 100 }, () => limiter.acquire({ ...FAST, tokens: 10 }, undefined, deadline));
		expect(new Set(await Promise.all(refusals))).toEqual(new Set([false]));
		expect(await timed(limiter.acquire(FAST))).toBeLessThan(SOON_MS);
	});

	test('a request that is cancelled ends its wait and gives back what it took', async () => {
		const limiter = await open();
		await limiter.acquire({ ...FAST, tokens: CAPACITY });
		const client = new Cancel();
		const waits = Array.from({ length: 50 }, () => limiter.acquire(FAST, client));
		// Ends when the answer to an earlier request has arrived, so those that wait have taken their tokens.
		await limiter.acquire(FAST, undefined, Date.now());
		client.abort();
		expect(await timed(Promise.all(waits))).toBeLessThan(SOON_MS);
		expect(await timed(limiter.acquire(FAST))).toBeLessThan(SOON_MS);
	});

	test('what is released can be taken again', async () => {
		const limiter = await open();
		const taken = await drain(limiter);
		for (let count = 0; count < 10; count++) limiter.release(FAST);
		expect(taken).toBeGreaterThanOrEqual(CAPACITY);
		expect(await drain(limiter)).toBeGreaterThanOrEqual(10);
	});

	test('a pause delays requests that wait and those to come, and then one leaves', async () => {
		const limiter = await open();
		await limiter.acquire({ ...FAST, tokens: CAPACITY });
		const waiting = timed(limiter.acquire(FAST));
		limiter.pause(FAST, 400);
		const next = timed(limiter.acquire(FAST));
		expect(await waiting).toBeGreaterThanOrEqual(400);
		expect(await next).toBeGreaterThanOrEqual(400);
	});

	test('a pause of a full bucket leaves one request in it', async () => {
		const limiter = await open();
		// It gets its next token after 12 s.
		const slow = { ...FAST, zonePlan: 'free' };
		limiter.pause(slow, 400);
		expect(await limiter.acquire(slow)).toBe(true);
		expect(await limiter.acquire(slow, undefined, Date.now() + SOON_MS)).toBe(false);
	});

	test('a request is refused whose wait a pause makes too long', async () => {
		const limiter = await open();
		await limiter.acquire({ ...FAST, tokens: CAPACITY + 2 });
		const waiting = limiter.acquire(FAST, undefined, Date.now() + SOON_MS);
		limiter.pause(FAST, 30_000);
		expect(await waiting).toBe(false);
	});

	test('a shorter pause within a longer one changes nothing', async () => {
		const limiter = await open();
		limiter.pause(FAST, 400);
		limiter.pause(FAST, 100);
		const took = await timed(limiter.acquire(FAST));
		expect(took).toBeGreaterThanOrEqual(400);
		expect(took).toBeLessThan(SOON_MS);
	});

	test('buckets of other accounts, plans and groups are others', async () => {
		const limiter = await open();
		limiter.pause(FAST, 30_000);
		for (const other of [{ account: 'b'.repeat(32) }, { zonePlan: 'pro' }, { group: 'urls' }] as const)
			expect(await limiter.acquire({ ...FAST, ...other }, undefined, Date.now())).toBe(true);
		expect(await limiter.acquire(FAST, undefined, Date.now())).toBe(false);
	});
}
