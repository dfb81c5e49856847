/** Changes: the current value is read first, content of other zones is refused, and the result says before → after. */
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, withZone } from '../support/api.js';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';

describe('a change of a setting', () => {
	test('says before → after, in text and structure', async () => {
		const { call } = await openSession();
		const first = await call('cache_reserve_edit', { zone: ZONE, value: 'on' });
		expect(first.text).toMatch(/^Cache Reserve of example\.com: off → on\.\ncf-ray [0-9a-f]{16}-SIM$/);
		expect(first.structured).toMatchObject({
			status: 'done',
			zone: { id: ZONE_ID, name: ZONE },
			before: { value: 'off' },
			result: { value: 'on' },
		});
	});

	test('says that the value is unchanged when it was the same before', async () => {
		const { call } = await openSession();
		expect((await call('tiered_cache_edit', { zone: ZONE, value: 'on' })).text).toMatch(
			/^Tiered Cache of example\.com: on \(unchanged\)\./,
		);
	});

	test('says that the value was not set before', async () => {
		const { call } = await openSession();
		const { text, structured } = await call('smart_tiered_cache_edit', { zone: ZONE, value: 'on' });
		expect(text).toMatch(/^Smart Tiered Cache of example\.com: not set → on\./);
		expect(structured?.before).toBeNull();
	});

	test('shows the current value and the body as a dry run', async () => {
		const { call } = await openSession();
		const { text, structured } = await call('cache_reserve_edit', { zone: ZONE, value: 'on', dry_run: true });
		expect(text).toBe(
			`Dry run: nothing was changed.\nWould send to example.com: PATCH /zones/${ZONE_ID}/cache/cache_reserve {"value":"on"}.\nNow: off.`,
		);
		expect(structured).toMatchObject({
			plan: { method: 'PATCH', path: `/zones/${ZONE_ID}/cache/cache_reserve`, body: { value: 'on' } },
			before: { value: 'off' },
		});
	});

	test('is refused before anything is sent when the zone plan lacks the setting', async () => {
		const { call, changes } = await openSession();
		const { text } = await call('regional_tiered_cache_edit', { zone: 'example.org', value: 'on' });
		expect(text.split('\n')).toEqual([
			'Cloudflare said: "Sorry, this zone setting is not available for your plan type.".',
			'Nothing was changed.',
			'Regional Tiered Cache needs Enterprise, and example.org is on free. Do not retry until the user has bought it.',
			expect.stringMatching(/^Cloudflare 1135 · HTTP 403 · cf-ray [0-9a-f]{16}-SIM$/),
		]);
		expect(changes()).toEqual([]);
	});
});

describe('variants_edit', () => {
	test('keeps extensions that are not given on merge, removes those with an empty list, and shows the difference', async () => {
		const { call } = await openSession();
		await call('variants_edit', {
			zone: ZONE,
			mode: 'merge',
			value: { jpeg: ['image/webp'], gif: ['image/webp'], png: ['image/avif'] },
		});
		const { text, structured } = await call('variants_edit', {
			zone: ZONE,
			mode: 'merge',
			value: { jpeg: ['image/webp', 'image/avif'], gif: [], tif: ['image/webp'] },
		});
		expect(text.split('\n').slice(0, 2)).toEqual([
			'Image variants of example.com: jpeg → webp, avif (was webp); − gif; + tif → webp.',
			'Now: jpeg → webp, avif; png → avif; tif → webp.',
		]);
		expect(structured?.result).toMatchObject({
			value: { jpeg: ['image/webp', 'image/avif'], png: ['image/avif'], tif: ['image/webp'] },
		});
	});

	test('removes extensions that are not given on replace', async () => {
		const { call } = await openSession();
		await call('variants_edit', { zone: ZONE, mode: 'merge', value: { jpeg: ['image/webp'], png: ['image/avif'] } });
		const { text } = await call('variants_edit', { zone: ZONE, mode: 'replace', value: { png: ['image/avif'] } });
		expect(text).toMatch(/^Image variants of example\.com: − jpeg\.\nNow: png → avif\./);
	});

	test('refuses to leave no extension, and names variants_delete', async () => {
		const { call, changes } = await openSession();
		const { text } = await call('variants_edit', { zone: ZONE, mode: 'replace', value: {} });
		expect(text).toMatch(/No extension would be left\.\nNothing was changed\.\n.*variants_delete/);
		expect(changes()).toEqual([]);
	});
});

