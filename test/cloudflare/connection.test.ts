/** Connections that break, answer nothing or are given up: what was sent, how often, and what the agent is told. */
import { describe, expect, test } from 'vitest';
import { connect, ZONE_ID } from '../harness.js';
import { failure, type Step, startUpstream, success, withZone, ZONE_FACTS } from '../upstream.js';

const READ = ['cache_reserve_get', { zone: ZONE_ID }] as const;
const CHANGE = ['purge_cache', { zone: ZONE_ID, tags: ['a'] }] as const;
const READ_TARGET = `/zones/${ZONE_ID}/cache/cache_reserve`;
const CHANGE_TARGET = `/zones/${ZONE_ID}/purge_cache`;
const OFF = success({ id: 'cache_reserve', value: 'off' });
const PURGED = success({ id: ZONE_ID });
const UNKNOWN = 'It is unknown whether it was applied.';
const CHECK = 'Check the current state before repeating it.';
const fault = (status: number) => failure(status, { code: 10000, message: 'Gateway' });

async function start(steps: Step[], flags: string[] = []) {
	const upstream = await startUpstream(withZone(steps));
	return { upstream, ...(await connect({ upstream: upstream.url, flags })) };
}

const BROKEN: [string, Step][] = [
	['breaks after the request', 'break'],
	['breaks in the middle of the answer', { ...PURGED, declared: 5_000 }],
];

describe('A change', () => {
	test.each(BROKEN)('whose connection %s may have been applied', async (_, step) => {
		const { call } = await start([step]);
		const lines = (await call(...CHANGE)).text.split('\n');
		expect(lines[0]).toMatch(/^The connection to 127\.0\.0\.1:\d+ broke before an answer arrived \(.+\)\.$/);
		expect(lines.slice(1)).toEqual([UNKNOWN, CHECK]);
	});

	test.each<[string, Step]>([...BROKEN, ['breaks at once', 'drop']])(
		'is sent once when the connection %s',
		async (_, step) => {
			const { upstream, call } = await start([step]);
			await call(...CHANGE);
			expect(upstream.changes()).toHaveLength(1);
		},
	);

	test.each([500, 502, 503, 504, 520, 522, 429])('is sent once when it is answered with %d', async (status) => {
		const { upstream, call } = await start([fault(status)]);
		await call(...CHANGE);
		expect(upstream.changes()).toHaveLength(1);
	});

	test('that reached nobody changed nothing', async () => {
		const lookUp = { ...success(ZONE_FACTS), headers: { connection: 'close' } };
		const upstream = await startUpstream([lookUp, OFF]);
		const { call } = await connect({ upstream: upstream.url });
		await call(...READ);
		await upstream.close();
		const lines = (await call(...CHANGE)).text.split('\n');
		expect(lines[0]).toMatch(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/);
		expect(lines[1]).toBe('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});

	test('that is not answered in time may have been applied, and is sent once', async () => {
		const { upstream, call } = await start(['hang'], ['--timeout', '1']);
		const lines = (await call(...CHANGE)).text.split('\n');
		expect(lines).toEqual(['Cloudflare did not answer within 1 seconds.', UNKNOWN, CHECK]);
		expect(upstream.changes()).toHaveLength(1);
	});

	test('of several requests stops at the one whose connection breaks, and says so of it', async () => {
		const { upstream, call } = await start([PURGED, 'break']);
		const tags = Array.from({ length: 250 }, (_, index) => `tag-${index}`);
		const { text } = await call('purge_cache', { zone: ZONE_ID, tags });
		expect(text).toContain('The request it happened in may have been applied.');
		expect(upstream.changes()).toHaveLength(2);
	});
});

describe('A read', () => {
	test.each<[string, Step]>([
		...BROKEN,
		['breaks at once', 'drop'],
		['is answered by a failing gateway (502)', fault(502)],
		['is answered by a failing gateway (503)', fault(503)],
		['is answered by a failing gateway (520)', fault(520)],
	])('is sent once more when it %s', async (_, step) => {
		const { upstream, call } = await start([step, OFF]);
		expect((await call(...READ)).text).toBe('Cache Reserve of example.com is off.');
		expect(upstream.to(READ_TARGET)).toHaveLength(2);
	});

	test.each<[string, Step]>([
		['the connection breaks', 'break'],
		['the gateway fails', fault(502)],
	])('is given up when %s twice', async (_, step) => {
		const { upstream, call } = await start([step, step]);
		expect(await call(...READ)).toMatchObject({ isError: true, text: expect.stringContaining('Nothing was changed.') });
		expect(upstream.to(READ_TARGET)).toHaveLength(2);
	});

	test.each([400, 401, 403, 404, 429, 500])('is not sent again when it is answered with %d', async (status) => {
		const { upstream, call } = await start([fault(status)]);
		await call(...READ);
		expect(upstream.to(READ_TARGET)).toHaveLength(1);
	});

	test('that reaches nobody changed nothing', async () => {
		const upstream = await startUpstream([]);
		await upstream.close();
		const { call } = await connect({ upstream: upstream.url });
		const { text } = await call(...READ);
		expect(text.split('\n')).toEqual([
			expect.stringMatching(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/),
			'Nothing was changed.',
			'Check the network, a proxy and CLOUDFLARE_BASE_URL, then call again.',
		]);
	});

	test('whose answer has no end is given up', async () => {
		const endless = { ...OFF, body: `{"success":true,"result":"${'x'.repeat(9 * 1024 * 1024)}"}` };
		const { call } = await start([endless]);
		expect((await call(...READ)).text).toContain('The answer broke off before its end.');
	});
});

describe('A call that the client cancels', () => {
	test.each([
		['a change', CHANGE, CHANGE_TARGET],
		['a read', READ, READ_TARGET],
	] as const)('ends the request under way: %s', async (_, [tool, args], target) => {
		const { upstream, call } = await start(['hang']);
		const client = new AbortController();
		const answer = call(tool, args, { signal: client.signal }).catch(() => 'cancelled');
		const request = await upstream.arrival(target);
		client.abort();
		await request.closed;
		expect(await answer).toBe('cancelled');
		expect(upstream.to(target)).toHaveLength(1);
	});

	test('sends none of the requests that were still to come', async () => {
		const { upstream, call } = await start(['hang']);
		const client = new AbortController();
		const tags = Array.from({ length: 250 }, (_, index) => `tag-${index}`);
		const answer = call('purge_cache', { zone: ZONE_ID, tags }, { signal: client.signal }).catch(() => 'cancelled');
		const request = await upstream.arrival(CHANGE_TARGET);
		client.abort();
		await Promise.all([request.closed, answer]);
		expect(upstream.changes()).toHaveLength(1);
	});
});

describe('A failure', () => {
	const TOKEN = 'test-token-0123456789';

	test.each<[string, Step]>([
		['a broken connection', 'break'],
		['a broken answer', { ...PURGED, declared: 5_000 }],
		['a refusal', failure(403, { code: 10000, message: 'Authentication error' })],
		['a fault', fault(500)],
		['a web page', { status: 403, body: '<html></html>', headers: { 'content-type': 'text/html' } }],
	])('does not show the token: %s', async (_, step) => {
		const { client } = await start([step]);
		const [name, args] = CHANGE;
		expect(JSON.stringify(await client.callTool({ name, arguments: args }))).not.toContain(TOKEN);
	});
});
