/** How long a call takes, and how long a client waits for it. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { rateOf } from '../../src/cloudflare/limits.js';
import type { SeenRequest } from '../../src/sandbox/server.js';
import { failure, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { connect, type Session } from '../support/session.js';
import {
	appliedOf,
	BUSINESS,
	callWithProgress,
	FREE,
	PRO,
	readJournal,
	startOwnSandbox,
	tagsOf,
	urlsOf,
} from '../support/unfinished.js';

/** A strict sandbox and a server on one virtual clock. */
async function strict(): Promise<Session & { state: string; clock: ReturnType<typeof createVirtualClock> }> {
	const clock = createVirtualClock();
	const state = temporaryFolder();
	const session = await connect({
		sandbox: { limits: 'strict', now: clock.now },
		clock,
		env: { CF_CACHE_STATE_DIR: state },
	});
	return { ...session, state, clock };
}

const refusals = (requests: readonly SeenRequest[]) => requests.filter(({ status }) => status === 429).length;

/** The longest time between one and the next. */
const longestGap = (times: readonly number[]) => Math.max(...times.slice(1).map((time, at) => time - (times[at] ?? 0)));

/** Milliseconds that a full bucket makes so many tokens take. */
const fastest = (group: 'urls' | 'requests', plan: string, tokens: number) => {
	const { refillPerSecond, burst } = rateOf(group, plan);
	return (Math.max(0, tokens - burst) / refillPerSecond) * 1_000;
};

describe('a call on the Free plan that needs more than a client waits', () => {
	const tags = tagsOf(6_000);

	test('without a progress token answers partial with a handle before 45 s, and meets no 429', async () => {
		const { call, clock, requests, changes } = await strict();
		const began = clock.now();
		const { structured, isError, text } = await call('purge_cache', { zone: FREE, tags });
		expect(clock.now() - began).toBeLessThan(45_000);
		expect(isError).toBe(true);
		expect(structured).toMatchObject({ status: 'partial', resume: expect.stringMatching(/^[2-9a-z]{10}$/) });
		expect(text).toContain(
			`call purge_cache within 24 hours with resume: "${structured?.resume}" as the only argument.`,
		);
		expect(refusals(requests)).toBe(0);
		const sent = structured?.sent as { requests: number; tags: number };
		expect(changes()).toHaveLength(sent.requests);
		expect(sent.requests).toBeGreaterThanOrEqual(Math.floor(rateOf('requests', 'free').burst * 0.8));
		expect(structured?.remaining).toEqual({ tags: 6_000 - sent.tags });
	});

	test('continues nothing behind the back of the client', async () => {
		const { call, clock, changes, state } = await strict();
		const { structured } = await call('purge_cache', { zone: FREE, tags });
		const before = changes().length;
		clock.advance(3_600_000);
		await wait(20);
		expect(changes()).toHaveLength(before);
		expect(readJournal(state, structured?.resume as string).remaining).toHaveLength(6_000 - before * 100);
	});

	test('with a progress token goes to its end, and meets no 429', async () => {
		const { client, clock, requests } = await strict();
		const began = clock.now();
		const { structured } = await callWithProgress(client, 'purge_cache', { zone: FREE, tags });
		expect(structured).toMatchObject({ status: 'done', sent: { requests: 60, tags: 6_000 } });
		expect(refusals(requests)).toBe(0);
		expect(new Set(appliedOf(requests))).toEqual(new Set(tags));
		expect((clock.now() - began) / fastest('requests', 'free', 60)).toBeLessThanOrEqual(1.15);
	});

	test('tells items done of the total, never backwards, to the end', async () => {
		const { client } = await strict();
		const heard: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags }, (at) => heard.push(at));
		expect(heard.every(({ total }) => total === 6_000)).toBe(true);
		expect(heard.map(({ progress }) => progress)).toEqual(
			heard.map(({ progress }) => progress).sort((one, other) => one - other),
		);
		expect(heard.at(-1)?.progress).toBe(6_000);
		expect(heard[10]?.message).toMatch(/^[\d,]+ of 6,?000 items, about \d+ s left$/);
	});

	test('is never silent for more than 5 s towards a client that wants progress, while it waits for its turn', async () => {
		const { client, clock } = await strict();
		const heard = [clock.now()];
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags: tagsOf(3_000) }, () => heard.push(clock.now()));
		heard.push(clock.now());
		expect((heard.at(-1) as number) - (heard[0] as number)).toBeGreaterThan(60_000);
		expect(longestGap(heard)).toBeLessThanOrEqual(5_000);
	});

	test.for<readonly [tool: string, args: Record<string, unknown>]>([
		['purge_cache', { tags: ['a'] }],
		['purge_environment', { environment_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90', hosts: [FREE] }],
	])('nor is %s of one request that waits after it', async ([tool, args]) => {
		const { client, clock } = await strict();
		await callWithProgress(client, 'purge_cache', { zone: FREE, tags: tagsOf(3_000) });
		const heard = [clock.now()];
		await callWithProgress(client, tool, { zone: FREE, ...args }, () => heard.push(clock.now()));
		heard.push(clock.now());
		expect((heard.at(-1) as number) - (heard[0] as number)).toBeGreaterThan(10_000);
		expect(longestGap(heard)).toBeLessThanOrEqual(5_000);
	});

	test('answers in time also when the look-up of the zone took long', async () => {
		const clock = createVirtualClock();
		let asked = 0;
		const slow = { ...failure(429, { code: 971, message: 'slow down' }), headers: { 'retry-after': '35' } };
		const facts = success({ ...ZONE_FACTS, plan: { legacy_id: 'free' } });
		const upstream = await startUpstream((request) =>
			request.method === 'GET' ? (asked++ === 0 ? slow : facts) : success({ id: ZONE_FACTS.id }),
		);
		const { call } = await connect({ upstream: upstream.url, clock });
		const began = clock.now();
		await call('purge_cache', { zone: ZONE_FACTS.id, tags });
		expect(clock.now() - began).toBeLessThan(45_000);
	});
});

