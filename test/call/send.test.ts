/** Sending: plans keep the rate limits, end before their client gives up, and report progress. */
import { describe, expect, test } from 'vitest';
import { rateOf } from '../../src/cloudflare/limits.js';
import type { SeenRequest } from '../../src/sandbox/server.js';
import { failure, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { openSandbox } from '../support/sandbox.js';
import { openSession, type Session } from '../support/session.js';
import {
	appliedOf,
	BUSINESS,
	callWithProgress,
	FREE,
	PRO,
	readJournal,
	tagsOf,
	urlsOf,
} from '../support/unfinished.js';

/** A sandbox that enforces Cloudflare's limits, and a server on the same virtual clock. */
async function connectStrict(
	flags: readonly string[] = [],
): Promise<Session & { state: string; clock: ReturnType<typeof createVirtualClock> }> {
	const clock = createVirtualClock();
	const state = temporaryFolder();
	const session = await openSession({
		sandbox: { limits: 'strict', now: clock.now },
		clock,
		flags,
		env: { CF_CACHE_STATE_DIR: state },
	});
	return { ...session, state, clock };
}

const refusals = (requests: readonly SeenRequest[]) => requests.filter(({ status }) => status === 429).length;

/** The longest time between two neighbours. */
const longestGap = (times: readonly number[]) => Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? 0)));

/** The milliseconds that this many tokens take from a full bucket. */
const shortestMs = (group: 'urls' | 'requests', plan: string, tokens: number) => {
	const { refillPerSecond, burst } = rateOf(group, plan);
	return (Math.max(0, tokens - burst) / refillPerSecond) * 1_000;
};

describe('a purge that its zone plan delays for longer than a client waits', () => {
	const tags = tagsOf(6_000);

	test('is partial with a handle within 45 s when the client wants no progress, and meets no 429', async () => {
		const { call, clock, requests, changes } = await connectStrict();
		const began = clock.now();
		const { structured, isError, text } = await call('purge_cache', { zone: FREE, tags });
		expect(clock.now() - began).toBeLessThan(45_000);
		expect(isError).toBe(true);
		expect(structured).toMatchObject({ status: 'partial', resume: expect.stringMatching(/^[2-9a-z]{10}$/) });
		expect(text).toContain(`call purge_resume with resume: ${structured?.resume}. The handle is valid for 24 hours.`);
		expect(refusals(requests)).toBe(0);
		const sent = structured?.sent as { requests: number; tags: number };
		expect(changes()).toHaveLength(sent.requests);
		expect(sent.requests).toBeGreaterThanOrEqual(Math.floor(rateOf('requests', 'free').burst * 0.8));
		expect(structured?.remaining).toEqual({ tags: 6_000 - sent.tags });
	});

	test('sends nothing more once it was answered', async () => {
		const { call, clock, changes, state } = await connectStrict();
		const { structured } = await call('purge_cache', { zone: FREE, tags });
		const before = changes().length;
		await clock.sleep(3_600_000);
		expect(changes()).toHaveLength(before);
		expect(readJournal(state, structured?.resume as string).remaining).toHaveLength(6_000 - before * 100);
	});

	test('is finished when the client wants progress, and meets no 429', async () => {
		const { client, clock, requests } = await connectStrict();
		const began = clock.now();
		const { structured } = await callWithProgress(client, 'purge_cache', { zone: FREE, tags });
		expect(structured).toMatchObject({ status: 'done', sent: { requests: 60, tags: 6_000 } });
		expect(refusals(requests)).toBe(0);
		expect(new Set(appliedOf(requests))).toEqual(new Set(tags));
		expect((clock.now() - began) / shortestMs('requests', 'free', 60)).toBeLessThanOrEqual(1.15);
	});

	test('reports the items done of the total, never backwards, to the end', async () => {
		const { client } = await connectStrict();
		const heard: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags }, (at) => heard.push(at));
		expect(heard.every(({ total }) => total === 6_000)).toBe(true);
		expect(heard.map(({ progress }) => progress)).toEqual(
			heard.map(({ progress }) => progress).sort((one, other) => one - other),
		);
		expect(heard.at(-1)?.progress).toBe(6_000);
		expect(heard[10]?.message).toMatch(/^[\d,]+ of 6,000 items, about \d+ s left$/);
	});

	test('reports progress at least every 5 s while it waits', async () => {
		const { client, clock } = await connectStrict();
		const heard = [clock.now()];
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags: tagsOf(3_000) }, () => heard.push(clock.now()));
		heard.push(clock.now());
		expect((heard.at(-1) as number) - (heard[0] as number)).toBeGreaterThan(60_000);
		expect(longestGap(heard)).toBeLessThanOrEqual(5_000);
	});

	test.for<readonly [tool: string, args: Record<string, unknown>]>([
		['purge_cache', { tags: ['a'] }],
		['purge_environment', { environment_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90', prefixes: [`${FREE}/a`] }],
	])('lets a one-request %s that waits behind it report progress every 5 s', async ([tool, args]) => {
		const { client, clock } = await connectStrict();
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags: tagsOf(3_000) });
		const heard = [clock.now()];
		await callWithProgress(client, tool, { zone: FREE, ...args }, () => heard.push(clock.now()));
		heard.push(clock.now());
		expect((heard.at(-1) as number) - (heard[0] as number)).toBeGreaterThan(10_000);
		expect(longestGap(heard)).toBeLessThanOrEqual(5_000);
	});

	test('is answered within 45 s when the look-up of the zone took long, too', async () => {
		const clock = createVirtualClock();
		let asked = 0;
		const slow = { ...failure(429, { code: 971, message: 'slow down' }), headers: { 'retry-after': '35' } };
		const facts = success({ ...ZONE_FACTS, plan: { legacy_id: 'free' } });
		const upstream = await startUpstream((request) =>
			request.method === 'GET' ? (asked++ === 0 ? slow : facts) : success({ id: ZONE_FACTS.id }),
		);
		const { call } = await openSession({ upstream: upstream.url, clock });
		const began = clock.now();
		await call('purge_cache', { zone: ZONE_FACTS.id, tags });
		expect(clock.now() - began).toBeLessThan(45_000);
	});
});

