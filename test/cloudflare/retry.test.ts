/** What is repeated, how long it waits before, and when it is given up. */
import { describe, expect, test } from 'vitest';
import { Cancel } from '../../src/base/cancel.js';
import type { Clock } from '../../src/base/clock.js';
import type { Api, ApiAnswer, ApiRequest } from '../../src/cloudflare/api.js';
import { createRateLimiter, type Reservation } from '../../src/cloudflare/rate-limiter.js';
import { withRetries } from '../../src/cloudflare/retry.js';
import { ApiError, CancelledError, CLOSING, InputError, NetworkError, TimeoutError } from '../../src/errors.js';
import { failure, startUpstream, success, withZone } from '../support/api.js';
import { connect, ZONE_ID } from '../support/session.js';

const START = Date.parse('2026-09-29T00:00:00Z');
const RETRIES = 3;
const READ: ApiRequest = { method: 'GET', path: '/zones', query: {} };
const POST: ApiRequest = { method: 'POST', path: '/zones/x/purge_cache', query: {}, body: { tags: ['a'] } };
const CHANGES = (['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method): ApiRequest => ({ ...POST, method }));
const ANSWER: ApiAnswer = { result: null, page: undefined, status: 200, ray: undefined, date: undefined };
const RESERVATION: Reservation = { account: 'a', zonePlan: 'pro', group: 'requests', tokens: 1 };

const refusal = (status: number, retryAfter?: number) =>
	new ApiError('Refused.', { status, retryAfter, changed: status >= 500 ? 'unknown' : 'no', advice: '' });
const UNREADABLE = new ApiError('Unreadable.', { status: 200, changed: 'unknown', advice: '' });
const BROKEN = new NetworkError('Broken.', { sent: true, changed: 'unknown', advice: '' });
const UNREACHED = new NetworkError('Unreached.', { sent: false, advice: '' });
const LATE = new TimeoutError('Late.', { changed: 'unknown', advice: '' });
const QUEUED = new TimeoutError('No connection.', { changed: 'no', advice: '' });

/** A clock that jumps to the end of every wait. */
function createFakeClock() {
	let now = START;
	const slept: number[] = [];
	const clock: Clock = {
		now: () => now,
		async sleep(milliseconds) {
			slept.push(milliseconds);
			now += milliseconds;
		},
	};
	return { clock, slept };
}

/** A client to which these things happen in their order, and then only answers. */
function start(
	outcomes: Error[],
	{ retries = RETRIES, random = () => 1 }: { retries?: number; random?: () => number } = {},
) {
	const { clock, slept } = createFakeClock();
	const sent: number[] = [];
	const inner: Api = async () => {
		const outcome = outcomes[sent.length];
		sent.push(clock.now() - START);
		if (outcome) throw outcome;
		return ANSWER;
	};
	const patient = withRetries(inner, { clock, rateLimiter: createRateLimiter(clock), retries, random });
	return {
		clock,
		slept,
		/** Milliseconds since the start. */
		sent,
		ask: (request: ApiRequest = READ, about: Partial<Parameters<Api>[1]> = {}) =>
			patient(request, { permission: '', ...about }),
	};
}

const often = (error: Error) => Array.from({ length: 20 }, () => error);

const FAULTS: [string, Error][] = [
	...[500, 502, 503, 504, 520, 522, 530].map((status): [string, Error] => [`HTTP ${status}`, refusal(status)]),
	['an unreadable answer', UNREADABLE],
	['a broken connection', BROKEN],
	['a time-out', LATE],
];
const HARMLESS: [string, Error][] = [
	['HTTP 429', refusal(429)],
	['a connection that could not be made', UNREACHED],
	['a connection that was not ready in time', QUEUED],
];
const FINAL: [string, Error][] = [
	...[301, 400, 401, 403, 404, 408, 409, 422].map((status): [string, Error] => [`HTTP ${status}`, refusal(status)]),
	['arguments that are wrong', new InputError('Wrong.', { advice: '' })],
	['a cancelled call', new CancelledError('Cancelled.', { advice: '' })],
	['a programming error', new TypeError('x is not a function')],
	['an error of nobody', new Error('what')],
];

describe('What is repeated', () => {
	test.each([...FAULTS, ...HARMLESS])('a read, up to its attempts: %s', async (_, error) => {
		const { ask, sent } = start(often(error));
		await expect(ask()).rejects.toBe(error);
		expect(sent).toHaveLength(1 + RETRIES);
	});

	test.each([...FAULTS, ...HARMLESS])('a change that may be done twice, up to its attempts: %s', async (_, error) => {
		const { ask, sent } = start(often(error));
		await expect(ask(POST, { repeatable: true })).rejects.toThrow(error.message);
		expect(sent).toHaveLength(1 + RETRIES);
	});

	test('a change that may be done twice, with advice that says so, and none that nobody can follow', async () => {
		const also = 'Cloudflare has a fault: call again later.';
		const fault = new ApiError('Fault.', { status: 500, changed: 'unknown', advice: { again: 'check', also } });
		await expect(start(often(fault)).ask(POST, { repeatable: true })).rejects.toMatchObject({
			changed: 'unknown',
			advice: { again: 'repeat', also },
		});
		await expect(start(often(fault)).ask(POST)).rejects.toBe(fault);
	});

	test.each(HARMLESS)('every change, where it was surely not applied: %s', async (_, error) => {
		for (const change of CHANGES) {
			const { ask, sent } = start(often(error));
			await expect(ask(change)).rejects.toBe(error);
			expect(sent).toHaveLength(1 + RETRIES);
		}
	});

	test.each(FAULTS)('no other change: %s', async (_, error) => {
		for (const change of CHANGES) {
			const { ask, sent, slept } = start(often(error));
			await expect(ask(change)).rejects.toBe(error);
			expect([sent, slept]).toEqual([[0], []]);
		}
	});

	test.each(FINAL)('nothing at all: %s', async (_, error) => {
		for (const [request, repeatable] of [
			[READ, undefined],
			[POST, true],
			[POST, false],
		] as const) {
			const { ask, sent, slept } = start(often(error));
			await expect(ask(request, { repeatable })).rejects.toBe(error);
			expect([sent, slept]).toEqual([[0], []]);
		}
	});

	test.each([...FAULTS, ...HARMLESS])('nothing where there are no retries: %s', async (_, error) => {
		const { ask, sent, slept } = start(often(error), { retries: 0 });
		await expect(ask()).rejects.toBe(error);
		expect([sent, slept]).toEqual([[0], []]);
	});

	test('only until it is answered', async () => {
		const { ask, sent } = start([BROKEN, refusal(503)]);
		expect(await ask()).toBe(ANSWER);
		expect(sent).toHaveLength(3);
	});

	test('not what fails otherwise the second time', async () => {
		const last = refusal(403);
		const { ask, sent } = start([refusal(503), last]);
		await expect(ask()).rejects.toBe(last);
		expect(sent).toHaveLength(2);
	});

	test.each([refusal(429), refusal(403), UNREACHED])(
		'not so that a later attempt takes back that an earlier one may have been applied: %s',
		async (later) => {
			const { ask } = start([refusal(500), ...often(later)]);
			await expect(ask(POST, { repeatable: true })).rejects.toMatchObject({ changed: 'unknown' });
		},
	);

	test('not so that a turn that would come too late takes it back', async () => {
		const { ask } = start([refusal(500)], { random: () => 0 });
		const about = {
			repeatable: true,
			reservation: { ...RESERVATION, zonePlan: 'free', tokens: 22 },
			deadline: START + 1_000,
		};
		await expect(ask(POST, about)).rejects.toMatchObject({ status: 500, changed: 'unknown' });
	});

	test('not so that a cancellation takes it back', async () => {
		const client = new AbortController();
		const { clock } = createFakeClock();
		const waiting = { ...clock, sleep: async () => client.abort() };
		const inner: Api = async () => {
			throw BROKEN;
		};
		const patient = withRetries(inner, { clock: waiting, rateLimiter: createRateLimiter(waiting), retries: RETRIES });
		const asked = patient(POST, { permission: '', repeatable: true, signal: client.signal });
		await expect(asked).rejects.toMatchObject({ name: 'CancelledError', changed: 'unknown' });
	});

	test('not so that the closing of the server takes it back', async () => {
		const closing = new Cancel();
		const { clock } = createFakeClock();
		const waiting = { ...clock, sleep: async () => closing.abort(CLOSING) };
		const inner: Api = async () => {
			throw BROKEN;
		};
		const patient = withRetries(inner, { clock: waiting, rateLimiter: createRateLimiter(waiting), retries: RETRIES });
		await expect(patient(POST, { permission: '', repeatable: true, closing })).rejects.toMatchObject({
			message: 'The server is closing.',
			changed: 'unknown',
		});
	});

	test('a read whose answer is unreadable, although nothing is in doubt', async () => {
		const { ask, sent } = start([new ApiError('Unreadable.', { status: 200, advice: '' })]);
		expect(await ask()).toBe(ANSWER);
		expect(sent).toHaveLength(2);
	});

	test.each([READ, POST])('nothing after an abort during the wait: $method', async (request) => {
		const client = new AbortController();
		const { clock } = createFakeClock();
		let sent = 0;
		const inner: Api = async () => {
			sent++;
			throw refusal(429);
		};
		const sleep = async () => client.abort();
		const waiting = { ...clock, sleep };
		const patient = withRetries(inner, { clock: waiting, rateLimiter: createRateLimiter(waiting), retries: RETRIES });
		const about = { permission: '', signal: client.signal };
		await expect(patient(request, about)).rejects.toBeInstanceOf(CancelledError);
		expect(sent).toBe(1);
	});

	test('nothing that was aborted before', async () => {
		const { ask, sent } = start([]);
		await expect(ask(READ, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
		expect(sent).toEqual([]);
	});
});

test('Each attempt at a change that may have reached the API is told of, and no other', async () => {
	const told: unknown[] = [];
	const attempted = (...attempt: unknown[]) => void told.push(attempt);
	const outcomes = [refusal(503), UNREACHED, QUEUED, BROKEN, LATE, refusal(429)];
	const { ask } = start(outcomes, { retries: 10 });
	await ask(POST, { repeatable: true, attempted });
	expect(told.map((attempt) => (attempt as unknown[])[0])).toEqual([503, 0, 0, 429, 200]);
	expect(told.at(-1)).toEqual([ANSWER.status, ANSWER.ray]);
	await start([new CancelledError('Cancelled.', { advice: '' })])
		.ask(POST, { attempted })
		.catch(() => undefined);
	expect(told).toHaveLength(5);
	// An answer came, and an error of our own kept it from being read.
	await start([new RangeError('too deep')])
		.ask(POST, { attempted })
		.catch(() => undefined);
	expect(told.at(-1)).toEqual([0, undefined]);
});

describe('The wait before another attempt', () => {
	test.each([0, 0.3, 1])('is what Retry-After says, whatever chance says (%d)', async (chance) => {
		const { ask, slept } = start([refusal(429, 17), refusal(503, 4)], { random: () => chance });
		await ask();
		expect(slept).toEqual([17_000, 4_000]);
	});

	test('doubles from half a second where nobody names one', async () => {
		const { ask, slept } = start(often(refusal(503)), { retries: 5 });
		await expect(ask()).rejects.toThrow();
		expect(slept).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
	});

	test('is never longer than a quarter of a minute where nobody names one', async () => {
		const { ask, slept } = start(often(BROKEN), { retries: 10 });
		await expect(ask()).rejects.toThrow();
		expect(slept.slice(5)).toEqual([15_000, 15_000, 15_000, 15_000, 15_000]);
	});

	test('is left to chance in full', async () => {
		const chances = [0, 0.5, 0.25, 0.99];
		const { ask, slept } = start(often(LATE), { retries: 4, random: () => chances.shift() as number });
		await expect(ask()).rejects.toThrow();
		expect(slept).toEqual([0, 500, 500, 3_960]);
	});

	test('is left to real chance by default', async () => {
		const { clock, slept } = createFakeClock();
		const inner: Api = async () => {
			throw BROKEN;
		};
		const patient = withRetries(inner, { clock, rateLimiter: createRateLimiter(clock), retries: 8 });
		await expect(patient(READ, { permission: '' })).rejects.toThrow();
		slept.forEach((wait, attempt) => {
			expect(wait).toBeGreaterThanOrEqual(0);
			expect(wait).toBeLessThan(Math.min(15_000, 500 * 2 ** attempt));
		});
		expect(new Set(slept).size).toBeGreaterThan(1);
	});

	test('is not begun after the last attempt', async () => {
		const { ask, slept } = start(often(BROKEN));
		await expect(ask()).rejects.toThrow();
		expect(slept).toHaveLength(RETRIES);
	});

	test('of a minute is waited, and of more is not', async () => {
		const minute = start([refusal(429, 60)]);
		await minute.ask();
		expect(minute.slept).toEqual([60_000]);
		const last = refusal(429, 61);
		const more = start([last]);
		await expect(more.ask()).rejects.toBe(last);
		expect([more.sent, more.slept]).toEqual([[0], []]);
	});

	test('ends at the deadline at the latest', async () => {
		const inTime = start([refusal(429, 10)]);
		expect(await inTime.ask(READ, { deadline: START + 10_000 })).toBe(ANSWER);
		const last = refusal(429, 10);
		const late = start([last]);
		await expect(late.ask(READ, { deadline: START + 9_999 })).rejects.toBe(last);
		expect([late.sent, late.slept]).toEqual([[0], []]);
	});

	test('gives up with the last error, as soon as the next wait would pass the deadline', async () => {
		const errors = [refusal(500), refusal(502), refusal(503), refusal(504)];
		const { ask, sent } = start(errors);
		await expect(ask(READ, { deadline: START + 2_000 })).rejects.toBe(errors[2]);
		expect(sent).toEqual([0, 500, 1_500]);
	});

	async function waitsFor(headers: Record<string, string>, status = 429) {
		const { clock, slept } = createFakeClock();
		const steps = [{ ...failure(status, { code: 971, message: 'Wait' }), headers }, success({ id: 'x', value: 'off' })];
		const upstream = await startUpstream(withZone(steps));
		const { client } = await connect({ upstream: upstream.url, clock });
		const read = { name: 'cache_reserve_get', arguments: { zone: ZONE_ID } };
		// With progress the call has no end of its own, and every sleep is a wait.
		const { isError } = await client.callTool(read, undefined, { onprogress: () => undefined });
		expect(isError).toBeUndefined();
		return slept;
	}

	test.each<[string, Record<string, string>, number]>([
		['Retry-After', { 'retry-after': '7' }, 7_000],
		['t of Ratelimit', { ratelimit: '"default";r=0;t=30' }, 30_000],
		['t of Ratelimit, before another part', { ratelimit: '"default";t=12;r=0' }, 12_000],
		['Retry-After before Ratelimit', { 'retry-after': '7', ratelimit: '"default";r=0;t=30' }, 7_000],
		['Ratelimit where Retry-After is none', { 'retry-after': 'soon', ratelimit: '"default";r=0;t=30' }, 30_000],
	])('is taken from the answer: %s', async (_, headers, wait) => {
		expect(await waitsFor(headers)).toEqual([wait]);
	});

	test.each(['', 'nonsense', '"default";r=0', '"default";r=0;t=0', '"default";r=0;t=-5', '"default";r=0;t=x'])(
		'is left to chance when Ratelimit is "%s"',
		async (ratelimit) => {
			const [wait, ...more] = await waitsFor({ ratelimit });
			expect(wait).toBeLessThan(500);
			expect(more).toEqual([]);
		},
	);

	test('is not taken from Ratelimit when the answer is a fault', async () => {
		expect((await waitsFor({ ratelimit: '"default";r=9;t=30' }, 503))[0]).toBeLessThan(500);
	});
});

describe('A request that draws from a bucket', () => {
	const about = { permission: '', repeatable: true, reservation: RESERVATION };

	test('waits for its turn', async () => {
		const { ask, sent } = start([]);
		for (let count = 0; count < 40; count++) await ask(POST, about);
		expect(sent.at(0)).toBe(0);
		expect(sent.at(-1)).toBeGreaterThanOrEqual(((40 - 25) / 5) * 1000);
	});

	test('draws once for each attempt', async () => {
		const once = start([]);
		const again = start([refusal(503), refusal(503), refusal(503)], { random: () => 0 });
		await again.ask(POST, about);
		for (const { ask } of [once, again]) for (let count = 0; count < 22; count++) await ask(POST, about);
		expect(again.sent.at(-1)).toBeGreaterThan(once.sent.at(-1) as number);
	});

	test('is not sent when its turn would come after the deadline', async () => {
		const { ask, sent, clock } = start([]);
		for (let count = 0; count < 40; count++) await ask(POST, about);
		const before = sent.length;
		const late = ask(POST, { ...about, deadline: clock.now() + 50 });
		await expect(late).rejects.toMatchObject({ name: 'TooLate', changed: 'no' });
		expect(sent).toHaveLength(before);
	});

	test('that meets the rate limit makes everyone wait who draws from it', async () => {
		const { ask, sent, clock } = start([refusal(429, 20)], { retries: 0 });
		await expect(ask(POST, about)).rejects.toMatchObject({ status: 429 });
		expect(clock.now()).toBe(START);
		await ask(POST, about);
		expect(sent[1]).toBeGreaterThanOrEqual(20_000);
	});

	test('and meets the rate limit does not make others wait', async () => {
		const { ask, sent } = start([refusal(429, 20)], { retries: 0 });
		await expect(ask(POST, about)).rejects.toMatchObject({ status: 429 });
		await ask(POST, { ...about, reservation: { ...RESERVATION, account: 'b' } });
		await ask(POST, { ...about, reservation: { ...RESERVATION, group: 'urls' } });
		await ask(READ);
		expect(sent).toEqual([0, 0, 0, 0]);
	});

	test('is repeated after the rate limit, not before the time that Cloudflare names', async () => {
		const { ask, sent } = start([refusal(429, 20)]);
		await ask(POST, about);
		expect(sent).toHaveLength(2);
		expect(sent[1]).toBeGreaterThanOrEqual(20_000);
	});

	test('is repeated exactly when Cloudflare says, on every plan', async () => {
		for (const zonePlan of ['free', 'pro', 'enterprise']) {
			const { ask, sent } = start([refusal(429, 20)]);
			await ask(POST, { ...about, reservation: { ...RESERVATION, zonePlan } });
			expect(sent).toEqual([0, 20_000]);
		}
	});

	test('is not made to wait longer than a minute by a refusal of somebody else', async () => {
		const { ask, sent } = start([refusal(429, 86_400)]);
		await expect(ask(POST, about)).rejects.toMatchObject({ status: 429 });
		await ask(POST, about);
		expect(sent).toEqual([0, 60_000]);
	});

	test('and meets a fault makes nobody else wait', async () => {
		const { ask, sent } = start([refusal(503, 20)], { retries: 0 });
		await expect(ask(POST, about)).rejects.toMatchObject({ status: 503 });
		await ask(POST, about);
		expect(sent).toEqual([0, 0]);
	});
});
