/** Two replicas on one Redis keep Cloudflare's limits together. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { describeWithRedis } from '../support/redis.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';
import { openTeam, principal } from '../support/team.js';
import { appliedOf, BUSINESS, callWithProgress, tagsOf } from '../support/unfinished.js';

const READS = 1_000;
/** Reads of a replica under way. All at once would keep Redis busy for longer than its answers are waited for. */
const AT_ONCE = 20;
/** Purges of each replica, or requests of its purge. Both together take more than the bucket of their account holds at once. */
const PURGES = 60;
const TAGS_PER_REQUEST = 100;

describeWithRedis('Two replicas on one token', (start) => {
	test('leave the last requests of 300 s to changes, so 2,000 reads lock no purge out', async () => {
		const redis = await start();
		const sandbox = await openSandbox({ limits: 'strict' });
		const replicas = await Promise.all(
			[0, 1].map(async () => {
				const { team, join } = await openTeam({
					upstream: sandbox.url,
					env: { CF_CACHE_REDIS: redis.url, CF_CACHE_CONFIRM_SECRET: 'x'.repeat(32) },
					clock: systemClock,
				});
				return { team, member: await join(principal('ann')) };
			}),
		);
		const read = async ({ member }: (typeof replicas)[number]) =>
			(await member.call('cache_reserve_get', { zone: ZONE_ID })).isError;
		// Each replica knows the zone from here on, so that each further read is one request.
		for (const replica of replicas) expect(await read(replica)).toBe(false);
		let answered = 0;
		const readOneByOne = async (replica: (typeof replicas)[number]) => {
			for (let at = 0; at < READS / AT_ONCE; at += 1) if (!(await read(replica))) answered += 1;
		};
		await Promise.all(replicas.flatMap((replica) => Array.from({ length: AT_ONCE }, () => readOneByOne(replica))));
		expect(answered).toBeGreaterThan(900);
		expect(sandbox.requests.length).toBeLessThanOrEqual(1_000);
		for (const { member } of replicas)
			expect((await member.call('purge_cache', { zone: ZONE, tags: ['a'] })).text).toMatch(/^Cloudflare accepted/);
		expect(sandbox.changes()).toHaveLength(2);
	});
});

describeWithRedis('Two replicas on one account', (start) => {
	test('carry out two purges of 60 requests at a time, of which the API refuses none', async () => {
		const redis = await start();
		const sandbox = await openSandbox({ limits: 'strict' });
		const tags = tagsOf(2 * PURGES * TAGS_PER_REQUEST);
		const purges = ['ann', 'bob'].map(async (name, at) => {
			const { join } = await openTeam({
				upstream: sandbox.url,
				env: { CF_CACHE_REDIS: redis.url, CF_CACHE_CONFIRM_SECRET: 'x'.repeat(32) },
				clock: systemClock,
			});
			const { client } = await join(principal(name));
			const own = tags.slice((at * tags.length) / 2, ((at + 1) * tags.length) / 2);
			return callWithProgress(client, 'purge_cache', { zone: BUSINESS, tags: own });
		});
		for (const { structured } of await Promise.all(purges))
			expect(structured).toMatchObject({ status: 'done', sent: { requests: PURGES } });
		expect(sandbox.requests.filter(({ status }) => status === 429)).toEqual([]);
		expect(appliedOf(sandbox.requests).toSorted()).toEqual(tags.toSorted());
	});
});

describeWithRedis('Two replicas without their Redis', (start) => {
	test('carry out 60 purges of one request each on one account, and lose none to its limit', async () => {
		const redis = await start();
		const sandbox = await openSandbox({ limits: 'strict' });
		const members = await Promise.all(
			['ann', 'bob'].map(async (name) => {
				const { join } = await openTeam({
					upstream: sandbox.url,
					env: { CF_CACHE_REDIS: redis.url, CF_CACHE_CONFIRM_SECRET: 'x'.repeat(32) },
					clock: systemClock,
				});
				return join(principal(name));
			}),
		);
		await redis.kill();
		const tags = tagsOf(members.length * PURGES);
		const answers = await Promise.all(
			tags.map((tag, at) => members[at % members.length]?.call('purge_cache', { zone: BUSINESS, tags: [tag] })),
		);
		for (const answer of answers) expect(answer?.text).toMatch(/^Cloudflare accepted/);
		expect(new Set(appliedOf(sandbox.requests))).toEqual(new Set(tags));
	});
});
