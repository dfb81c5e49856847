/** Tests connections that break, stay silent or are given up: what is sent, how often, and what the agent reads. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import {
	type Arrived,
	failure,
	type Script,
	type Step,
	startUpstream,
	success,
	withZone,
	ZONE_FACTS,
} from '../support/api.js';
import { createVirtualClock, untilIdle } from '../support/clock.js';
import { openSession, ZONE_ID } from '../support/session.js';

const READ = ['cache_reserve_get', { zone: ZONE_ID }] as const;
const PURGE = ['purge_cache', { zone: ZONE_ID, tags: ['a'] }] as const;
const INVALIDATE = ['invalidate_cache', { zone: ZONE_ID, tags: ['a'] }] as const;
const SETTING = ['cache_reserve_edit', { zone: ZONE_ID, value: 'on' }] as const;
const READ_TARGET = `/zones/${ZONE_ID}/cache/cache_reserve`;
const PURGE_TARGET = `/zones/${ZONE_ID}/purge_cache`;
const OFF = success({ id: 'cache_reserve', value: 'off' });
const ON = success({ id: 'cache_reserve', value: 'on' });
const PURGED = success({ id: ZONE_ID });
const UNKNOWN = 'It is unknown whether the change was applied.';
const CHECK = 'Check the current state before you repeat the call.';
const REPEAT = 'Repeating the call does no harm. Repeat the call.';
const NOTHING = 'Nothing was changed.';
/** Attempts at a repeatable request by default: the first and three more. */
const ATTEMPTS = 4;
const ONCE = ['--retries', '0'];
const fault = (status: number) => failure(status, { code: 10000, message: 'Gateway' });
const HTML = { body: '<html></html>', headers: { 'content-type': 'text/html' } };
const FAULTS = [500, 502, 503, 504, 520, 522];
const REFUSALS = [400, 401, 403, 404, 409];

/** Lets the time limit of so many attempts pass, of each one when it has arrived. The limit of each is one second. */
async function endAttempts(arrived: () => readonly Arrived[], attempts: number): Promise<void> {
	for (let attempt = 1; attempt <= attempts; attempt++) {
		await expect.poll(arrived).toHaveLength(attempt);
		vi.advanceTimersByTime(1_000);
	}
}

async function start(script: Script, flags: string[] = []) {
	const upstream = await startUpstream(withZone(script));
	const session = await openSession({ upstream: upstream.url, flags });
	// The time limit of one attempt runs on real time: a loaded machine would take longer to connect.
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	onTestFinished(() => void vi.useRealTimers());
	return { upstream, ...session };
}

/** Answers every change with `step`; the setting that is read before is off. */
const always =
	(step: Step): Script =>
	({ method }) =>
		method === 'GET' ? OFF : step;

/** Answers changes with these steps in their order; the setting that is read before is off. */
const inTurn =
	(...steps: Step[]): Script =>
	({ method }) =>
		method === 'GET' ? OFF : steps.shift();

const tagged = (amount: number) => Array.from({ length: amount }, (_, index) => `tag-${index}`);

const BROKEN: [string, Step][] = [
	['loses its connection before the answer', 'break'],
	['loses its connection in the middle of the answer', { ...PURGED, declared: 5_000 }],
];
const PASSING: [string, Step][] = [
	...BROKEN,
	['loses its connection at once', 'drop'],
	...[...FAULTS, 429].map((status): [string, Step] => [`is answered with ${status}`, fault(status)]),
];

