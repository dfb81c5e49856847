/** How many requests are taken from each principal, and in all. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpError } from '../../../src/mcp/http/http-error.js';
import { RequestLimits } from '../../../src/mcp/http/request-limits.js';
import { createManualClock } from '../../support/clock.js';
import { holdRequests } from '../../support/holding-api.js';
import { call, request, serveHttp } from '../../support/http.js';
import { openSandbox } from '../../support/sandbox.js';

const ONE = { calls: 1, listens: 0, notes: 0 };
const LISTEN = { calls: 0, listens: 1, notes: 0 };
const NOTE = { calls: 0, listens: 0, notes: 1 };
const STATELESS = {
	'io.modelcontextprotocol/protocolVersion': '2026-07-28',
	'io.modelcontextprotocol/clientCapabilities': {},
};
const MIB = 1024 * 1024;
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

function create(perMinute?: number) {
	const clock = createManualClock();
	return { clock, limits: new RequestLimits({ perMinute, now: clock.now }) };
}

/** The refusal of what `work` does; undefined where it was taken. */
function refusalOf(work: () => void): Pick<HttpError, 'status' | 'message' | 'headers'> | undefined {
	try {
		work();
		return undefined;
	} catch (error) {
		if (error instanceof HttpError) return error;
		throw error;
	}
}

/** So many requests of a principal that stay under way. */
const admit = (limits: RequestLimits, principal: string, amount: number, asked = ONE) =>
	Array.from({ length: amount }, () => {
		const arrival = limits.arrive(principal);
		arrival.admit(asked);
		return arrival;
	});

describe('a principal', () => {
	test('may have 20 requests under way, and gets 429 for the next until one has ended', () => {
		const { limits } = create(10_000);
		const [first] = admit(limits, 'a', 20);
		const refused = refusalOf(() => limits.arrive('a').admit(ONE));
		expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
		expect(refused?.message).toContain('Nothing was done.');
		expect(refusalOf(() => limits.arrive('b').admit(ONE))).toBeUndefined();
		first?.release();
		first?.release();
		expect(refusalOf(() => limits.arrive('a').admit(ONE))).toBeUndefined();
	});

	test('may still answer forms and cancel calls then', () => {
		const { limits } = create(10_000);
		admit(limits, 'a', 20);
		expect(refusalOf(() => limits.arrive('a').admit(NOTE))).toBeUndefined();
	});

	test('cannot fill the server with bodies that are on their way', () => {
		const { limits } = create(10_000);
		for (let at = 0; at < 30; at += 1) limits.arrive('a');
		expect(refusalOf(() => limits.arrive('a'))).toMatchObject({ status: 429 });
	});

	test('has each request of a list counted', () => {
		const { limits } = create(10_000);
		admit(limits, 'a', 1, { ...ONE, calls: 19 });
		expect(refusalOf(() => limits.arrive('a').admit({ ...ONE, calls: 2 }))).toMatchObject({ status: 429 });
		expect(refusalOf(() => limits.arrive('a').admit(ONE))).toBeUndefined();
	});

	test('may send so many requests in a minute, then one whenever its share of the minute has passed', () => {
		const { limits, clock } = create(120);
		const sendOne = () => {
			const [arrival] = admit(limits, 'a', 1);
			arrival?.release();
		};
		for (let at = 0; at < 120; at += 1) sendOne();
		expect(refusalOf(sendOne)).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
		clock.advance(500);
		expect(refusalOf(sendOne)).toBeUndefined();
		expect(refusalOf(sendOne)).toBeDefined();
		clock.advance(60_000);
		for (let at = 0; at < 120; at += 1) sendOne();
		expect(refusalOf(sendOne)).toBeDefined();
	});

	test('may send five times as many notifications and answers, which its requests do not wait for', () => {
		const { limits, clock } = create(2);
		const notes = (amount: number) => admit(limits, 'a', 1, { ...NOTE, notes: amount })[0]?.release();
		notes(4);
		for (let at = 0; at < 6; at += 1) notes(1);
		expect(refusalOf(() => notes(1))).toMatchObject({
			status: 429,
			headers: { 'Retry-After': '6' },
			message: 'More than 10 notifications and answers to forms came in a minute. Nothing was done. Try again in 6 s.',
		});
		expect(refusalOf(() => admit(limits, 'a', 1)[0]?.release())).toBeUndefined();
		expect(refusalOf(() => admit(limits, 'b', 1, NOTE)[0]?.release())).toBeUndefined();
		clock.advance(6_000);
		expect(refusalOf(() => notes(1))).toBeUndefined();
		expect(refusalOf(() => notes(1))).toBeDefined();
	});

	test('whose list has too many notifications is not charged for the requests in it', () => {
		const { limits } = create(2);
		expect(refusalOf(() => admit(limits, 'a', 1, { calls: 2, listens: 0, notes: 11 }))).toBeDefined();
		expect(refusalOf(() => admit(limits, 'a', 1, { ...ONE, calls: 2 }))).toBeUndefined();
	});

	test('is not locked out by a clock that is set back by an hour', () => {
		const { limits, clock } = create(120);
		clock.advance(3_600_000);
		for (let at = 0; at < 120; at += 1) admit(limits, 'a', 1)[0]?.release();
		clock.advance(-3_600_000);
		for (let at = 0; at < 120; at += 1) admit(limits, 'a', 1)[0]?.release();
		expect(refusalOf(() => admit(limits, 'a', 1))).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
	});

	test('keeps its 20 requests beside subscriptions, of which it may have 100', () => {
		const { limits } = create(10_000);
		const [listen] = admit(limits, 'a', 100, LISTEN);
		expect(refusalOf(() => admit(limits, 'a', 1, LISTEN))).toMatchObject({ status: 429 });
		admit(limits, 'a', 20);
		expect(limits.inFlight).toBe(21);
		listen?.release();
	});

	test('may have bodies of 16 MiB under way, subscriptions included, until one of them has ended', () => {
		const { limits } = create(10_000);
		const [listen] = admit(limits, 'a', 1, LISTEN);
		listen?.receive(12 * MIB);
		const next = limits.arrive('a');
		next.receive(4 * MIB);
		expect(refusalOf(() => next.receive(MIB))).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
		next.release();
		listen?.release();
		expect(refusalOf(() => limits.arrive('a').receive(16 * MIB))).toBeUndefined();
	});

	test('that stands for all callers has no limits of its own', () => {
		const { limits } = create();
		expect(refusalOf(() => admit(limits, 'local', 999))).toBeUndefined();
	});
});