describe('a large purge', () => {
	const urls = urlsOf(20_000, BUSINESS);
	const tags = tagsOf(6_000);
	const best = Math.max(fastest('urls', 'business', urls.length), fastest('requests', 'business', tags.length / 100));

	test('of 20,000 URLs and 6,000 tags is as fast as the bucket allows, and meets no 429', async () => {
		const { call, requests, clock } = await strict();
		await call('zones_list');
		const began = clock.now();
		const { structured } = await call('purge_cache', { zone: BUSINESS, urls, tags });
		expect(structured).toMatchObject({ status: 'done', sent: { requests: 260, urls: 20_000, tags: 6_000 } });
		expect(refusals(requests)).toBe(0);
		expect(new Set(appliedOf(requests))).toEqual(new Set([...urls, ...tags]));
		expect((clock.now() - began) / best).toBeLessThanOrEqual(1.15);
	});

	test('as two calls at once is no slower than as one, and meets no 429', async () => {
		const one = await strict();
		let began = one.clock.now();
		await one.call('purge_cache', { zone: BUSINESS, urls, tags });
		const alone = one.clock.now() - began;

		const two = await strict();
		began = two.clock.now();
		const answers = await Promise.all([
			two.call('purge_cache', { zone: BUSINESS, urls: urls.slice(0, 10_000), tags: tags.slice(0, 3_000) }),
			two.call('purge_cache', { zone: BUSINESS, urls: urls.slice(10_000), tags: tags.slice(3_000) }),
		]);
		expect(answers.map(({ structured }) => structured?.status)).toEqual(['done', 'done']);
		expect(refusals(two.requests)).toBe(0);
		expect((two.clock.now() - began) / alone).toBeLessThanOrEqual(1.1);
	});

	test('and an invalidation at once share one bucket, and meet no 429', async () => {
		const { call, requests, clock } = await strict();
		const began = clock.now();
		const both = await Promise.all([
			call('purge_cache', { zone: PRO, tags: tagsOf(5_000) }),
			call('invalidate_cache', { zone: PRO, tags: tagsOf(5_000) }),
		]);
		expect(both.map(({ structured }) => structured?.status)).toEqual(['done', 'done']);
		expect(refusals(requests)).toBe(0);
		expect((clock.now() - began) / fastest('requests', 'pro', 100)).toBeLessThanOrEqual(1.15);
	});

	test('slows down at once when another tool has emptied the bucket, and still comes to its end', async () => {
		const clock = createVirtualClock();
		const { url, requests } = await startOwnSandbox({ limits: 'strict', now: clock.now });
		const { call } = await connect({ upstream: url, clock });
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
		// Those that were on their way already, and nobody after them.
		expect(refusals(requests)).toBeGreaterThan(0);
		expect(refusals(requests)).toBeLessThanOrEqual(8);
	});
});
