/** The time limit: a call without progress is answered within 45 s, whatever the API does. */
import { describe, expect, test } from 'vitest';
import {
	type Arrived,
	failure,
	type Reply,
	type Step,
	startUpstream,
	success,
	withTieredCache,
	withZone,
	ZONE_FACTS,
	ZONE_TARGET,
} from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { openSession, types, type User, ZONE, ZONE_ID } from '../support/session.js';
import { readUnfinished, tagsOf } from '../support/unfinished.js';

type VirtualClock = ReturnType<typeof createVirtualClock>;

const LIMIT_MS = 45_000;

type Sent = { method: string; path: string; body: string };

interface Setup {
	/** The requests that get no answer. */
	hangs?: (request: Sent) => boolean;
	/** Answers the other requests; by default, every change is accepted. */
	script?: (request: Arrived) => Step | undefined;
	flags?: readonly string[];
	user?: (clock: VirtualClock) => User;
}

/** A server on a virtual clock, connected to an API that leaves some requests without an answer. */
async function connectSlow({ hangs = () => false, script, flags = [], user }: Setup) {
	const clock = createVirtualClock(({ method, path, body }) =>
		hangs({ method, path: path.replace('/client/v4', ''), body: String(body ?? '') }),
	);
	const upstream = await startUpstream(withHangs(hangs, script ?? withZone(() => success({ id: ZONE_ID }))));
	const session = await openSession({
		upstream: upstream.url,
		clock,
		// The limit of one attempt runs on real time. It is longer than the call's limit, so that the latter ends the call.
		flags: ['--timeout', '600', ...flags],
		env: { CF_CACHE_STATE_DIR: temporaryFolder() },
		...(user && { user: user(clock) }),
	});
	/** Calls a tool, and measures how long that takes. */
	const timedCall = async (tool: string, args: Record<string, unknown>) => {
		const beganMs = clock.now();
		return { ...(await session.call(tool, args)), tookMs: clock.now() - beganMs };
	};
	return { ...session, upstream, clock, timedCall };
}

/** The script, except that requests of `hangs` get no answer. */
function withHangs(hangs: (request: Sent) => boolean, script: (request: Arrived) => Step | undefined) {
	return (request: Arrived): Step | undefined => {
		const { method, target: path } = request;
		const step = script(request);
		if (method === 'GET') return hangs({ method, path, body: '' }) ? 'hang' : step;
		return (body) => {
			if (hangs({ method, path, body })) return 'hang';
			return (typeof step === 'function' ? step(body) : step) ?? 'break';
		};
	};
}

const isChange = ({ method }: Sent) => method !== 'GET';
const isLookUp = ({ path }: Sent) => path === ZONE_TARGET || path.startsWith('/zones?');

