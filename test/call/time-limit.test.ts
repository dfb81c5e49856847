/** A client that is told nothing of progress hears an answer within 45 s, whatever the API does. */
import { describe, expect, test } from 'vitest';
import {
	type Arrived,
	failure,
	type Reply,
	type Step,
	startUpstream,
	success,
	withZone,
	ZONE_FACTS,
	ZONE_TARGET,
} from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { connect, type Person, types, ZONE, ZONE_ID } from '../support/session.js';
import { readUnfinished, tagsOf } from '../support/unfinished.js';

const LIMIT = 45_000;

type Sent = { method: string; path: string; body: string };

/** A server on a virtual clock, at an API that leaves the requests of `hangs` without an answer. */
async function start({
	hangs = () => false,
	script,
	flags = [],
	person,
}: {
	hangs?: (request: Sent) => boolean;
	script?: (request: Arrived) => Step | undefined;
	flags?: string[];
	person?: (clock: ReturnType<typeof createVirtualClock>) => Person;
}) {
	const clock = createVirtualClock(({ method, path, body }) =>
		hangs({ method, path: path.replace('/client/v4', ''), body: String(body ?? '') }),
	);
	const upstream = await startUpstream((request) => {
		const { method, target } = request;
		const otherwise = (script ?? withZone(() => success({ id: ZONE_ID })))(request);
		if (method === 'GET') return hangs({ method, path: target, body: '' }) ? 'hang' : otherwise;
		return (body) => {
			if (hangs({ method, path: target, body })) return 'hang';
			return (typeof otherwise === 'function' ? otherwise(body) : otherwise) ?? 'break';
		};
	});
	const session = await connect({
		upstream: upstream.url,
		clock,
		// The limit of one attempt runs on real time: longer than the deadline, it is the deadline that is seen at work.
		flags: ['--timeout', '600', ...flags],
		env: { CF_CACHE_STATE_DIR: temporaryFolder() },
		...(person && { person: person(clock) }),
	});
	return {
		...session,
		upstream,
		clock,
		/** A call, and how long it took. */
		ask: async (tool: string, args: Record<string, unknown>) => {
			const began = clock.now();
			return { ...(await session.call(tool, args)), took: clock.now() - began };
		},
	};
}

const isChange = ({ method }: Sent) => method !== 'GET';
const isLookUp = ({ path }: Sent) => path === ZONE_TARGET || path.startsWith('/zones?');