describe('a large purge', () => {
	const urls = urlsOf(20_000, BUSINESS);
	const tags = tagsOf(6_000);
	const best = Math.max(
		shortestMs('urls', 'business', urls.length),
		shortestMs('requests', 'business', tags.length / 100),
	);

	test('of everything reports that it waits for Cloudflare, every 5 s', async () => {
		const { client } = await connectStrict(['--dangerously-skip-confirmation']);
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags: tagsOf(3_000) });
		const heard: (string | undefined)[] = [];
		await callWithProgress(client, 'purge_everything', { zone: FREE }, ({ message }) => heard.push(message));
		expect(heard).toEqual(['waiting for Cloudflare', 'waiting for Cloudflare']);
	});

	test('of 20,000 URLs and 6,000 tags takes at most 15% longer than the rate limit asks for, and meets no 429', async () => {
		const { call, requests, clock } = await connectStrict();
		await call('zones_list');
		const began = clock.now();
		const { structured } = await call('purge_cache', { zone: BUSINESS, urls, tags });
		expect(structured).toMatchObject({ status: 'done', sent: { requests: 260, urls: 20_000, tags: 6_000 } });
		expect(refusals(requests)).toBe(0);
		expect(new Set(appliedOf(requests))).toEqual(new Set([...urls, ...tags]));
		expect((clock.now() - began) / best).toBeLessThanOrEqual(1.15);
	});

	test('in two calls at once is as fast as in one call, and meets no 429', async () => {
		const one = await connectStrict();
		let began = one.clock.now();
		await one.call('purge_cache', { zone: BUSINESS, urls, tags });
		const alone = one.clock.now() - began;

		const two = await connectStrict();
		began = two.clock.now();
		const answers = await Promise.all([
			two.call('purge_cache', { zone: BUSINESS, urls: urls.slice(0, 10_000), tags: tags.slice(0, 3_000) }),
			two.call('purge_cache', { zone: BUSINESS, urls: urls.slice(10_000), tags: tags.slice(3_000) }),
		]);
		expect(answers.map(({ structured }) => structured?.status)).toEqual(['done', 'done']);
		expect(refusals(two.requests)).toBe(0);
		expect((two.clock.now() - began) / alone).toBeLessThanOrEqual(1.1);
	});

	test('shares its bucket with an invalidation at the same time, and neither meets a 429', async () => {
		const { call, requests, clock } = await connectStrict();
		const began = clock.now();
		const both = await Promise.all([
			call('purge_cache', { zone: PRO, tags: tagsOf(5_000) }),
			call('invalidate_cache', { zone: PRO, tags: tagsOf(5_000) }),
		]);
		expect(both.map(({ structured }) => structured?.status)).toEqual(['done', 'done']);
		expect(refusals(requests)).toBe(0);
		expect((clock.now() - began) / shortestMs('requests', 'pro', 100)).toBeLessThanOrEqual(1.15);
	});

	test('slows down after the first 429 when another client has emptied the bucket, and is finished', async () => {
		const clock = createVirtualClock();
		const { url, requests } = await openSandbox({ limits: 'strict', now: clock.now });
		const { call } = await openSession({ upstream: url, clock });
		const { structured } = await call('zones_list');
		const zones = structured?.result as { id: string; name: string }[];
		const id = zones.find(({ name }) => name === BUSINESS)?.id;
		const burst = rateOf('requests', 'business').burst;
		await Promise.all(
			Array.from({ length: burst }, () =>
				fetch(`${url}/zones/${id}/purge_cache`, {
					method: 'POST',
					headers: {
						authorization: 'Bearer another-token-0123456789',
						'content-type': 'application/json',
						'user-agent': 'another',
					},
					body: '{"tags":["outside"]}',
				}).then((answer) => answer.text()),
			),
		);
		requests.length = 0;
		const { structured: answer } = await call('purge_cache', { zone: BUSINESS, tags: tagsOf(6_000) });
		expect(answer).toMatchObject({ status: 'done', sent: { requests: 60 } });
		expect(new Set(appliedOf(requests))).toEqual(new Set(tagsOf(6_000)));
		// Only the requests that were on their way when the first 429 arrived meet one.
		expect(refusals(requests)).toBeGreaterThan(0);
		expect(refusals(requests)).toBeLessThanOrEqual(8);
	});
});
