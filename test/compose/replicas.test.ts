/** Two replicas on one Redis keep Cloudflare's limits together. */
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { describeWithRedis } from '../support/redis.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';
import { openTeam, principal } from '../support/team.js';

const READS = 1_000;

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
		const ends = await Promise.all(replicas.flatMap((replica) => Array.from({ length: READS }, () => read(replica))));
		expect(ends.filter((isError) => !isError).length).toBeGreaterThan(900);
		expect(sandbox.requests.length).toBeLessThanOrEqual(1_000);
		for (const { member } of replicas)
			expect((await member.call('purge_cache', { zone: ZONE, tags: ['a'] })).text).toMatch(/^Cloudflare accepted/);
		expect(sandbox.changes()).toHaveLength(2);
	});
});