describe('a server', () => {
	test('takes 1,000 requests at a time, and answers the next by 503', () => {
		const { limits } = create(10_000);
		for (let at = 0; at < 50; at += 1) admit(limits, `p${at}`, 20);
		expect(refusalOf(() => limits.arrive('one more'))).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
	});

	test('takes 200 requests of unverified callers at a time, and then those of others still', () => {
		const { limits } = create(10_000);
		const arrivals = Array.from({ length: 200 }, (_, at) => limits.arrive(`invented ${at}`, true));
		expect(refusalOf(() => limits.arrive('invented too', true))).toMatchObject({ status: 503 });
		expect(refusalOf(() => limits.arrive('verified'))).toBeUndefined();
		arrivals[0]?.release();
		arrivals[0]?.release();
		expect(refusalOf(() => limits.arrive('invented too', true))).toBeUndefined();
		expect(refusalOf(() => limits.arrive('invented again', true))).toMatchObject({ status: 503 });
	});

	test('takes 5,000 subscriptions, and answers the next by 503, also where one principal stands for all', () => {
		const { limits } = create(10_000);
		for (let at = 0; at < 50; at += 1) admit(limits, `p${at}`, 100, LISTEN);
		expect(refusalOf(() => admit(limits, 'one more', 1, LISTEN))).toMatchObject({
			status: 503,
			headers: { 'Retry-After': '60' },
		});
		expect(refusalOf(() => admit(limits, 'one more', 1))).toBeUndefined();
		const { limits: all } = create();
		const [first] = admit(all, 'local', 5_000, LISTEN);
		expect(refusalOf(() => admit(all, 'local', 1, LISTEN))).toMatchObject({ status: 503 });
		first?.release();
		expect(refusalOf(() => admit(all, 'local', 1, LISTEN))).toBeUndefined();
	});

	test('takes bodies of 64 MiB at a time, also where one principal stands for all callers', () => {
		const { limits } = create();
		const arrivals = Array.from({ length: 16 }, () => limits.arrive('local'));
		for (const one of arrivals) one.receive(4 * MIB);
		const next = limits.arrive('local');
		expect(refusalOf(() => next.receive(MIB))).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
		next.release();
		arrivals[0]?.release();
		expect(refusalOf(() => limits.arrive('local').receive(4 * MIB))).toBeUndefined();
	});

	test.for([
		['requests', ONE],
		['notifications', { ...NOTE, notes: 5 }],
	] as const)('forgets principals that have long sent no %s, and no other', ([, asked]) => {
		const { limits, clock } = create(1);
		for (let at = 0; at < 1_000; at += 1) admit(limits, `p${at}`, 1, asked)[0]?.release();
		expect(refusalOf(() => admit(limits, 'p0', 1, asked))).toMatchObject({ status: 429 });
		expect(refusalOf(() => admit(limits, 'new', 1, asked))).toBeUndefined();
		// Not p0, which would stay for the request that was refused.
		expect(refusalOf(() => admit(limits, 'p1', 1, asked))).toMatchObject({ status: 429 });
		clock.advance(60_000);
		expect(refusalOf(() => admit(limits, 'p0', 1, asked))).toBeUndefined();
	});
});