describe('an API that answers no', () => {
	test('change: a single one is unknown, and not repeated', async () => {
		const { ask, upstream } = await start({
			hangs: isChange,
			script: withZone(() => success({ id: 'cache_reserve', value: 'off' })),
		});
		const { text, isError, took } = await ask('cache_reserve_edit', { zone: ZONE_ID, value: 'on' });
		expect(took).toBeLessThan(LIMIT);
		expect(isError).toBe(true);
		expect(text).toMatch(
			/^No answer arrived within this call's time limit\.\nIt is unknown whether the change was applied\.\nCheck the current state/,
		);
		expect(upstream.changes()).toHaveLength(1);
	});

	test('change: a purge of several requests is unknown, and can be gone on with', async () => {
		const { ask, client } = await start({ hangs: isChange });
		const { text, took } = await ask('purge_cache', { zone: ZONE_ID, tags: tagsOf(300) });
		expect(took).toBeLessThan(LIMIT);
		const [listed] = await readUnfinished(client);
		expect(listed?.remaining).toEqual({ tags: 300 });
		expect(text).toContain('It is unknown whether the change was applied.');
		expect(text).toContain(`resume: "${listed?.resume}"`);
	});

	test('change but the first: the answer is partial, with a handle for the rest', async () => {
		const { ask } = await start({ hangs: (request) => isChange(request) && !request.body.includes('"tag-0"') });
		const { structured, text, took } = await ask('purge_cache', { zone: ZONE_ID, tags: tagsOf(300) });
		expect(took).toBeLessThan(LIMIT);
		expect(structured).toMatchObject({
			status: 'partial',
			sent: { requests: 1, tags: 100 },
			remaining: { tags: 200 },
			resume: expect.stringMatching(/^\w{10}$/),
		});
		expect(text).toContain('The request that failed may still have been applied.');
	});

	test('read: nothing was changed', async () => {
		const { ask } = await start({ hangs: ({ path }) => path.endsWith('/cache_reserve') });
		const { text, took } = await ask('cache_reserve_get', { zone: ZONE_ID });
		expect(took).toBeLessThan(LIMIT);
		expect(text).toMatch(/^No answer arrived within this call's time limit\.\nNothing was changed\./);
	});

	test.for<readonly [zone: string, flags: string[]]>([
		[ZONE_ID, []],
		['www.shop.example.com', []],
		[ZONE_ID, ['--zones', ZONE]],
		[ZONE, ['--zones', ZONE]],
	])('look-up of the zone %s with %j: nothing is changed', async ([zone, flags]) => {
		const { ask, upstream } = await start({ hangs: isLookUp, flags });
		const { text, took } = await ask('purge_cache', { zone, tags: ['a'] });
		expect(took).toBeLessThan(LIMIT);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});

	test('look-up of the zone that foreign content belongs to: it is refused all the same', async () => {
		const { ask } = await start({ hangs: ({ path }) => path.startsWith('/zones?') });
		const { text, took } = await ask('purge_cache', { zone: ZONE_ID, urls: ['https://example.net/a'] });
		expect(took).toBeLessThan(LIMIT);
		expect(text).toContain('example.net is not in zone example.com');
	});
});

describe('an API that is slow', () => {
	const slow = (seconds: number): Reply => ({
		...failure(429, { code: 971, message: 'slow down' }),
		headers: { 'retry-after': String(seconds) },
	});

	test('at each label of a name leaves no time for all of them: nothing is changed', async () => {
		const asked = new Set<string>();
		const { ask, upstream } = await start({
			script: ({ target }) => {
				const again = asked.has(target);
				asked.add(target);
				return again ? success([]) : slow(15);
			},
		});
		const { text, took } = await ask('purge_cache', { zone: 'a.b.c.d.example.com', tags: ['a'] });
		expect(took).toBeLessThan(LIMIT);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});

	test('at each of several requests that follow each other is given up in time', async () => {
		const region = { vendor: 'aws', region: 'us-east-1' };
		const session = await start({
			script: withZone(() => (body) => {
				session.clock.advance(21_000);
				const ips = (JSON.parse(body) as { origin_ip: string }[]).map(({ origin_ip }) => origin_ip);
				return success({ succeeded: ips.map((origin_ip) => ({ origin_ip, ...region })), failed: [] });
			}),
		});
		const mappings = Array.from({ length: 600 }, (_, at) => ({ origin_ip: `192.0.${at >> 7}.${at & 127}`, ...region }));
		const { structured, text, took } = await session.ask('origin_cloud_regions_bulk_update', {
			zone: ZONE_ID,
			mappings,
		});
		expect(took).toBeLessThan(LIMIT);
		expect(structured).toMatchObject({ status: 'partial', sent: { requests: 2 }, resume: expect.any(String) });
		expect(text).toContain('This call ran out of time before the request was sent.');
	});

	test('and lets everybody pause for a minute keeps nobody waiting for it', async () => {
		const free = success({ ...ZONE_FACTS, plan: { legacy_id: 'free' } });
		let sent = 0;
		const { ask } = await start({
			script: ({ target }) => (target === ZONE_TARGET ? free : ++sent === 23 ? slow(60) : success({ id: ZONE_ID })),
		});
		const { structured, took } = await ask('purge_cache', { zone: ZONE_ID, tags: tagsOf(6_000) });
		expect(took).toBeLessThan(LIMIT);
		expect(structured).toMatchObject({ status: 'partial', resume: expect.any(String) });
	});
});

describe('the time that the user takes for a form', () => {
	const afterFourMinutes =
		(answered: () => void = () => undefined) =>
		(clock: { advance(milliseconds: number): void }): Person =>
		(request) => {
			clock.advance(240_000);
			answered();
			return types(ZONE)(request);
		};

	test('is not taken from the call', async () => {
		const { ask } = await start({ person: afterFourMinutes() });
		expect((await ask('purge_everything', { zone: ZONE_ID })).structured).toMatchObject({ status: 'done' });
	});

	test('is followed by no more than 45 s for the look-up of the zone', async () => {
		let answered = false;
		const { ask, upstream } = await start({
			person: afterFourMinutes(() => {
				answered = true;
			}),
			hangs: (request) => answered && isLookUp(request),
		});
		const { text, took } = await ask('purge_everything', { zone: ZONE_ID });
		expect(took - 240_000).toBeLessThan(LIMIT);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toEqual([]);
	});
});
