/** The limit of one attempt: what a caller learns when time is up, and when it cancelled the call itself. */
import { describe, expect, test } from 'vitest';
import { Interrupted, NetworkError, TimeoutError } from '../../src/errors.js';
import { withDeadline } from '../../src/http/deadline.js';
import type { HttpRequest, HttpResponse, Send } from '../../src/http/send.js';

const READ: HttpRequest = { method: 'GET', target: '/zones', headers: {} };
const CHANGE: HttpRequest = { method: 'POST', target: '/zones/x/purge_cache', headers: {}, body: '{}' };
const ANSWER: HttpResponse = { status: 200, headers: {}, body: '{}' };
const LONG = 3_600;
/** Seconds; over before anything could answer. */
const AT_ONCE = 0.001;

/** Never answers; ends as a connection does when its signal is aborted. */
const silent: Send = ({ signal }) =>
	new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));

const failureOf = (sending: Promise<unknown>): Promise<unknown> =>
	sending.then(
		() => undefined,
		(error: unknown) => error,
	);

describe('withDeadline, before the limit', () => {
	test('hands on the answer', async () => {
		expect(await withDeadline(async () => ANSWER, LONG)(READ)).toBe(ANSWER);
	});

	test('hands on the request with everything but its signal as it was', async () => {
		const seen: HttpRequest[] = [];
		await withDeadline(async (request) => {
			seen.push(request);
			return ANSWER;
		}, LONG)(CHANGE);
		expect(seen).toEqual([{ ...CHANGE, signal: expect.any(AbortSignal) }]);
	});

	test('lets a failure of the connection through as it is', async () => {
		const broken = new NetworkError('broken', { sent: true, changed: 'unknown', next: '' });
		expect(await failureOf(withDeadline(() => Promise.reject(broken), LONG)(CHANGE))).toBe(broken);
	});
});

describe('withDeadline, after the limit', () => {
	test('says of a read that nothing was changed', async () => {
		const error = await failureOf(withDeadline(silent, AT_ONCE)(READ));
		expect(error).toBeInstanceOf(TimeoutError);
		expect(error).toMatchObject({ changed: 'no', next: 'Call again later.' });
	});

	test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('says of a %s that it may have been applied', async (method) => {
		const error = await failureOf(withDeadline(silent, AT_ONCE)({ ...CHANGE, method }));
		expect(error).toBeInstanceOf(TimeoutError);
		expect(error).toMatchObject({ changed: 'unknown', next: 'Check the current state before repeating it.' });
	});

	test('names the limit', async () => {
		const error = await failureOf(withDeadline(silent, AT_ONCE)(READ));
		expect(error).toMatchObject({ message: `Cloudflare did not answer within ${AT_ONCE} seconds.` });
	});

	test('calls it the limit even when the caller has a signal that it did not use', async () => {
		const { signal } = new AbortController();
		expect(await failureOf(withDeadline(silent, AT_ONCE)({ ...READ, signal }))).toBeInstanceOf(TimeoutError);
	});

	test('gives each attempt its own time', async () => {
		let attempts = 0;
		const send = withDeadline((request) => (++attempts === 1 ? silent(request) : Promise.resolve(ANSWER)), AT_ONCE);
		await failureOf(send(READ));
		expect(await send(READ)).toBe(ANSWER);
	});
});

describe('withDeadline, cancelled by the caller', () => {
	test('does not send what was cancelled before', async () => {
		let sent = 0;
		const send = withDeadline(async () => {
			sent++;
			return ANSWER;
		}, LONG);
		const error = await failureOf(send({ ...CHANGE, signal: AbortSignal.abort() }));
		expect(error).toBeInstanceOf(Interrupted);
		expect(error).toMatchObject({ changed: 'no', next: 'Call again if it is still wanted.' });
		expect(sent).toBe(0);
	});

	test('says of a change under way that it may have been applied', async () => {
		const caller = new AbortController();
		const sending = failureOf(withDeadline(silent, LONG)({ ...CHANGE, signal: caller.signal }));
		caller.abort();
		const error = await sending;
		expect(error).toBeInstanceOf(Interrupted);
		expect(error).toMatchObject({ changed: 'unknown', next: 'Check the current state before repeating it.' });
	});

	test('says of a read under way that nothing was changed', async () => {
		const caller = new AbortController();
		const sending = failureOf(withDeadline(silent, LONG)({ ...READ, signal: caller.signal }));
		caller.abort();
		const error = await sending;
		expect(error).toBeInstanceOf(Interrupted);
		expect(error).toMatchObject({ changed: 'no' });
	});

	test('keeps what it was interrupted by as the cause', async () => {
		const caller = new AbortController();
		const reason = new Error('no longer wanted');
		const sending = failureOf(withDeadline(silent, LONG)({ ...READ, signal: caller.signal }));
		caller.abort(reason);
		expect(await sending).toMatchObject({ cause: reason });
	});
});