describe('over HTTP', () => {
	test('a body that makes those under way too long is refused while it comes, and a short one is taken', async () => {
		const { url, post } = await serveHttp({ upstream: 'http://127.0.0.1:9/client/v4', perMinute: 10_000 });
		const listen = JSON.stringify({
			...{ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen' },
			params: { _meta: STATELESS, notifications: {} },
		}).padEnd(4 * MIB);
		const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
		const controller = new AbortController();
		onTestFinished(() => controller.abort());
		// They are kept: fetch ends an answer that nothing refers to.
		const streams: Response[] = [];
		for (let at = 0; at < 4; at += 1)
			streams.push(await request(url, listen, { as: 'a', headers, signal: controller.signal }));
		expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
		const long = JSON.stringify(PING).padEnd(MIB);
		const refused = await post(long, { as: 'a' });
		expect([refused.status, refused.messages[0]?.error?.message]).toEqual([
			429,
			'The requests under way are too long together. Nothing was done. Try again in 1 s.',
		]);
		expect((await post(PING, { as: 'a' })).status).toBe(200);
		expect((await post(long, { as: 'b' })).status).toBe(200);
		expect(streams.every(({ body }) => body)).toBe(true);
		controller.abort();
		await expect.poll(async () => (await post(long, { as: 'a' })).status).toBe(200);
	});

	test('the 21st call of a principal gets 429, an answer and a cancel are taken, and other principals are served', async () => {
		const api = await holdRequests(await openSandbox(), () => true);
		const { url, post, open } = await serveHttp({ upstream: api.url, perMinute: 10_000 });
		const session = await open({ as: 'a' });
		const controller = new AbortController();
		onTestFinished(() => controller.abort());
		for (let id = 0; id < 20; id += 1) {
			const message = call('cache_reserve_get', { zone: `zone-${id}.example.com` }, { id });
			request(url, message, { as: 'a', session, signal: controller.signal }).catch(() => undefined);
			await api.next();
		}
		const refused = await post(PING, { as: 'a', session });
		expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
		expect(refused.messages[0]?.error?.message).toContain('20 requests are under way already.');
		const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3 } };
		expect((await post(cancel, { as: 'a', session })).status).toBe(202);
		expect((await post(PING, { as: 'b' })).status).toBe(200);
	});

	test('more requests than --calls-per-minute get 429, and more than five times as many notifications', async () => {
		const { post } = await serveHttp({ upstream: 'http://127.0.0.1:9/client/v4', perMinute: 3 });
		for (const status of [200, 200, 200, 429]) expect((await post(PING)).status).toBe(status);
		const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
		const answer = { jsonrpc: '2.0', id: 'no-question', result: {} };
		for (let at = 0; at < 15; at += 1) expect((await post(at % 2 === 0 ? note : answer)).status).toBe(202);
		for (const message of [note, answer]) expect((await post(message)).status).toBe(429);
		expect((await post(PING, { as: 'b' })).status).toBe(200);
		expect((await post(note, { as: 'b' })).status).toBe(202);
	});
});
