/** Tests which failed requests are repeated, what they fail with in the end, and how they share rate limits. */
import { describe, expect, test } from 'vitest';
import { Cancel } from '../../src/base/cancel.js';
import type { ApiRequest } from '../../src/cloudflare/api.js';
import { ApiError, CancelledError, CLOSING, InputError, TimeoutError } from '../../src/errors.js';
import {
	ANSWER,
	BROKEN,
	LATE,
	often,
	POST,
	READ,
	RESERVATION,
	RETRIES,
	refusal,
	start,
	UNREACHED,
} from './retried-api.js';

const CHANGES = (['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method): ApiRequest => ({ ...POST, method }));
const UNREADABLE = new ApiError('Unreadable.', { status: 200, changed: 'unknown', advice: '' });
const QUEUED = new TimeoutError('No connection.', { changed: 'no', advice: '' });

/** Failures after which a change may have been applied. */
const DOUBTFUL: [string, Error][] = [
	...[500, 502, 503, 504, 520, 522, 530].map((status): [string, Error] => [`HTTP ${status}`, refusal(status)]),
	['an unreadable answer', UNREADABLE],
	['a broken connection', BROKEN],
	['a timeout', LATE],
];
/** Failures after which a change was surely not applied, and which may pass. */
const NOT_APPLIED: [string, Error][] = [
	['HTTP 429', refusal(429)],
	['a connection that could not be made', UNREACHED],
	['a connection that was not ready in time', QUEUED],
];
/** Failures that another attempt would meet again. */
const FINAL: [string, Error][] = [
	...[301, 400, 401, 403, 404, 408, 409, 422].map((status): [string, Error] => [`HTTP ${status}`, refusal(status)]),
	['wrong arguments', new InputError('Wrong.', { advice: '' })],
	['a cancelled call', new CancelledError('Cancelled.', { advice: '' })],
	['a programming error', new TypeError('x is not a function')],
	['an unknown error', new Error('what')],
];

describe('withRetries', () => {
	test.each([...DOUBTFUL, ...NOT_APPLIED])('repeats a read up to its attempts after %s', async (_, error) => {
		const { ask, sent } = start(often(error));
		await expect(ask()).rejects.toBe(error);
		expect(sent).toHaveLength(1 + RETRIES);
	});

	test.each([...DOUBTFUL, ...NOT_APPLIED])(
		'repeats a repeatable change up to its attempts after %s',
		async (_, error) => {
			const { ask, sent } = start(often(error));
			await expect(ask(POST, { repeatable: true })).rejects.toThrow(error.message);
			expect(sent).toHaveLength(1 + RETRIES);
		},
	);

	test('advises to repeat a repeatable change that may have been applied, and leaves other advice as it is', async () => {
		const also = 'Cloudflare has an internal error: call again later.';
		const fault = new ApiError('Fault.', { status: 500, changed: 'unknown', advice: { again: 'check', also } });
		await expect(start(often(fault)).ask(POST, { repeatable: true })).rejects.toMatchObject({
			changed: 'unknown',
			advice: { again: 'repeat', also },
		});
		await expect(start(often(fault)).ask(POST)).rejects.toBe(fault);
	});

	test.each(NOT_APPLIED)('repeats any change that was surely not applied, after %s', async (_, error) => {
		for (const change of CHANGES) {
			const { ask, sent } = start(often(error));
			await expect(ask(change)).rejects.toBe(error);
			expect(sent).toHaveLength(1 + RETRIES);
		}
	});

	test.each(DOUBTFUL)('never repeats a change that is not repeatable after %s', async (_, error) => {
		for (const change of CHANGES) {
			const { ask, sent, clock } = start(often(error));
			await expect(ask(change)).rejects.toBe(error);
			expect([sent, clock.slept]).toEqual([[0], []]);
		}
	});

	test.each(FINAL)('repeats nothing after %s', async (_, error) => {
		for (const [request, repeatable] of [
			[READ, undefined],
			[POST, true],
			[POST, false],
		] as const) {
			const { ask, sent, clock } = start(often(error));
			await expect(ask(request, { repeatable })).rejects.toBe(error);
			expect([sent, clock.slept]).toEqual([[0], []]);
		}
	});

	test.each([...DOUBTFUL, ...NOT_APPLIED])('repeats nothing with 0 retries after %s', async (_, error) => {
		const { ask, sent, clock } = start(often(error), { retries: 0 });
		await expect(ask()).rejects.toBe(error);
		expect([sent, clock.slept]).toEqual([[0], []]);
	});

	test('stops repeating at the first success', async () => {
		const { ask, sent } = start([BROKEN, refusal(503)]);
		expect(await ask()).toBe(ANSWER);
		expect(sent).toHaveLength(3);
	});

	test('stops repeating at the first failure that is final', async () => {
		const last = refusal(403);
		const { ask, sent } = start([refusal(503), last]);
		await expect(ask()).rejects.toBe(last);
		expect(sent).toHaveLength(2);
	});

	test('repeats a read whose answer is unreadable although nothing is in doubt', async () => {
		const { ask, sent } = start([new ApiError('Unreadable.', { status: 200, advice: '' })]);
		expect(await ask()).toBe(ANSWER);
		expect(sent).toHaveLength(2);
	});

	test('reports each attempt at a change that may have reached the API, and no other attempt', async () => {
		const reported: unknown[][] = [];
		const attempted = (...attempt: unknown[]) => void reported.push(attempt);
		const outcomes = [refusal(503), UNREACHED, QUEUED, BROKEN, LATE, refusal(429)];
		await start(outcomes, { retries: 10 }).ask(POST, { repeatable: true, attempted });
		expect(reported.map(([status]) => status)).toEqual([503, 0, 0, 429, 200]);
		expect(reported.at(-1)).toEqual([ANSWER.status, ANSWER.ray]);
		const cancelled = new CancelledError('Cancelled.', { advice: '' });
		await expect(start([cancelled]).ask(POST, { attempted })).rejects.toBe(cancelled);
		expect(reported).toHaveLength(5);
		// An answer came, and an error of our own kept it from being read.
		await expect(start([new RangeError('too deep')]).ask(POST, { attempted })).rejects.toThrow(RangeError);
		expect(reported.at(-1)).toEqual([0, undefined]);
	});
});

describe('After an attempt that may have been applied, withRetries', () => {
	test.each([refusal(429), refusal(403), UNREACHED])(
		'keeps that in doubt when a later attempt ends with %s',
		async (later) => {
			const { ask } = start([refusal(500), ...often(later)]);
			await expect(ask(POST, { repeatable: true })).rejects.toMatchObject({ changed: 'unknown' });
		},
	);

	test('keeps that in doubt when the next turn would come after the deadline', async () => {
		const { ask, clock } = start([refusal(500)], { random: () => 0 });
		const options = {
			repeatable: true,
			reservation: { ...RESERVATION, zonePlan: 'free', tokens: 22 },
			deadline: clock.now() + 1_000,
		};
		await expect(ask(POST, options)).rejects.toMatchObject({ status: 500, changed: 'unknown' });
	});

	test('keeps that in doubt when the call is cancelled', async () => {
		const client = new AbortController();
		const { begin, clock, sent } = start(often(BROKEN));
		const asked = begin(POST, { repeatable: true, signal: client.signal });
		await clock.run(0);
		client.abort();
		await expect(asked).rejects.toMatchObject({ name: 'CancelledError', changed: 'unknown' });
		expect(sent).toEqual([0]);
	});

	test('keeps that in doubt when the server closes', async () => {
		const closing = new Cancel();
		const { begin, clock, sent } = start(often(BROKEN));
		const asked = begin(POST, { repeatable: true, closing });
		await clock.run(0);
		closing.abort(CLOSING);
		await expect(asked).rejects.toMatchObject({ message: 'The server is closing.', changed: 'unknown' });
		expect(sent).toEqual([0]);
	});
});

describe('A cancelled call', () => {
	test.each([READ, POST])('makes no further attempt when it is aborted during the wait ($method)', async (request) => {
		const client = new AbortController();
		const { begin, clock, sent } = start(often(refusal(429)));
		const asked = begin(request, { signal: client.signal });
		await clock.run(0);
		client.abort();
		await expect(asked).rejects.toBeInstanceOf(CancelledError);
		expect(sent).toEqual([0]);
	});

	test('sends nothing when it was aborted before', async () => {
		const { ask, sent } = start([]);
		await expect(ask(READ, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
		expect(sent).toEqual([]);
	});
});

describe('A request that draws from a bucket', () => {
	const options = { permission: '', repeatable: true, reservation: RESERVATION };

	test('waits for its turn', async () => {
		const { ask, sent } = start([]);
		for (let count = 0; count < 40; count++) await ask(POST, options);
		expect(sent.at(0)).toBe(0);
		expect(sent.at(-1)).toBeGreaterThanOrEqual(((40 - 25) / 5) * 1000);
	});

	test('draws once for each attempt', async () => {
		const once = start([]);
		const again = start([refusal(503), refusal(503), refusal(503)], { random: () => 0 });
		await again.ask(POST, options);
		for (const { ask } of [once, again]) for (let count = 0; count < 22; count++) await ask(POST, options);
		expect(again.sent.at(-1)).toBeGreaterThan(once.sent.at(-1) as number);
	});

	test('is not sent when its turn would come after the deadline', async () => {
		const { ask, sent, clock } = start([]);
		for (let count = 0; count < 40; count++) await ask(POST, options);
		const before = sent.length;
		await expect(ask(POST, { ...options, deadline: clock.now() + 50 })).rejects.toMatchObject({
			name: 'TimeoutError',
			message: "The zone's rate limit would delay the next request past this call's time limit.",
			changed: 'no',
			advice: { again: 'later' },
		});
		expect(sent).toHaveLength(before);
	});

	test('makes all requests of its bucket wait when the rate limit refuses it', async () => {
		const { ask, sent, clock } = start([refusal(429, 20)], { retries: 0 });
		await expect(ask(POST, options)).rejects.toMatchObject({ status: 429 });
		expect(clock.elapsed()).toBe(0);
		await ask(POST, options);
		expect(sent[1]).toBeGreaterThanOrEqual(20_000);
	});

	test('makes no request of another bucket wait when the rate limit refuses it', async () => {
		const { ask, sent } = start([refusal(429, 20)], { retries: 0 });
		await expect(ask(POST, options)).rejects.toMatchObject({ status: 429 });
		await ask(POST, { ...options, reservation: { ...RESERVATION, account: 'b' } });
		await ask(POST, { ...options, reservation: { ...RESERVATION, group: 'urls' } });
		await ask(READ);
		expect(sent).toEqual([0, 0, 0, 0]);
	});

	test('is not repeated before the time that Cloudflare names when the rate limit refuses it', async () => {
		const { ask, sent } = start([refusal(429, 20)]);
		await ask(POST, options);
		expect(sent).toHaveLength(2);
		expect(sent[1]).toBeGreaterThanOrEqual(20_000);
	});

	test.each(['free', 'pro', 'enterprise'])(
		'is repeated exactly when Cloudflare says on the plan %s',
		async (zonePlan) => {
			const { ask, sent } = start([refusal(429, 20)]);
			await ask(POST, { ...options, reservation: { ...RESERVATION, zonePlan } });
			expect(sent).toEqual([0, 20_000]);
		},
	);

	test('waits no longer than a minute after the refusal of another request', async () => {
		const { ask, sent } = start([refusal(429, 86_400)]);
		await expect(ask(POST, options)).rejects.toMatchObject({ status: 429 });
		await ask(POST, options);
		expect(sent).toEqual([0, 60_000]);
	});

	test('makes no other request wait when it meets a fault', async () => {
		const { ask, sent } = start([refusal(503, 20)], { retries: 0 });
		await expect(ask(POST, options)).rejects.toMatchObject({ status: 503 });
		await ask(POST, options);
		expect(sent).toEqual([0, 0]);
	});
});
