/** Tests one request over a real connection: what it returns, and what a caller learns when there is no answer. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Cancel, type Signal } from '../../../src/base/cancel.js';
import { openPool } from '../../../src/cloudflare/http/pool.js';
import type { HttpRequest } from '../../../src/cloudflare/http/send.js';
import { CancelledError, NetworkError, TimeoutError } from '../../../src/errors.js';
import { type Script, startUpstream, type Upstream } from '../../support/api.js';

const READ: HttpRequest = { method: 'GET', target: '/zones?per_page=50', headers: { accept: 'application/json' } };
const CHANGE: HttpRequest = {
	method: 'POST',
	target: '/zones/x/purge_cache',
	headers: { 'content-type': 'application/json' },
	body: '{"tags":["ü"]}',
};
const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE'];
const ANSWER = { body: '{"success":true}' };
const CHECK = { again: 'check' };
const LONG_SECONDS = 3_600;
/** Connections of a pool. */
const CONNECTIONS = 32;

async function open(script: Script, timeoutSeconds = LONG_SECONDS) {
	const upstream = await startUpstream(script);
	return { upstream, send: openSend(upstream.url, timeoutSeconds) };
}

function openSend(url: string, timeoutSeconds = LONG_SECONDS) {
	const pool = openPool(url, timeoutSeconds);
	onTestFinished(() => pool.close());
	return pool.send;
}

const failureOf = (sending: Promise<unknown>): Promise<unknown> =>
	sending.then(
		() => undefined,
		(error: unknown) => error,
	);

describe('A request that is answered', () => {
	test('returns status, headers and body', async () => {
		const { send } = await open([{ status: 418, headers: { 'X-Kind': 'teapot' }, body: '{"ü":"\u{1F375}"}' }]);
		expect(await send(READ)).toMatchObject({
			status: 418,
			headers: { 'x-kind': 'teapot', 'content-type': 'application/json' },
			body: '{"ü":"\u{1F375}"}',
		});
	});

	test.each([READ, CHANGE])('leaves as it was given ($method $target)', async (request) => {
		const { send, upstream } = await open([ANSWER]);
		await send(request);
		expect(upstream.requests).toMatchObject([{ ...request, body: request.body ?? '' }]);
	});

	test('has its target below an API root that ends with a slash', async () => {
		const upstream = await startUpstream([ANSWER]);
		await openSend(`${upstream.url}/`)(READ);
		expect(upstream.requests).toMatchObject([{ target: READ.target }]);
	});

	test('joins a header that the response repeats', async () => {
		const { send } = await open([{ headers: { via: ['a', 'b'] as unknown as string }, ...ANSWER }]);
		expect((await send(READ)).headers.via).toBe('a, b');
	});

	test('ignores a byte order mark', async () => {
		const { send } = await open([{ body: `\uFEFF${ANSWER.body}` }]);
		expect((await send(READ)).body).toBe(ANSWER.body);
	});

	test('keeps the first 8 MiB of an endless body, and ends the connection', async () => {
		const endless = createServer((_, response) => {
			Readable.from(repeat('x'.repeat(64 * 1024))).pipe(response);
		});
		onTestFinished(() => void endless.close());
		await once(endless.listen(0, '127.0.0.1'), 'listening');
		const connected = once(endless, 'connection') as Promise<[Socket]>;
		const { port } = endless.address() as AddressInfo;
		const { body } = await openSend(`http://127.0.0.1:${port}`)(READ);
		expect(body.length).toBeGreaterThan(8 * 1024 * 1024);
		expect(body.length).toBeLessThan(9 * 1024 * 1024);
		const [socket] = await connected;
		if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
	});

	test('stops listening to its signal', async () => {
		const listeners = new Set<() => void>();
		const signal: Signal = {
			aborted: false,
			reason: undefined,
			addEventListener: (_, listener) => void listeners.add(listener),
			removeEventListener: (_, listener) => void listeners.delete(listener),
		};
		const { send, upstream } = await open(['hang']);
		const sending = failureOf(send({ ...READ, signal }));
		await upstream.arrival(READ.target);
		expect(listeners.size).toBe(1);
		await upstream.close();
		await sending;
		expect(listeners.size).toBe(0);
	});
});

describe('A request without an answer', () => {
	test('was not sent, and changed nothing, when there is no server', async () => {
		const { send, upstream } = await open([]);
		await upstream.close();
		const error = await failureOf(send(CHANGE));
		expect(error).toBeInstanceOf(NetworkError);
		expect(error).toMatchObject({ sent: false, changed: 'no' });
		expect((error as Error).message).toMatch(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/);
	});

	test.each(CHANGES)('may have been applied when its connection breaks (%s)', async (method) => {
		const { send } = await open(['break']);
		const error = await failureOf(send({ ...CHANGE, method }));
		expect(error).toBeInstanceOf(NetworkError);
		expect(error).toMatchObject({ sent: true, changed: 'unknown', advice: CHECK });
	});

	test('changed nothing when its connection breaks and it reads', async () => {
		const { send } = await open(['break']);
		expect(await failureOf(send(READ))).toMatchObject({ sent: true, changed: 'no' });
	});

	test('may have been applied when the answer breaks off in its middle', async () => {
		const { send } = await open([{ ...ANSWER, declared: 5_000 }]);
		expect(await failureOf(send(CHANGE))).toMatchObject({ sent: true, changed: 'unknown' });
	});
});

