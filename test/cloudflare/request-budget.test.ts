/** Tests the limit of all requests of a token: it is kept, and reads leave a part of it to changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestBudget } from '../../src/cloudflare/request-budget.js';
import { startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';
import { POST, READ, RESERVATION, start } from './retried-api.js';

const WINDOW_MS = 300_000;
const QUOTA = 1_200;
const FOR_READS = 1_000;

/** Asks for `count` reads at once, and ends no wait. */
async function fill({ begin, clock }: ReturnType<typeof start>, count: number, options = {}) {
	const reads = Array.from({ length: count }, () => begin(READ, options).catch((error: unknown) => error));
	await clock.run(clock.elapsed());
	return reads;
}

describe('The limit of all requests', () => {
	test('lets 1,000 reads leave at once, and refuses the next one with the time to wait', async () => {
		const api = start([]);
		await fill(api, FOR_READS);
		expect(api.sent).toHaveLength(FOR_READS);
		await expect(api.ask(READ)).rejects.toMatchObject({
			message: "Reads have used up their share of Cloudflare's limit of requests; the rest is kept for changes.",
			changed: 'no',
			advice: { also: 'Wait 301 s, then call again.' },
		});
		expect(api.sent).toHaveLength(FOR_READS);
	});

	test('leaves 200 requests to changes, and to the reads that belong to them', async () => {
		const api = start([]);
		await fill(api, FOR_READS);
		for (let count = 0; count < 100; count++) {
			await api.ask(READ, { isForChange: true });
			await api.ask(POST);
		}
		expect(api.sent).toHaveLength(QUOTA);
		expect(api.clock.elapsed()).toBe(0);
	});

	test('lets a change wait for the window when all requests are used, and not past its deadline', async () => {
		const api = start([]);
		await fill(api, QUOTA, { isForChange: true });
		const deadline = api.clock.now() + 60_000;
		await expect(api.ask(POST, { deadline })).rejects.toMatchObject({
			message: "Cloudflare's limit of requests is used up.",
		});
		await api.ask(POST);
		expect(api.sent.at(-1)).toBeGreaterThanOrEqual(WINDOW_MS);
		expect(api.sent.at(-1)).toBeLessThanOrEqual(WINDOW_MS + 1_000);
	});

	test('lets a read wait for a minute at most', async () => {
		const api = start([]);
		await fill(api, FOR_READS);
		await api.clock.run(250_000);
		await api.ask(READ);
		expect(api.sent.at(-1)).toBeGreaterThanOrEqual(WINDOW_MS);
	});

	test('does not count purges by URL', async () => {
		const api = start([]);
		const reservation = { ...RESERVATION, group: 'urls', zonePlan: 'enterprise' } as const;
		for (let count = 0; count < QUOTA; count++) await api.ask(POST, { reservation });
		await api.ask(READ);
		expect(api.sent).toHaveLength(QUOTA + 1);
		expect(api.clock.elapsed()).toBeLessThan(1_000);
	});

	test('gives back what a request took from its bucket before the limit was used up', async () => {
		const api = start([]);
		await fill(api, QUOTA - 1, { isForChange: true });
		const options = { reservation: { ...RESERVATION, zonePlan: 'free' } };
		const changes = Promise.all([api.begin(POST, options), api.begin(POST, options)]);
		await api.clock.finish(changes);
		expect(api.sent.at(-1)).toBeLessThanOrEqual(WINDOW_MS + 1_000);
	});

	test('reports how long requests wait for it, and for the limit of an account', async () => {
		const api = start([]);
		await fill(api, QUOTA, { isForChange: true });
		await api.ask(POST);
		const options = { reservation: { ...RESERVATION, tokens: 24 } };
		await api.clock.finish(Promise.all([api.begin(POST, options), api.begin(POST, options)]));
		expect(api.waited).toEqual([
			['token', 301],
			['requests', 4.8],
		]);
	});

	test('gets back what a request took that was cancelled before it left', async () => {
		const api = start([]);
		await fill(api, QUOTA - 1, { isForChange: true });
		const client = new AbortController();
		const cancelled = api.begin(POST, { signal: client.signal });
		// The request has asked for its turn by now, and the answer reaches it later in this turn of the event loop.
		client.abort();
		await expect(cancelled).rejects.toThrow('cancelled');
		await api.ask(POST);
		expect(api.clock.elapsed()).toBe(0);
	});

	test('ends the wait of a request that is cancelled', async () => {
		const api = start([]);
		await fill(api, QUOTA, { isForChange: true });
		const client = new AbortController();
		const waiting = api.begin(POST, { signal: client.signal });
		await api.clock.run(0);
		client.abort();
		await expect(api.clock.finish(waiting)).rejects.toThrow('cancelled');
		expect(api.sent).toHaveLength(QUOTA);
	});

	test('is kept in every window of five minutes, whatever is asked', async () => {
		const step = fc.record({ later: fc.integer({ min: 0, max: 200_000 }), count: fc.integer({ min: 1, max: 700 }) });
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
				const api = start([]);
				const work: Promise<unknown>[] = [];
				for (const { later, count } of steps) {
					await api.clock.run(api.clock.elapsed() + later);
					work.push(...(await fill(api, count, { isForChange: true })));
				}
				await api.clock.finish(Promise.all(work));
				expect(api.sent).toHaveLength(work.length);
				api.sent.forEach((at, index) => {
					const before = api.sent[index - QUOTA] ?? Number.NEGATIVE_INFINITY;
					expect(at - before).toBeGreaterThanOrEqual(WINDOW_MS);
				});
			}),
			{ numRuns: 8 },
		);
	});
});

