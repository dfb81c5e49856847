/** Plans that Cloudflare carries out in part: what was done, what was not, and how to finish it. */
import { describe, expect, test } from 'vitest';
import { failure, type Step, startUpstream, success, withTieredCache, withZone } from '../support/api.js';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const mappings = (count: number) =>
	Array.from({ length: count }, (_, at) => ({
		origin_ip: `10.0.${at >> 8}.${at & 255}`,
		vendor: 'aws',
		region: at % 2 ? 'us-east-1' : 'us-west-2',
	}));

describe('a purge', () => {
	const tags = Array.from({ length: 200 }, (_, at) => `t${at}`);
	const purgeHalfWay = async (step: Step) => {
		const upstream = await startUpstream(withZone([success({ id: ZONE_ID }), step]));
		const session = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		return { upstream, ...(await session.call('purge_cache', { zone: ZONE_ID, tags })) };
	};

	test('that is refused half-way says what was done, what was not, why, and how to continue', async () => {
		const limited = failure(429, { code: 1134, message: 'Unable to purge, rate limit reached.' });
		const { upstream, text, structured, isError } = await purgeHalfWay(limited);
		expect(isError).toBe(true);
		expect(structured).toMatchObject({
			status: 'partial',
			sent: { requests: 1, tags: 100 },
			remaining: { tags: 100 },
			resume: expect.stringMatching(/^[2-9a-z]{10}$/),
		});
		expect(text).toMatch(/^Cloudflare accepted the purge of 100 tags of example\.com/);
		expect(text).toMatch(/Not done: 100 tags\./);
		expect(text).toContain(`call purge_resume with resume: ${structured?.resume}. The handle is valid for 24 hours.`);
		expect(text).toMatch(/Cloudflare 1134 · HTTP 429 · cf-ray \S+$/);
		expect(upstream.changes()).toHaveLength(2);
	});

	test('whose connection breaks half-way says that the request that failed may still have been applied', async () => {
		const { text, structured } = await purgeHalfWay('break');
		expect(structured).toMatchObject({ status: 'partial', remaining: { tags: 100 } });
		expect(text).toContain('The request that failed may still have been applied.');
	});

	test('whose first request is refused changes nothing, and is an error without structure', async () => {
		const upstream = await startUpstream(withZone([failure(400, { code: 1012, message: 'no' })]));
		const { call } = await openSession({ upstream: upstream.url });
		const { text, structured } = await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		expect(text).toMatch(/\nNothing was changed\.\n/);
		expect(structured).toBeUndefined();
	});
});

describe('a batch of mappings', () => {
	test('of 250 items is sent as three requests and reported as one', async () => {
		const { call, changes } = await openSession();
		const { text, structured } = await call('origin_cloud_regions_bulk_update', {
			zone: ZONE,
			mappings: mappings(250),
		});
		expect(text).toMatch(/^Set 250 mappings of example\.com\./);
		expect(structured).toHaveProperty('result.succeeded.length', 250);
		expect(changes()).toHaveLength(3);
	});

	test('is partial when Cloudflare does not report on each item', async () => {
		const [one, two] = mappings(2);
		const upstream = await startUpstream(withZone(withTieredCache([success({ succeeded: [one], failed: [] })])));
		const { call } = await openSession({ upstream: upstream.url });
		const { text, structured, isError } = await call('origin_cloud_regions_bulk_update', {
			zone: ZONE_ID,
			mappings: [one, two],
		});
		expect(text).toContain(
			'Cloudflare did not report on 1 mapping. Check the current state before you repeat the call.',
		);
		expect(text).not.toContain('Not done');
		expect([isError, structured?.status]).toEqual([true, 'partial']);
	});

	test('is partial, with the reason, when Cloudflare rejects some items', async () => {
		const { call } = await openSession();
		const { text, structured, isError } = await call('origin_cloud_regions_bulk_update', {
			zone: ZONE,
			mappings: [
				{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
				{ origin_ip: '192.0.2.2', vendor: 'aws', region: 'mars-north-1' },
			],
		});
		expect(isError).toBe(true);
		expect(text).toMatch(
			/^Set 1 mapping of example\.com; 1 failed\.\nFailed 192\.0\.2\.2\. Cloudflare said: "The vendor provided/,
		);
		expect(structured).toMatchObject({ status: 'partial', remaining: { mappings: 1 } });
	});

	test('is an error that says that nothing was changed when Cloudflare rejects all items', async () => {
		const { call } = await openSession({ user: types(ZONE) });
		const { text, structured } = await call('origin_cloud_regions_bulk_delete', {
			zone: ZONE,
			origin_ips: ['192.0.2.1'],
		});
		expect(text).toMatch(
			/^Deleted 0 mappings of example\.com; 1 failed\.\nFailed 192\.0\.2\.1\. Cloudflare said: ".*"\.\nNothing was changed\./,
		);
		expect(structured).toBeUndefined();
	});
});