describe('A request at its time limit', () => {
	beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
	afterEach(() => void vi.useRealTimers());

	/** Lets a second pass when so many requests have arrived: a loaded machine may take longer to connect. */
	const passSecondAfter = async ({ requests }: Upstream, arrivals: number) => {
		await expect.poll(() => requests).toHaveLength(arrivals);
		vi.advanceTimersByTime(1_000);
	};

	test('ends, and changed nothing when it reads', async () => {
		const { send, upstream } = await open(() => 'hang', 1);
		const ended = failureOf(send(READ));
		await passSecondAfter(upstream, 1);
		expect(await ended).toBeInstanceOf(TimeoutError);
		expect(await ended).toMatchObject({ changed: 'no', advice: { again: 'later' } });
	});

	test('may have been applied when it is a change that arrived', async () => {
		const { send, upstream } = await open(() => 'hang', 1);
		const ended = Promise.all(CHANGES.map((method) => failureOf(send({ ...CHANGE, method }))));
		await passSecondAfter(upstream, CHANGES.length);
		for (const error of await ended) {
			expect(error).toBeInstanceOf(TimeoutError);
			expect(error).toMatchObject({
				message: 'Cloudflare did not answer within 1 second.',
				changed: 'unknown',
				advice: CHECK,
			});
		}
	});

	test('changed nothing when it still waits for a connection', async () => {
		const { send, upstream } = await open(() => 'hang', 1);
		const ended = Promise.all(Array.from({ length: CONNECTIONS + 1 }, () => failureOf(send(CHANGE))));
		await passSecondAfter(upstream, CONNECTIONS);
		const errors = await ended;
		expect(errors.at(-1)).toBeInstanceOf(TimeoutError);
		expect(errors.at(-1)).toMatchObject({
			message: 'No connection was ready within 1 second, so the request was not sent.',
			changed: 'no',
			advice: { again: 'later' },
		});
		expect(upstream.requests).toHaveLength(CONNECTIONS);
	});

	test('ends the connection', async () => {
		const { send, upstream } = await open(() => 'hang', 1);
		const ended = failureOf(send(READ));
		await passSecondAfter(upstream, 1);
		await Promise.all([ended, upstream.requests[0]?.closed]);
	});

	test('leaves the next request its own time limit', async () => {
		const { send, upstream } = await open(['hang', ANSWER], 1);
		const ended = failureOf(send(READ));
		await passSecondAfter(upstream, 1);
		expect(await ended).toBeInstanceOf(TimeoutError);
		expect(await send(READ)).toMatchObject(ANSWER);
	});
});

describe('A request that is cancelled', () => {
	test.each([AbortSignal.abort(), cancelled()])('before it is sent never leaves', async (signal) => {
		const { send, upstream } = await open([]);
		const error = await failureOf(send({ ...CHANGE, signal }));
		expect(error).toBeInstanceOf(CancelledError);
		expect(error).toMatchObject({ changed: 'no', advice: { again: 'wanted' } });
		expect(upstream.requests).toEqual([]);
	});

	test('while it waits for a connection is never sent, and changed nothing', async () => {
		const { send, upstream } = await open(({ target }) => (target === READ.target ? 'hang' : ANSWER));
		const holders = Array.from({ length: CONNECTIONS }, () => new Cancel());
		const held = holders.map((signal) => failureOf(send({ ...READ, signal })));
		const cancel = new Cancel();
		const error = failureOf(send({ ...CHANGE, signal: cancel }));
		cancel.abort();
		expect(await error).toMatchObject({ changed: 'no', advice: { again: 'wanted' } });
		await upstream.arrival(READ.target);
		for (const holder of holders) holder.abort();
		await Promise.all(held);
		// A connection is free now, and the next request gets it.
		await send({ ...CHANGE, target: '/next' });
		expect(upstream.changes()).toMatchObject([{ target: '/next' }]);
	});

	test.each([
		[CHANGE, { changed: 'unknown', advice: CHECK }],
		[READ, { changed: 'no', advice: { again: 'wanted' } }],
	])('while it waits for its answer ends its connection ($method)', async (request, expected) => {
		const { send, upstream } = await open(['hang']);
		const cancel = new Cancel();
		const reason = new Error('no longer wanted');
		const error = failureOf(send({ ...request, signal: cancel }));
		const arrived = await upstream.arrival(request.target);
		cancel.abort(reason);
		expect(await error).toBeInstanceOf(CancelledError);
		expect(await error).toMatchObject({ ...expected, cause: reason });
		await arrived.closed;
	});

	test('after its answer keeps the answer', async () => {
		const { send } = await open([ANSWER, ANSWER]);
		const cancel = new Cancel();
		const answer = await send({ ...READ, signal: cancel });
		cancel.abort();
		expect(answer).toMatchObject(ANSWER);
		expect(await send(READ)).toMatchObject(ANSWER);
	});
});

function* repeat(text: string): Generator<string> {
	for (;;) yield text;
}

function cancelled(): Cancel {
	const cancel = new Cancel();
	cancel.abort();
	return cancel;
}
