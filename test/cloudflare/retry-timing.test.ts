/** Tests how long a request waits before it is repeated, and when it gives up instead. */
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, withZone } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { openSession, ZONE_ID } from '../support/session.js';
import { ANSWER, BROKEN, LATE, often, READ, RETRIES, refusal, start } from './retried-api.js';

describe('The wait before another attempt', () => {
	test.each([0, 0.3, 1])('is what Retry-After says when chance is %d', async (chance) => {
		const { ask, clock } = start([refusal(429, 17), refusal(503, 4)], { random: () => chance });
		await ask();
		expect(clock.slept).toEqual([17_000, 4_000]);
	});

	test('doubles from half a second when the answer names none', async () => {
		const { ask, clock } = start(often(refusal(503)), { retries: 5 });
		await expect(ask()).rejects.toThrow();
		expect(clock.slept).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
	});

	test('is at most 15 seconds when the answer names none', async () => {
		const { ask, clock } = start(often(BROKEN), { retries: 10 });
		await expect(ask()).rejects.toThrow();
		expect(clock.slept.slice(5)).toEqual([15_000, 15_000, 15_000, 15_000, 15_000]);
	});

	test('is any part of its limit, down to none', async () => {
		const chances = [0, 0.5, 0.25, 0.99];
		const { ask, clock } = start(often(LATE), { retries: 4, random: () => chances.shift() as number });
		await expect(ask()).rejects.toThrow();
		expect(clock.slept).toEqual([0, 500, 500, 3_960]);
	});

	test('is random by default', async () => {
		const { ask, clock } = start(often(BROKEN), { retries: 8, random: 'default' });
		await expect(ask()).rejects.toThrow();
		clock.slept.forEach((waitMs, attempt) => {
			expect(waitMs).toBeGreaterThanOrEqual(0);
			expect(waitMs).toBeLessThan(Math.min(15_000, 500 * 2 ** attempt));
		});
		expect(new Set(clock.slept).size).toBeGreaterThan(1);
	});

	test('does not follow the last attempt', async () => {
		const { ask, clock } = start(often(BROKEN));
		await expect(ask()).rejects.toThrow();
		expect(clock.slept).toHaveLength(RETRIES);
	});

	test('may be a minute, and a longer one ends the request at once', async () => {
		const minute = start([refusal(429, 60)]);
		await minute.ask();
		expect(minute.clock.slept).toEqual([60_000]);
		const last = refusal(429, 61);
		const longer = start([last]);
		await expect(longer.ask()).rejects.toBe(last);
		expect([longer.sent, longer.clock.slept]).toEqual([[0], []]);
	});

	test('may last until the deadline, and a longer one ends the request at once', async () => {
		const inTime = start([refusal(429, 10)]);
		expect(await inTime.ask(READ, { deadline: inTime.clock.now() + 10_000 })).toBe(ANSWER);
		const last = refusal(429, 10);
		const late = start([last]);
		await expect(late.ask(READ, { deadline: late.clock.now() + 9_999 })).rejects.toBe(last);
		expect([late.sent, late.clock.slept]).toEqual([[0], []]);
	});

	test('ends the request with its last error as soon as it would pass the deadline', async () => {
		const errors = [refusal(500), refusal(502), refusal(503), refusal(504)];
		const { ask, sent, clock } = start(errors);
		await expect(ask(READ, { deadline: clock.now() + 2_000 })).rejects.toBe(errors[2]);
		expect(sent).toEqual([0, 500, 1_500]);
	});
});

describe('The wait that an answer asks for', () => {
	/** The waits of a read whose first answer has these headers. */
	async function waitsAfter(headers: Record<string, string>, status = 429): Promise<readonly number[]> {
		const clock = createVirtualClock();
		const steps = [{ ...failure(status, { code: 971, message: 'Wait' }), headers }, success({ id: 'x', value: 'off' })];
		const upstream = await startUpstream(withZone(steps));
		const { client } = await openSession({ upstream: upstream.url, clock });
		const read = { name: 'cache_reserve_get', arguments: { zone: ZONE_ID } };
		// A call with progress has no time limit of its own, so every sleep is a wait between attempts.
		const { isError } = await client.callTool(read, undefined, { onprogress: () => undefined });
		expect(isError).toBeUndefined();
		return clock.slept;
	}

	test.each<[string, Record<string, string>, number]>([
		['Retry-After', { 'retry-after': '7' }, 7_000],
		['t of Ratelimit', { ratelimit: '"default";r=0;t=30' }, 30_000],
		['t of Ratelimit before another part', { ratelimit: '"default";t=12;r=0' }, 12_000],
		['Retry-After rather than Ratelimit', { 'retry-after': '7', ratelimit: '"default";r=0;t=30' }, 7_000],
		['Ratelimit when Retry-After is malformed', { 'retry-after': 'soon', ratelimit: '"default";r=0;t=30' }, 30_000],
	])('is taken from %s', async (_, headers, wait) => {
		expect(await waitsAfter(headers)).toEqual([wait]);
	});

	test.each([
		'',
		'nonsense',
		'"default";r=0',
		'"default";r=0;t=0',
		'"default";r=0;t=-5',
		'"default";r=0;t=x',
		'"default";r=1150;t=300',
		'"default";r=01;t=300',
	])('is random when Ratelimit is "%s"', async (ratelimit) => {
		const [wait, ...more] = await waitsAfter({ ratelimit });
		expect(wait).toBeLessThan(500);
		expect(more).toEqual([]);
	});

	test('is not taken from Ratelimit when the answer is a fault', async () => {
		expect((await waitsAfter({ ratelimit: '"default";r=9;t=30' }, 503))[0]).toBeLessThan(500);
	});
});
