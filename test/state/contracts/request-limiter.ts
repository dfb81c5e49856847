/** The contract of the limit of a credential. In this process and on Redis it passes the same tests. */
import { expect, test } from 'vitest';
import type { RequestLimiter } from '../../../src/cloudflare/request-limiter.js';

/** A limit that Cloudflare states: 60 requests in a window, of which reads leave ten. */
export const SMALL = { ratelimit: undefined, policy: '"default";q=60;w=300' };
const WINDOW_MS = 301_000;
/** Clocks tell time in whole milliseconds, each its own. */
const ROUNDING_MS = 5;

/** Takes until there is none left, and returns how many, and the wait of the next one. */
export async function takeAll(limiter: RequestLimiter, isRead: boolean): Promise<{ taken: number; waitMs: number }> {
	for (let taken = 0; ; taken++) {
		const waitMs = await limiter.take(isRead);
		if (waitMs > 0) return { taken, waitMs };
	}
}

/** Declares the tests of a limiter. */
export function testRequestLimiter(open: () => Promise<RequestLimiter>): void {
	test('1,000 reads leave at once, then 200 changes, and nothing more', async () => {
		const limiter = await open();
		const startedMs = performance.now();
		expect((await takeAll(limiter, true)).taken).toBe(1_000);
		const { taken, waitMs } = await takeAll(limiter, false);
		expect(taken).toBe(200);
		expect(waitMs + performance.now() - startedMs).toBeGreaterThan(WINDOW_MS - ROUNDING_MS);
		expect(waitMs).toBeLessThanOrEqual(WINDOW_MS);
		expect((await takeAll(limiter, true)).taken).toBe(0);
	});

	test('the limit that Cloudflare states counts', async () => {
		const limiter = await open();
		limiter.learn(SMALL);
		expect((await takeAll(limiter, true)).taken).toBe(50);
		expect((await takeAll(limiter, false)).taken).toBe(10);
	});

	test('a window that has passed counts no more', async () => {
		const limiter = await open();
		limiter.learn({ ratelimit: undefined, policy: '"default";q=6;w=1' });
		const { taken, waitMs } = await takeAll(limiter, false);
		// More where the window of the first has passed before the last was taken.
		expect(taken).toBeGreaterThanOrEqual(6);
		// A timer may end within the last millisecond of its time.
		await new Promise((resolve) => setTimeout(resolve, waitMs + 5));
		expect(await limiter.take(false)).toBe(0);
	});

	test('what is released can be taken again', async () => {
		const limiter = await open();
		limiter.learn(SMALL);
		await takeAll(limiter, false);
		limiter.release();
		expect((await takeAll(limiter, false)).taken).toBe(1);
	});

	test('reads wait, and changes do not, when others have used the limit up', async () => {
		const limiter = await open();
		const startedMs = performance.now();
		limiter.learn({ ratelimit: '"default";r=199;t=120', policy: undefined });
		const waitMs = await limiter.take(true);
		expect(waitMs + performance.now() - startedMs).toBeGreaterThan(120_000 - ROUNDING_MS);
		expect(await limiter.take(false)).toBe(0);
	});

	test('a limit above 10,000 counts as none', async () => {
		const limiter = await open();
		limiter.learn({ ratelimit: undefined, policy: '"default";q=20000;w=300' });
		for (let count = 0; count < 1_300; count++) expect(await limiter.take(true)).toBe(0);
	});
}
