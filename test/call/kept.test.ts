/** A change that Cloudflare answers with success and does not make is an error, and so is one IP with two regions. */
import { describe, expect, test } from 'vitest';
import { startUpstream, success, withZone } from '../support/api.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

const MAPPING = { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' };

/** Answers every read and change with this result. */
async function openWith(result: unknown) {
	const upstream = await startUpstream(withZone(() => success(result)));
	return openSession({ upstream: upstream.url });
}

describe('a change that came back with the old value', () => {
	test.for([
		[
			'cache_reserve_edit',
			{ value: 'on' },
			{ value: 'off' },
			'Cloudflare reported success, but value on example.com is still off: on was asked for.',
		],
		['smart_tiered_cache_edit', { value: 'off' }, { value: 'on' }, 'is still on: off was asked for'],
		['smart_tiered_cache_create', { value: 'on' }, { value: 'off' }, 'is still off'],
		['regional_tiered_cache_edit', { value: 'on' }, { value: 'off' }, 'is still off'],
		['tiered_cache_edit', { value: 'on' }, { value: 'off' }, 'is still off'],
		[
			'variants_edit',
			{ mode: 'replace', value: { png: ['image/webp'] } },
			{ value: { gif: ['image/webp'] } },
			'is still {"gif":["image/webp"]}',
		],
		['origin_cloud_regions_update', MAPPING, { ...MAPPING, region: 'us-west-1' }, 'is still "us-west-1"'],
	] as const)('by %s %j is an error that names it', async ([tool, args, result, text]) => {
		const { call } = await openWith(result);
		const answer = await call(tool, { zone: ZONE_ID, ...args });
		expect(answer.isError).toBe(true);
		expect(answer.text).toContain(text);
		expect(answer.text).toContain('Nothing was changed.');
	});

	test('and is not editable says so', async () => {
		const { call } = await openWith({ value: 'off', editable: false });
		const { text } = await call('tiered_cache_edit', { zone: ZONE_ID, value: 'on' });
		expect(text).toContain('Cloudflare says that this zone cannot change the setting');
	});

	test('in one row of a batch leaves the call partial, and names the row', async () => {
		const other = { origin_ip: '2001:DB8::1', vendor: 'gcp', region: 'us-central1' };
		const { call } = await openWith({ succeeded: [{ ...MAPPING, region: 'us-west-1' }, other], failed: [] });
		const mappings = [MAPPING, { ...other, origin_ip: '2001:db8:0::1' }];
		const { text, structured } = await call('origin_cloud_regions_bulk_update', { zone: ZONE_ID, mappings });
		expect(structured).toMatchObject({ status: 'partial', remaining: { mappings: 1 } });
		expect(text).toContain('Failed 192.0.2.1. Cloudflare kept aws us-west-1.');
		expect(text).toMatch(/^Set 1 mapping of example\.com; 1 failed\./);
	});
});

test('variants that came back in another order are those that were asked for', async () => {
	const { call } = await openWith({ value: { png: ['image/webp', 'image/avif'] } });
	const value = { png: ['image/avif', 'image/webp'] };
	expect((await call('variants_edit', { zone: ZONE_ID, mode: 'replace', value })).isError).toBe(false);
});

describe('one IP that a batch names twice', () => {
	test.for([
		[MAPPING, { ...MAPPING, region: 'us-west-1' }],
		[
			{ origin_ip: '2001:db8::1', vendor: 'aws', region: 'us-east-1' },
			{ origin_ip: '2001:0DB8:0:0::1', vendor: 'gcp', region: 'us-central1' },
		],
	])('with two regions is refused, and nothing is sent: %j %j', async (mappings) => {
		const { call, changes } = await openSession();
		const { text, isError } = await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings });
		expect(isError).toBe(true);
		expect(text).toMatch(/is given with two regions, aws us-east-1 and .*\. Give it once\./);
		expect(changes()).toEqual([]);
	});

	test('with one region is sent once, and told', async () => {
		const { call } = await openSession();
		const { text, structured } = await call('origin_cloud_regions_bulk_update', {
			zone: ZONE,
			mappings: [MAPPING, { ...MAPPING }],
		});
		expect(text).toMatch(/^(Simulated: )?Set 1 mapping of example\.com\./);
		expect(text).toContain('1 duplicate was left out.');
		expect(structured).toMatchObject({ duplicates: 1, sent: { mappings: 1 } });
	});
});

describe('a change that has no effect while Tiered Cache is off', () => {
	const CHANGES = [
		['smart_tiered_cache_create', { value: 'on' }],
		['smart_tiered_cache_edit', { value: 'on' }],
		['regional_tiered_cache_edit', { value: 'on' }],
		['cache_reserve_edit', { value: 'on' }],
		['origin_cloud_regions_update', MAPPING],
		['origin_cloud_regions_bulk_update', { mappings: [MAPPING] }],
	] as const;
	const REMARK = 'It has no effect while Tiered Cache is off (tiered_cache_edit).';

	test.for(CHANGES)('by %s says so, in text and summary', async ([tool, args]) => {
		const { call } = await openSession();
		expect((await call(tool, { zone: ZONE, ...args, dry_run: true })).text).not.toContain(REMARK);
		await call('tiered_cache_edit', { zone: ZONE, value: 'off' });
		for (const dry_run of [true, false]) {
			const { text, structured } = await call(tool, { zone: ZONE, ...args, dry_run });
			expect(text).toContain(REMARK);
			expect(structured?.summary).toContain(REMARK);
		}
	});

	test('is made all the same when Tiered Cache cannot be read', async () => {
		const upstream = await startUpstream(
			withZone(({ target }) =>
				target.endsWith('/tiered_caching') ? { status: 400, body: '' } : success({ value: 'on' }),
			),
		);
		const { call } = await openSession({ upstream: upstream.url });
		const { text, structured } = await call('smart_tiered_cache_edit', { zone: ZONE_ID, value: 'on' });
		expect(structured?.status).toBe('done');
		expect(text).not.toContain(REMARK);
	});

	test('cache_reserve_edit says that images with variants are not stored', async () => {
		const { call } = await openSession();
		await call('variants_edit', { zone: ZONE, mode: 'replace', value: { png: ['image/webp'] } });
		const { text } = await call('cache_reserve_edit', { zone: ZONE, value: 'on' });
		expect(text).toContain('It does not store the images that have variants (variants_get).');
	});
});
