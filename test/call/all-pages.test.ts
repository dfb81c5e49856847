/** Lists of which rows are chosen: all pages are read, and the chosen rows have pages of their own. */
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, withZone } from '../support/api.js';
import { mappings } from '../support/sandbox.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

const LIST = 'origin_cloud_regions_list';
const OTHERS = mappings(60, 130).map((one) => ({ ...one, vendor: 'gcp', region: 'us-central1' }));

/** A session with a zone of 130 mappings to aws us-east-1, and 60 to gcp us-central1 behind them. */
async function openZone() {
	const session = await openSession();
	await session.call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: [...mappings(130), ...OTHERS] });
	const before = session.requests.length;
	const reads = () => session.requests.slice(before).filter(({ path }) => path.endsWith('/origin/cloud_regions'));
	return { ...session, reads };
}

describe('A list of mappings', () => {
	test.for<readonly [args: object, total: number, shown: number, head: string]>([
		[{ vendor: 'gcp' }, 60, 60, 'example.com: 60 mappings to gcp'],
		[{ region: 'us-central1' }, 60, 60, 'example.com: 60 mappings to us-central1'],
		[
			{ vendor: 'aws', region: 'us-east-1' },
			130,
			100,
			'100 of 130 mappings to aws us-east-1, page 1 of 2; next: page 2',
		],
		[{ vendor: 'aws', page: 2 }, 130, 30, '30 of 130 mappings to aws'],
		[{ vendor: 'aws', page: 2, per_page: 50 }, 130, 50, '50 of 130 mappings to aws, page 2 of 3; next: page 3'],
		[{ vendor: 'GCP', region: 'us-east-1' }, 0, 0, 'example.com has no mappings to gcp us-east-1.'],
	])('chooses %j over all pages with two reads', async ([args, total, shown, head]) => {
		const { call, reads } = await openZone();
		const { text, structured, isError } = await call(LIST, { zone: ZONE, ...args });
		expect(isError).toBe(false);
		expect(text.split('\n')[0]).toContain(head);
		expect(structured?.summary).toContain(head);
		expect(structured).toMatchObject({ result_info: { count: shown, total_count: total } });
		expect(structured?.result).toHaveLength(shown);
		expect(reads()).toHaveLength(2);
	});

	test('without a choice is read page by page as before', async () => {
		const { call, reads } = await openZone();
		const { text } = await call(LIST, { zone: ZONE, page: 3 });
		expect(text).toMatch(/^example\.com: 20 of 190 mappings, page 3 of 10; next: page 4\n/);
		expect(reads()).toHaveLength(1);
	});

	test('of more pages than a call reads is refused after one read, and says how to read it', async () => {
		const info = { page: 1, per_page: 100, count: 100, total_count: 4_100, total_pages: 41 };
		const upstream = await startUpstream(withZone(() => success(mappings(100), { result_info: info })));
		const { call } = await openSession({ upstream: upstream.url });
		const { text, isError } = await call(LIST, { zone: ZONE_ID, vendor: 'aws' });
		expect(isError).toBe(true);
		expect(text).toContain('The list has more than 40 pages, and one call reads no more to choose from.');
		expect(text).toContain('origin_cloud_regions_list with page and per_page');
		expect(upstream.requests).toHaveLength(2);
	});

	test.for<readonly [count: number, reads: number]>([
		[150, 2],
		[200, 3],
	])('of %i rows that is answered without counters is read until a page is not full', async ([count, reads]) => {
		const rows = [...mappings(count - 30), ...OTHERS.slice(0, 30)];
		const upstream = await startUpstream(
			withZone(({ target }) => {
				const page = Number(/[?&]page=(\d+)/.exec(target)?.[1]);
				return success(rows.slice((page - 1) * 100, page * 100));
			}),
		);
		const { call } = await openSession({ upstream: upstream.url });
		const { text } = await call(LIST, { zone: ZONE_ID, vendor: 'gcp' });
		expect(text).toMatch(/^example\.com: 30 mappings to gcp\n/);
		expect(upstream.requests).toHaveLength(reads + 1);
	});

	test('that never ends is refused after 40 pages', async () => {
		const upstream = await startUpstream(withZone(() => success(mappings(100))));
		const { call } = await openSession({ upstream: upstream.url });
		const { text, isError } = await call(LIST, { zone: ZONE_ID, vendor: 'gcp' });
		expect(isError).toBe(true);
		expect(text).toContain('The list has more than 40 pages');
		expect(upstream.requests).toHaveLength(41);
	});

	test('of which a row moved to another page meanwhile shows it once', async () => {
		const info = { per_page: 100, count: 100, total_count: 150, total_pages: 2 };
		const upstream = await startUpstream(
			withZone(({ target }) => success(mappings(100, target.includes('page=2') ? 99 : 0), { result_info: info })),
		);
		const { call } = await openSession({ upstream: upstream.url });
		const { structured } = await call(LIST, { zone: ZONE_ID, vendor: 'aws' });
		expect(structured).toMatchObject({ result_info: { total_count: 199 } });
	});

	test('of which a later page fails is a failure, not a shorter list', async () => {
		const info = { page: 1, per_page: 100, count: 100, total_count: 150, total_pages: 2 };
		const upstream = await startUpstream(
			withZone(({ target }) =>
				target.includes('page=2')
					? failure(403, { code: 10000, message: 'Authentication error' })
					: success(mappings(100), { result_info: info }),
			),
		);
		const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		const { text, isError } = await call(LIST, { zone: ZONE_ID, vendor: 'aws' });
		expect(isError).toBe(true);
		expect(text).toContain('The token lacks a permission');
	});
});