describe('A change', () => {
	test.each(BROKEN)('whose request %s may have been applied', async (_, step) => {
		const { call } = await start([step], ONCE);
		const lines = (await call(...PURGE)).text.split('\n');
		expect(lines[0]).toMatch(/^The connection to 127\.0\.0\.1:\d+ broke before an answer arrived \(.+\)\.$/);
		expect(lines.slice(1)).toEqual([UNKNOWN, REPEAT]);
	});

	test.each<[string, readonly [string, object], string[]]>([
		['a purge', PURGE, []],
		['a setting', SETTING, []],
		['a purge that is not repeated', PURGE, ONCE],
	])('that cannot be sent changes nothing (%s)', async (_, [tool, args], flags) => {
		const last = { ...OFF, headers: { connection: 'close' } };
		const upstream = await startUpstream(withZone([last]));
		const { call } = await openSession({ upstream: upstream.url, flags });
		await call(...READ);
		await upstream.close();
		// The pool has to notice that its connection has closed.
		await untilIdle();
		const lines = (await call(tool, { ...args })).text.split('\n');
		expect(lines[0]).toMatch(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/);
		expect(lines[1]).toBe(NOTHING);
		expect(upstream.changes()).toEqual([]);
	});

	test.each([
		['a purge', PURGE],
		['a setting', SETTING],
	] as const)('is not repeated with --retries 0, whatever happens (%s)', async (_, change) => {
		for (const [, step] of PASSING) {
			const { upstream, call } = await start(always(step), ONCE);
			expect(await call(change[0], { ...change[1] })).toMatchObject({ isError: true });
			expect(upstream.changes()).toHaveLength(1);
		}
	});

	test.each(REFUSALS)('that is refused with %d is not repeated', async (status) => {
		for (const change of [PURGE, INVALIDATE, SETTING]) {
			const { upstream, call } = await start(always(fault(status)));
			expect((await call(change[0], { ...change[1] })).text).toContain(NOTHING);
			expect(upstream.changes()).toHaveLength(1);
		}
	});
});

describe.each([
	['A purge', PURGE],
	['An invalidation', INVALIDATE],
] as const)('%s', (_, [tool, args]) => {
	test.each<[string, Step]>([...PASSING, ['is answered with a web page', HTML]])(
		'is repeated when its request %s, and then done',
		async (_, step) => {
			const { upstream, call } = await start([step, PURGED]);
			expect(await call(tool, args)).toMatchObject({ isError: false, structured: { status: 'done' } });
			expect(upstream.changes()).toHaveLength(2);
		},
	);

	test('is repeated with the same request', async () => {
		const { upstream, call } = await start([fault(500), fault(429), 'break', PURGED]);
		await call(tool, args);
		const sent = upstream.changes().map(({ method, target, body }) => ({ method, target, body }));
		expect(sent).toHaveLength(ATTEMPTS);
		expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
	});

	test.each<[string, Step]>([
		...BROKEN,
		['loses its connection at once', 'drop'],
		...FAULTS.map((status): [string, Step] => [`is answered with ${status}`, fault(status)]),
	])('whose request %s is given up after the fourth attempt, and may have been applied', async (_, step) => {
		const { upstream, call } = await start(always(step));
		const { text, isError } = await call(tool, args);
		expect(isError).toBe(true);
		expect(text).toContain(UNKNOWN);
		expect(upstream.changes()).toHaveLength(ATTEMPTS);
	});

	test('that meets the rate limit is given up after the fourth attempt, and was not applied', async () => {
		const { upstream, call } = await start(always(fault(429)));
		const { text, isError } = await call(tool, args);
		expect(isError).toBe(true);
		expect(text).toContain(NOTHING);
		expect(upstream.changes()).toHaveLength(ATTEMPTS);
	});

	test('that is not answered in time is given up after the fourth attempt, and may have been applied', async () => {
		const { upstream, call } = await start(always('hang'), ['--timeout', '1']);
		const answer = call(tool, args);
		await endAttempts(upstream.changes, ATTEMPTS);
		const lines = (await answer).text.split('\n');
		expect(lines).toEqual(['Cloudflare did not answer within 1 second.', UNKNOWN, REPEAT]);
		expect(upstream.changes()).toHaveLength(ATTEMPTS);
	});

	test('is repeated as often as --retries says', async () => {
		const { upstream, call } = await start(always(fault(503)), ['--retries', '1']);
		await call(tool, args);
		expect(upstream.changes()).toHaveLength(2);
	});
});