describe('What an answer says about the limit', () => {
	const learn = (ratelimit?: string, policy?: string) => {
		const budget = new RequestBudget();
		budget.learn({ ratelimit, policy }, 0);
		return budget;
	};

	test('replaces the documented limit', () => {
		const budget = learn(undefined, '"burst";q=60;w=60');
		for (let count = 0; count < 60; count++) budget.note(0);
		expect(budget.waitMs(false, 0)).toBe(61_000);
		expect(budget.waitMs(false, 61_000)).toBe(0);
	});

	test.each(['', 'nonsense', '"default";q=0;w=300', '"default";q=5', '"default";q=-5;w=1', '"default";q=1e3;w=5'])(
		'leaves the documented limit as it is when it is "%s"',
		(policy) => {
			const budget = learn(undefined, policy);
			for (let count = 0; count < QUOTA - 1; count++) budget.note(0);
			expect(budget.waitMs(false, 0)).toBe(0);
			budget.note(0);
			expect(budget.waitMs(false, 0)).toBeGreaterThan(0);
		},
	);

	test('makes reads wait, and no change, when other processes have used the token', () => {
		const budget = learn('"default";r=199;t=120');
		expect(budget.waitMs(true, 0)).toBe(120_000);
		expect(budget.waitMs(false, 0)).toBe(0);
		expect(budget.waitMs(true, 120_000)).toBe(0);
	});

	test.each(['"default";r=200;t=120', '"default";r=0', '"default";t=9', ''])(
		'lets reads go on when it is "%s"',
		(ratelimit) => {
			expect(learn(ratelimit).waitMs(true, 0)).toBe(0);
		},
	);

	test('counts for nothing after the clock was set back', () => {
		const budget = new RequestBudget();
		for (let count = 0; count < QUOTA; count++) budget.note(1_000_000);
		expect(budget.waitMs(false, 1_000)).toBe(0);
	});
});

test('A client that reads a lot never locks out a purge by the name of a zone', async () => {
	const reserve = success({ id: 'cache_reserve', value: 'off' });
	const upstream = await startUpstream(({ method, target }) => {
		if (method === 'POST') return success({ id: ZONE_ID });
		return target.startsWith('/zones?')
			? success([ZONE_FACTS])
			: target.endsWith('reserve')
				? reserve
				: success(ZONE_FACTS);
	});
	const { call } = await openSession({ upstream: upstream.url, clock: createVirtualClock() });
	const reads = Array.from({ length: FOR_READS + 50 }, () => call('cache_reserve_get', { zone: ZONE_ID }));
	const refused = (await Promise.all(reads)).filter(({ isError }) => isError);
	expect(refused.length).toBeGreaterThan(0);
	expect(upstream.requests).toHaveLength(FOR_READS);
	expect((await call('purge_cache', { zone: ZONE, tags: ['a'] })).text).toMatch(/^Cloudflare accepted the purge/);
	const dry = await call('purge_cache', { zone: 'www.example.com', tags: ['a'], dry_run: true });
	expect(dry.text).toContain('kept for changes');
});