describe('when the API does not answer,', () => {
	test('it is unknown whether a single change was applied, and the change is not repeated', async () => {
		const { timedCall, upstream } = await connectSlow({
			hangs: isChange,
			script: withZone(() => success({ id: 'cache_reserve', value: 'off' })),
		});
		const { text, isError, tookMs } = await timedCall('cache_reserve_edit', { zone: ZONE_ID, value: 'on' });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(isError).toBe(true);
		expect(text).toMatch(
			/^No answer arrived within this call's time limit\.\nIt is unknown whether the change was applied\.\nCheck the current state/,
		);
		expect(upstream.changes()).toHaveLength(1);
	});

	test('it is unknown whether a purge of several requests was applied, and the purge can be resumed', async () => {
		const { timedCall, client } = await connectSlow({ hangs: isChange });
		const { text, tookMs } = await timedCall('purge_cache', { zone: ZONE_ID, tags: tagsOf(300) });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		const [listed] = await readUnfinished(client);
		expect(listed?.remaining).toEqual({ tags: 300 });
		expect(text).toContain('It is unknown whether the change was applied.');
		expect(text).toContain(`resume: ${listed?.resume}.`);
	});

	test('a purge of which only the first request was answered is partial, with a handle for the rest', async () => {
		const { timedCall } = await connectSlow({
			hangs: (request) => isChange(request) && !request.body.includes('"tag-0"'),
		});
		const { structured, text, tookMs } = await timedCall('purge_cache', { zone: ZONE_ID, tags: tagsOf(300) });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(structured).toMatchObject({
			status: 'partial',
			sent: { requests: 1, tags: 100 },
			remaining: { tags: 200 },
			resume: expect.stringMatching(/^\w{10}$/),
		});
		expect(text).toContain('The request that failed may still have been applied.');
	});

	test('a read has no word about changes', async () => {
		const { timedCall } = await connectSlow({ hangs: ({ path }) => path.endsWith('/cache_reserve') });
		const { text, tookMs } = await timedCall('cache_reserve_get', { zone: ZONE_ID });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(text).toMatch(/^No answer arrived within this call's time limit\.\nCall again later\.$/);
	});

	test.for<readonly [zone: string, flags: string[]]>([
		[ZONE_ID, []],
		['www.shop.example.com', []],
		[ZONE_ID, ['--zones', ZONE]],
		[ZONE, ['--zones', ZONE]],
	])('a look-up of the zone %s with %j ends its purge before anything is changed', async ([zone, flags]) => {
		const { timedCall, upstream } = await connectSlow({ hangs: isLookUp, flags });
		const { text, tookMs } = await timedCall('purge_cache', { zone, tags: ['a'] });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});

	test('content of another zone is refused even if its zone cannot be looked up', async () => {
		const { timedCall } = await connectSlow({ hangs: ({ path }) => path.startsWith('/zones?') });
		const { text, tookMs } = await timedCall('purge_cache', { zone: ZONE_ID, urls: ['https://example.net/a'] });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(text).toContain('example.net is not in zone example.com');
	});
});

describe('when the API is slow', () => {
	const slow = (seconds: number): Reply => ({
		...failure(429, { code: 971, message: 'slow down' }),
		headers: { 'retry-after': String(seconds) },
	});

	test('at each label of a zone name, the purge ends before anything is changed', async () => {
		const asked = new Set<string>();
		const { timedCall, upstream } = await connectSlow({
			script: ({ target }) => {
				const again = asked.has(target);
				asked.add(target);
				return again ? success([]) : slow(15);
			},
		});
		const { text, tookMs } = await timedCall('purge_cache', { zone: 'a.b.c.d.example.com', tags: ['a'] });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});

	test('at each request of a batch, the batch is partial in time', async () => {
		const region = { vendor: 'aws', region: 'us-east-1' };
		const session = await connectSlow({
			script: withZone(
				withTieredCache(() => (body) => {
					session.clock.advance(21_000);
					const ips = (JSON.parse(body) as { origin_ip: string }[]).map(({ origin_ip }) => origin_ip);
					return success({ succeeded: ips.map((origin_ip) => ({ origin_ip, ...region })), failed: [] });
				}),
			),
		});
		const mappings = Array.from({ length: 600 }, (_, at) => ({ origin_ip: `192.0.${at >> 7}.${at & 127}`, ...region }));
		const { structured, text, tookMs } = await session.timedCall('origin_cloud_regions_bulk_update', {
			zone: ZONE_ID,
			mappings,
		});
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(structured).toMatchObject({ status: 'partial', sent: { requests: 2 } });
		expect(text).toContain('This call ran out of time before the request was sent.');
	});

	test('because it asks for a pause of a minute, the purge is partial in time', async () => {
		const free = success({ ...ZONE_FACTS, plan: { legacy_id: 'free' } });
		let sent = 0;
		const { timedCall } = await connectSlow({
			script: ({ target }) => (target === ZONE_TARGET ? free : ++sent === 23 ? slow(60) : success({ id: ZONE_ID })),
		});
		const { structured, tookMs } = await timedCall('purge_cache', { zone: ZONE_ID, tags: tagsOf(6_000) });
		expect(tookMs).toBeLessThan(LIMIT_MS);
		expect(structured).toMatchObject({ status: 'partial', resume: expect.any(String) });
	});
});

describe('the time that the user takes for a form', () => {
	const afterFourMinutes =
		(answered: () => void = () => undefined) =>
		(clock: VirtualClock): User =>
		(request) => {
			clock.advance(240_000);
			answered();
			return types(ZONE)(request);
		};

	test('does not count towards the limit', async () => {
		const { timedCall } = await connectSlow({ user: afterFourMinutes() });
		expect((await timedCall('purge_everything', { zone: ZONE_ID })).structured).toMatchObject({ status: 'done' });
	});

	test('is followed by at most 45 s for the look-up of the zone', async () => {
		let answered = false;
		const { timedCall, upstream } = await connectSlow({
			user: afterFourMinutes(() => {
				answered = true;
			}),
			hangs: (request) => answered && isLookUp(request),
		});
		const { text, tookMs } = await timedCall('purge_everything', { zone: ZONE_ID });
		expect(tookMs - 240_000).toBeLessThan(LIMIT_MS);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});
});