describe('cache_reserve_clear', () => {
	test('says that it cannot be undone, how long it takes, what it blocks and which tool shows its progress', async () => {
		const { call } = await openSession({ user: types(ZONE) });
		const { text, structured } = await call('cache_reserve_clear', { zone: ZONE });
		expect(text).toMatch(/In-progress/);
		expect(text).toMatch(/cannot be undone/);
		expect(text).toMatch(/24 hours/);
		expect(text).toMatch(/cannot be turned on meanwhile/);
		expect(text).toMatch(/cache_reserve_clear_status/);
		expect(structured?.result).toMatchObject({ state: 'In-progress' });
	});

	test('is refused before the user is asked while Cache Reserve is on', async () => {
		const { call, changes, forms } = await openSession({ user: types(ZONE) });
		await call('cache_reserve_edit', { zone: ZONE, value: 'on' });
		const { text } = await call('cache_reserve_clear', { zone: ZONE });
		expect(text).toMatch(/Cache Reserve is on.*\nNothing was changed\.\n.*cache_reserve_edit/);
		expect(forms).toEqual([]);
		expect(changes()).toHaveLength(1);
	});

	test('shows consequence and plan as a dry run while Cache Reserve is on, and says what must be turned off', async () => {
		const { call, changes } = await openSession({ user: types(ZONE) });
		await call('cache_reserve_edit', { zone: ZONE, value: 'on' });
		const { text, structured } = await call('cache_reserve_clear', { zone: ZONE, dry_run: true });
		const refused =
			'The call would be refused now: Cache Reserve is on, and it can be cleared only while it is off. Turn it off first (cache_reserve_edit), then call again.';
		expect(text).toMatch(
			/^Dry run: nothing was changed\.\nDeletes everything stored in Cache Reserve for example\.com/,
		);
		expect(text).toContain('Cache Reserve: on.');
		expect(text.split('\n').at(-1)).toBe(refused);
		expect(structured).toMatchObject({ status: 'dry_run', plan: { method: 'POST' }, before: { value: 'on' } });
		expect(structured?.summary).toContain(refused);
		expect(changes()).toHaveLength(1);
	});

	test('is refused before the user is asked while another clear runs, and says since when', async () => {
		const { call, changes, forms } = await openSession({ user: types(ZONE) });
		expect((await call('cache_reserve_clear', { zone: ZONE })).structured?.status).toBe('done');
		const { text, isError } = await call('cache_reserve_clear', { zone: ZONE });
		expect(isError).toBe(true);
		expect(text).toMatch(
			/^Cache Reserve is being cleared already since \d{4}-\d\d-\d\dT[\d:.]+Z\.\nNothing was changed\.\ncache_reserve_clear_status shows its state\.$/,
		);
		expect((await call('cache_reserve_clear', { zone: ZONE, dry_run: true })).text).toContain('being cleared already');
		expect(forms).toHaveLength(1);
		expect(changes()).toHaveLength(1);
	});

	test('asks the user when the state of the latest clear cannot be read', async () => {
		const upstream = await startUpstream(
			withZone(({ method, target }) => {
				if (method === 'GET' && target.endsWith('/cache_reserve_clear')) return failure(403);
				return success({ id: 'cache_reserve', value: 'off', state: 'In-progress' });
			}),
		);
		const { call, forms } = await openSession({ upstream: upstream.url, user: types(ZONE) });
		expect((await call('cache_reserve_clear', { zone: ZONE_ID })).structured?.status).toBe('done');
		expect(forms).toHaveLength(1);
	});
});

describe('origin_cloud_regions_update', () => {
	test('says what the origin was mapped to before', async () => {
		const { call } = await openSession();
		const move = (region: string) =>
			call('origin_cloud_regions_update', { zone: ZONE, origin_ip: '192.0.2.1', vendor: 'aws', region });
		expect((await move('us-east-1')).text).toMatch(
			/^Mapping of 192\.0\.2\.1 in example\.com: not set → aws us-east-1\./,
		);
		expect((await move('us-west-2')).text).toMatch(
			/^Mapping of 192\.0\.2\.1 in example\.com: aws us-east-1 → aws us-west-2\./,
		);
		expect((await call('origin_cloud_regions_delete', { zone: ZONE, origin_ip: '192.0.2.1' })).text).toMatch(
			/deleted \(was aws us-west-2\)/,
		);
	});
});

describe('content of another zone', () => {
	test.for<readonly [args: Record<string, unknown>, at: string]>([
		[{ urls: ['https://www.example.com/', 'https://www.example.net/a'] }, 'urls[1]: www.example.net'],
		[{ files: [{ url: 'https://example.net/a', headers: { 'X-Key': '1' } }] }, 'files[0]: example.net'],
		[{ hosts: ['example.net'] }, 'hosts[0]: example.net'],
		[{ prefixes: ['example.net/blog'] }, 'prefixes[0]: example.net'],
	])('%j is refused before anything is purged, and the refusal names its zone', async ([args, at]) => {
		const { call, changes } = await openSession();
		for (const tool of ['purge_cache', 'invalidate_cache']) {
			const { text } = await call(tool, { zone: ZONE, ...args });
			expect(text).toContain(`${at} is not in zone example.com. It belongs to zone example.net.`);
		}
		expect(changes()).toEqual([]);
	});

	test.for(['badexample.com', 'example.com.evil.test'])('on the look-alike host %s is refused', async (host) => {
		const { call, changes } = await openSession();
		expect((await call('purge_cache', { zone: ZONE, hosts: [host] })).text).toContain('is not in zone example.com.');
		expect(changes()).toEqual([]);
	});
});