describe('A change of a setting', () => {
	test.each<[string, Step]>([
		...BROKEN,
		['loses its connection at once', 'drop'],
		...FAULTS.map((status): [string, Step] => [`is answered with ${status}`, fault(status)]),
		['is answered with a web page', HTML],
	])('is sent once when its request %s, and may have been applied', async (_, step) => {
		const { upstream, call } = await start(always(step));
		const { text, isError } = await call(...SETTING);
		expect(isError).toBe(true);
		expect(text).toContain(UNKNOWN);
		expect(upstream.changes()).toHaveLength(1);
	});

	test('is sent once when it is not answered in time', async () => {
		const { upstream, call } = await start(always('hang'), ['--timeout', '1']);
		const answer = call(...SETTING);
		await endAttempts(upstream.changes, 1);
		const lines = (await answer).text.split('\n');
		expect(lines).toEqual(['Cloudflare did not answer within 1 second.', UNKNOWN, CHECK]);
		expect(upstream.changes()).toHaveLength(1);
	});

	test('is repeated when it meets the rate limit, and then done', async () => {
		const { upstream, call } = await start(inTurn(fault(429), fault(429), fault(429), ON));
		expect(await call(...SETTING)).toMatchObject({ isError: false, structured: { status: 'done' } });
		expect(upstream.changes()).toHaveLength(ATTEMPTS);
	});

	test('that meets the rate limit is given up after the fourth attempt', async () => {
		const { upstream, call } = await start(always(fault(429)));
		expect((await call(...SETTING)).text).toContain(NOTHING);
		expect(upstream.changes()).toHaveLength(ATTEMPTS);
	});

	test('is not repeated any more once an attempt may have been applied', async () => {
		const { upstream, call } = await start(inTurn(fault(429), fault(500)));
		expect((await call(...SETTING)).text).toContain(UNKNOWN);
		expect(upstream.changes()).toHaveLength(2);
	});
});

describe('A change of several requests', () => {
	const mappings = Array.from({ length: 250 }, (_, index) => ({
		origin_ip: `192.0.2.${index}`,
		vendor: 'aws',
		region: 'us-east-1',
	}));

	test('stops at the request whose connection breaks, and says that it may have been applied', async () => {
		const { upstream, call } = await start(inTurn(success({ succeeded: [], failed: [] }), 'break'));
		const { text } = await call('origin_cloud_regions_bulk_update', { zone: ZONE_ID, mappings });
		expect(text).toContain('The request that failed may still have been applied.');
		expect(upstream.changes()).toHaveLength(2);
	});

	test('that may be repeated goes on through passing faults', async () => {
		const { upstream, call } = await start([PURGED, 'break', fault(503), PURGED, PURGED]);
		const answer = await call('purge_cache', { zone: ZONE_ID, tags: tagged(250) });
		expect(answer.structured).toMatchObject({ status: 'done', sent: { requests: 3, tags: 250 } });
		expect(upstream.changes()).toHaveLength(5);
	});

	test('that is repeated in vain says what may have been applied, and can be resumed from there', async () => {
		let arrived = 0;
		let down = true;
		const { upstream, call } = await start(() => (arrived++ > 0 && down ? 'break' : PURGED));
		const { text, structured } = await call('purge_cache', { zone: ZONE_ID, tags: tagged(250) });
		expect(text).toContain('The request that failed may still have been applied.');
		expect(structured).toMatchObject({ status: 'partial', sent: { requests: 1 }, resume: expect.any(String) });
		expect(upstream.changes()).toHaveLength(1 + 2 * ATTEMPTS);
		down = false;
		const rest = await call('purge_resume', { resume: structured?.resume });
		expect(rest.structured).toMatchObject({ status: 'done', sent: { requests: 2 } });
		const accepted = [upstream.changes()[0], ...upstream.changes().slice(-2)];
		const tags = accepted.flatMap((request) => JSON.parse(request?.body ?? '{}').tags);
		expect(tags.toSorted()).toEqual(tagged(250).toSorted());
	});
});

