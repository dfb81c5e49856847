/** Reads: lists are grouped, paged and reduced to what was asked. */
import { expect, test } from 'vitest';
import { openSession, ZONE } from '../support/session.js';

const mappings = (count: number) =>
	Array.from({ length: count }, (_, at) => ({
		origin_ip: `10.0.${at >> 8}.${at & 255}`,
		vendor: 'aws',
		region: at % 2 ? 'us-east-1' : 'us-west-2',
	}));

test('origin_cloud_regions_list groups mappings by vendor and region, and says how to get the next page', async () => {
	const { call } = await openSession();
	await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(250) });
	const { text, structured } = await call('origin_cloud_regions_list', { zone: ZONE, per_page: 100 });
	expect(text.split('\n')).toHaveLength(3);
	expect(text).toMatch(
		/^example\.com: 100 of 250 mappings, page 1 of 3; next: page 2\naws us-west-2 \(50\): 10\.0\.0\.0, 10\.0\.0\.2/,
	);
	expect(structured?.result_info).toMatchObject({ total_count: 250, total_pages: 3 });
});

test('origin_cloud_regions_list says that a page is past the end', async () => {
	const { call } = await openSession();
	await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(2) });
	expect((await call('origin_cloud_regions_list', { zone: ZONE, page: 9 })).text).toBe(
		'There are no mappings on page 9: example.com has 2 mappings.',
	);
});

test('origin_cloud_regions_supported selects one vendor itself, without a query that the API does not know', async () => {
	const { call, requests } = await openSession();
	const { structured } = await call('origin_cloud_regions_supported', { zone: ZONE, vendor: 'gcp' });
	expect(structured).toHaveProperty('result.vendors', { gcp: expect.any(Array) });
	expect(requests.at(-1)?.query).toBe('');
});