describe('A read', () => {
	test.each(PASSING)('is sent once more when its request %s', async (_, step) => {
		const { upstream, call } = await start([step, OFF]);
		expect((await call(...READ)).text).toBe('Cache Reserve of example.com is off.');
		expect(upstream.to(READ_TARGET)).toHaveLength(2);
	});

	test('is sent once more when it is not answered in time', async () => {
		const { upstream, call } = await start(['hang', OFF], ['--timeout', '1']);
		const answer = call(...READ);
		await endAttempts(() => upstream.to(READ_TARGET), 1);
		expect((await answer).text).toBe('Cache Reserve of example.com is off.');
		expect(upstream.to(READ_TARGET)).toHaveLength(2);
	});

	test.each(PASSING)('whose request %s is given up after the fourth attempt', async (_, step) => {
		const { upstream, call } = await start(() => step);
		expect(await call(...READ)).toMatchObject({ isError: true, text: expect.not.stringMatching(/changed|token/) });
		expect(upstream.to(READ_TARGET)).toHaveLength(ATTEMPTS);
	});

	test.each(PASSING)('whose request %s is given up at once with --retries 0', async (_, step) => {
		const { upstream, call } = await start([step], ONCE);
		expect(await call(...READ)).toMatchObject({ isError: true });
		expect(upstream.to(READ_TARGET)).toHaveLength(1);
	});

	test.each(REFUSALS)('is not sent again when it is answered with %d', async (status) => {
		const { upstream, call } = await start([fault(status)]);
		await call(...READ);
		expect(upstream.to(READ_TARGET)).toHaveLength(1);
	});

	test('that looks up the zone is repeated as well', async () => {
		const upstream = await startUpstream([fault(503), success(ZONE_FACTS), OFF]);
		const { call } = await openSession({ upstream: upstream.url });
		expect(await call(...READ)).toMatchObject({ isError: false });
	});

	test('that cannot be sent says why, without a word about changes', async () => {
		const upstream = await startUpstream([]);
		await upstream.close();
		const { call } = await openSession({ upstream: upstream.url });
		const { text } = await call(...READ);
		expect(text.split('\n')).toEqual([
			expect.stringMatching(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/),
			'Check the network, any proxy and CLOUDFLARE_BASE_URL, then call again.',
		]);
	});

	test('whose answer has no end is given up', async () => {
		const endless = { ...OFF, body: `{"success":true,"result":"${'x'.repeat(9 * 1024 * 1024)}"}` };
		const { call } = await start([endless], ONCE);
		expect((await call(...READ)).text).toContain('The response was cut off.');
	});
});

describe('A call that the client cancels', () => {
	test.each([
		['a purge', PURGE, PURGE_TARGET],
		['a read', READ, READ_TARGET],
	] as const)('ends the request under way, and does not repeat it (%s)', async (_, [tool, args], target) => {
		const { upstream, call } = await start(() => 'hang');
		const client = new AbortController();
		const answer = call(tool, args, { signal: client.signal }).catch(() => 'cancelled');
		const request = await upstream.arrival(target);
		client.abort();
		await request.closed;
		expect(await answer).toBe('cancelled');
		await untilIdle();
		expect(upstream.to(target)).toHaveLength(1);
	});

	test('makes no further attempt when it is cancelled between two', async () => {
		const upstream = await startUpstream(withZone(() => fault(503)));
		const client = new AbortController();
		const virtual = createVirtualClock();
		// All longer sleeps watch the time limit of the call.
		const isWait = (milliseconds: number) => milliseconds < 40_000;
		const clock: Clock = {
			...virtual,
			sleep: (milliseconds, signal) => {
				if (isWait(milliseconds)) client.abort();
				return virtual.sleep(milliseconds, signal);
			},
		};
		const { call } = await openSession({ upstream: upstream.url, clock });
		await expect(call(...PURGE, { signal: client.signal })).rejects.toThrow();
		await untilIdle();
		expect([virtual.slept.filter(isWait).length, upstream.changes().length]).toEqual([1, 1]);
	});

	test('sends none of the requests that are still to come', async () => {
		const { upstream, call } = await start(() => 'hang');
		const client = new AbortController();
		const args = { zone: ZONE_ID, tags: tagged(1_500) };
		const answer = call('purge_cache', args, { signal: client.signal }).catch(() => 'cancelled');
		await upstream.arrival(PURGE_TARGET);
		client.abort();
		expect(await answer).toBe('cancelled');
		await untilIdle();
		await Promise.all(upstream.changes().map(({ closed }) => closed));
		expect(upstream.changes().length).toBeLessThan(15);
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
	])('does not show the token (%s)', async (_, step) => {
		const { client } = await start(() => step);
		const [name, args] = PURGE;
		expect(JSON.stringify(await client.callTool({ name, arguments: args }))).not.toContain(TOKEN);
	});
});
