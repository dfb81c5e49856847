/** What a call answers: text and structured content that say the same, before → after, part of the work, the whole truth. */
import { describe, expect, test } from 'vitest';
import { failure, type Step, startUpstream, success, withZone } from '../support/api.js';
import { connect, types, ZONE, ZONE_ID } from '../support/session.js';

const urls = (count: number) => Array.from({ length: count }, (_, at) => `https://www.example.com/${at}`);
const mappings = (count: number) =>
	Array.from({ length: count }, (_, at) => ({
		origin_ip: `10.0.${at >> 8}.${at & 255}`,
		vendor: 'aws',
		region: at % 2 ? 'us-east-1' : 'us-west-2',
	}));

describe('a settings change', () => {
	test('says before → after, in text and structure', async () => {
		const { call } = await connect();
		const first = await call('cache_reserve_edit', { zone: ZONE, value: 'on' });
		expect(first.text).toMatch(/^Cache Reserve of example\.com: off → on\.\ncf-ray [0-9a-f]{16}-SIM$/);
		expect(first.structured).toMatchObject({
			status: 'done',
			zone: { id: ZONE_ID, name: ZONE },
			before: { value: 'off' },
			result: { id: 'cache_reserve', value: 'on' },
		});
	});

	test('says when the value was the same before', async () => {
		const { call } = await connect();
		expect((await call('tiered_cache_edit', { zone: ZONE, value: 'on' })).text).toMatch(
			/^Tiered Cache of example\.com: on \(unchanged\)\./,
		);
	});

	test('says when there was none before', async () => {
		const { call } = await connect();
		const { text, structured } = await call('smart_tiered_cache_edit', { zone: ZONE, value: 'on' });
		expect(text).toMatch(/^Smart Tiered Cache of example\.com: not set → on\./);
		expect(structured?.before).toBeNull();
	});

	test('as a dry run shows the current value and the body', async () => {
		const { call } = await connect();
		const { text, structured } = await call('cache_reserve_edit', { zone: ZONE, value: 'on', dry_run: true });
		expect(text).toBe(
			`Dry run: nothing was changed.\nWould send to example.com: PATCH /zones/${ZONE_ID}/cache/cache_reserve {"value":"on"}.\nNow: off.`,
		);
		expect(structured).toMatchObject({
			plan: { method: 'PATCH', path: `/zones/${ZONE_ID}/cache/cache_reserve`, body: { value: 'on' } },
			before: { value: 'off' },
		});
	});

	test('that the plan lacks is refused before anything is sent', async () => {
		const { call, changes } = await connect();
		const { text } = await call('regional_tiered_cache_edit', { zone: 'example.org', value: 'on' });
		expect(text.split('\n')).toEqual([
			'Cloudflare refused: "Sorry, this zone setting is not available for your plan type." (quoted from outside).',
			'Nothing was changed.',
			"The zone's plan or subscription does not include this. Do not retry: cache_overview shows what the zone has.",
			expect.stringMatching(/^Cloudflare 1135 · HTTP 403 · cf-ray [0-9a-f]{16}-SIM$/),
		]);
		expect(changes()).toEqual([]);
	});
});

describe('variants_edit', () => {
	test('merges: extensions not given stay, an empty list removes one, the difference is shown', async () => {
		const { call } = await connect();
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
			'Variants of example.com: jpeg → webp, avif (was webp); − gif; + tif → webp.',
			'Now: jpeg → webp, avif; png → avif; tif → webp.',
		]);
		expect(structured?.result).toMatchObject({
			value: { jpeg: ['image/webp', 'image/avif'], png: ['image/avif'], tif: ['image/webp'] },
		});
	});

	test('replaces: extensions not given go', async () => {
		const { call } = await connect();
		await call('variants_edit', { zone: ZONE, mode: 'merge', value: { jpeg: ['image/webp'], png: ['image/avif'] } });
		const { text } = await call('variants_edit', { zone: ZONE, mode: 'replace', value: { png: ['image/avif'] } });
		expect(text).toMatch(/^Variants of example\.com: − jpeg\.\nNow: png → avif\./);
	});

	test('that would leave nothing is refused, and names variants_delete', async () => {
		const { call, changes } = await connect();
		const { text } = await call('variants_edit', { zone: ZONE, mode: 'replace', value: {} });
		expect(text).toMatch(/No extension would be left\.\nNothing was changed\.\n.*variants_delete/);
		expect(changes()).toEqual([]);
	});
});

describe('cache_reserve_clear', () => {
	test('says that it cannot be undone, how long it takes, what it blocks and where to look', async () => {
		const { call } = await connect({ person: types(ZONE) });
		const { text, structured } = await call('cache_reserve_clear', { zone: ZONE });
		expect(text).toMatch(/In-progress/);
		expect(text).toMatch(/cannot be undone/);
		expect(text).toMatch(/24 hours/);
		expect(text).toMatch(/cannot be turned on meanwhile/);
		expect(text).toMatch(/cache_reserve_clear_status/);
		expect(structured?.result).toMatchObject({ id: 'cache_reserve_clear', state: 'In-progress' });
	});

	test('of a Reserve that is on is refused before the person is asked', async () => {
		const { call, changes, forms } = await connect({ person: types(ZONE) });
		await call('cache_reserve_edit', { zone: ZONE, value: 'on' });
		const { text } = await call('cache_reserve_clear', { zone: ZONE });
		expect(text).toMatch(/Cache Reserve is on.*\nNothing was changed\.\n.*cache_reserve_edit/);
		expect(forms).toEqual([]);
		expect(changes()).toHaveLength(1);
	});
});

describe('a purge', () => {
	test('of several kinds sends one request per kind', async () => {
		const { call, changes } = await connect();
		const { text, structured } = await call('purge_cache', {
			zone: ZONE,
			urls: urls(2),
			files: [{ url: 'https://www.example.com/' }],
			tags: ['a'],
			hosts: ['www.example.com'],
			prefixes: ['www.example.com/x'],
		});
		expect(text).toMatch(
			/^Cloudflare accepted the purge of 2 URLs, 1 URL with headers, 1 tag, 1 host and 1 prefix of example\.com in 5 requests/,
		);
		expect(changes().map(({ body }) => Object.keys(body as object))).toEqual([
			['files'],
			['files'],
			['tags'],
			['hosts'],
			['prefixes'],
		]);
		expect(structured).toMatchObject({ status: 'done', sent: { requests: 5, urls: 2, tags: 1 } });
	});

	test.for<readonly [zone: string, count: number, sizes: number[]]>([
		['example.com', 1_001, [500, 500, 1]],
		['example.net', 250, [100, 100, 50]],
		['example.org', 100, [100]],
	])('of URLs of %s: %i are split as its plan allows', async ([zone, count, sizes]) => {
		const { call, changes } = await connect();
		const list = urls(count).map((url) => url.replace('example.com', zone));
		await call('purge_cache', { zone, urls: list });
		const bodies = changes().map(({ body }) => (body as { files: string[] }).files);
		expect(bodies.map(({ length }) => length)).toEqual(sizes);
		expect(bodies.flat()).toEqual(list);
	});

	test('of 250 tags is split at 100 also on Enterprise', async () => {
		const { call, changes } = await connect();
		await call('purge_cache', { zone: ZONE, tags: Array.from({ length: 250 }, (_, at) => `t${at}`) });
		expect(changes().map(({ body }) => (body as { tags: string[] }).tags.length)).toEqual([100, 100, 50]);
	});

	test('under --plan free keeps the limits of that plan', async () => {
		const { call, changes } = await connect({ flags: ['--plan', 'free'] });
		await call('purge_cache', { zone: ZONE, urls: urls(150) });
		expect(changes()).toHaveLength(2);
	});

	test('reports progress between its requests', async () => {
		const { client } = await connect();
		const seen: number[] = [];
		await client.callTool({ name: 'purge_cache', arguments: { zone: ZONE, urls: urls(1_500) } }, undefined, {
			onprogress: ({ progress }) => seen.push(progress),
		});
		expect(seen).toEqual([500, 1_000, 1_500]);
	});

	test('says how many duplicates it left out', async () => {
		const { call } = await connect();
		const { text, structured } = await call('purge_cache', { zone: ZONE, tags: ['a', 'a', 'a'] });
		expect(text).toContain('(2 duplicates left out)');
		expect(structured?.duplicates).toBe(2);
	});

	const tags = Array.from({ length: 200 }, (_, at) => `t${at}`);
	const halfWay = async (step: Step) => {
		const upstream = await startUpstream(withZone([success({ id: ZONE_ID }), step]));
		const session = await connect({ upstream: upstream.url, flags: ['--retries', '0'] });
		return { upstream, ...(await session.call('purge_cache', { zone: ZONE_ID, tags })) };
	};

	test('that fails half-way says what was done, what was not, why, and how to go on', async () => {
		const limited = failure(429, { code: 1134, message: 'Unable to purge, rate limit reached.' });
		const { upstream, text, structured, isError } = await halfWay(limited);
		expect(isError).toBe(true);
		expect(structured).toMatchObject({
			status: 'partial',
			sent: { requests: 1, tags: 100 },
			remaining: { tags: 100 },
			resume: expect.stringMatching(/^[2-9a-z]{10}$/),
		});
		expect(text).toMatch(/^Cloudflare accepted the purge of 100 tags of example\.com/);
		expect(text).toMatch(/Not done: 100 tags\./);
		expect(text).toContain(
			`call purge_cache within 24 hours with resume: "${structured?.resume}" as the only argument.`,
		);
		expect(text).toMatch(/Cloudflare 1134 · HTTP 429 · cf-ray \S+$/);
		expect(upstream.changes()).toHaveLength(2);
	});

	test('that breaks half-way says that its last request may still have been applied', async () => {
		const { text, structured } = await halfWay('break');
		expect(structured).toMatchObject({ status: 'partial', remaining: { tags: 100 } });
		expect(text).toContain('The request that failed may still have been applied.');
	});

	test('whose first request fails changed nothing, as an error without structure', async () => {
		const upstream = await startUpstream(withZone([failure(400, { code: 1012, message: 'no' })]));
		const { call } = await connect({ upstream: upstream.url });
		const { text, structured } = await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		expect(text).toMatch(/\nNothing was changed\.\n/);
		expect(structured).toBeUndefined();
	});
});

describe('origin cloud regions', () => {
	test('a batch of 250 is sent in three requests and answered as one', async () => {
		const { call, changes } = await connect();
		const { text, structured } = await call('origin_cloud_regions_bulk_update', {
			zone: ZONE,
			mappings: mappings(250),
		});
		expect(text).toMatch(/^Set 250 mappings of example\.com\./);
		expect(structured).toHaveProperty('result.succeeded.length', 250);
		expect(changes()).toHaveLength(3);
	});

	test('items of which the answer says nothing make a partial one: nobody knows whether they were set', async () => {
		const [one, two] = mappings(2);
		const upstream = await startUpstream(withZone([success({ succeeded: [one], failed: [] })]));
		const { call } = await connect({ upstream: upstream.url });
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

	test('items that Cloudflare rejects make a partial answer with the reason', async () => {
		const { call } = await connect();
		const { text, structured, isError } = await call('origin_cloud_regions_bulk_update', {
			zone: ZONE,
			mappings: [
				{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' },
				{ origin_ip: '192.0.2.2', vendor: 'aws', region: 'mars-north-1' },
			],
		});
		expect(isError).toBe(true);
		expect(text).toMatch(/^Set 1 mapping of example\.com; 1 failed\.\nFailed 192\.0\.2\.2: "The vendor provided/);
		expect(structured).toMatchObject({ status: 'partial', remaining: { mappings: 1 } });
	});

	test('a batch of which nothing was applied is an error that says so', async () => {
		const { call } = await connect({ person: types(ZONE) });
		const { text, structured } = await call('origin_cloud_regions_bulk_delete', {
			zone: ZONE,
			origin_ips: ['192.0.2.1'],
		});
		expect(text).toMatch(
			/^Deleted 0 mappings of example\.com; 1 failed\.\nFailed 192\.0\.2\.1: ".*" \(quoted from outside\)\nNothing was changed\./,
		);
		expect(structured).toBeUndefined();
	});

	test('a list is grouped by vendor and region, and says how to get the next page', async () => {
		const { call } = await connect();
		await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(250) });
		const { text, structured } = await call('origin_cloud_regions_list', { zone: ZONE, per_page: 100 });
		expect(text.split('\n')).toHaveLength(3);
		expect(text).toMatch(
			/^example\.com: 100 of 250 mappings, page 1 of 3; next: page 2\naws us-west-2 \(50\): 10\.0\.0\.0, 10\.0\.0\.2/,
		);
		expect(structured?.result_info).toMatchObject({ total_count: 250, total_pages: 3 });
	});

	test('a page past the end says so', async () => {
		const { call } = await connect();
		await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(2) });
		expect((await call('origin_cloud_regions_list', { zone: ZONE, page: 9 })).text).toBe(
			'There are no mappings on page 9: example.com has 2 mappings.',
		);
	});

	test('an update says what the origin was mapped to', async () => {
		const { call } = await connect();
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

	test('the supported regions of one vendor, without a query that the API does not know', async () => {
		const { call, requests } = await connect();
		const { structured } = await call('origin_cloud_regions_supported', { zone: ZONE, vendor: 'gcp' });
		expect(structured).toHaveProperty('result.vendors', { gcp: expect.any(Array) });
		expect(requests.at(-1)?.query).toBe('');
	});
});

describe('cache_overview', () => {
	test('of an Enterprise zone shows every setting', async () => {
		const { call, changes } = await connect();
		await call('variants_edit', { zone: ZONE, mode: 'merge', value: { jpeg: ['image/webp'] } });
		const { text, structured } = await call('cache_overview', { zone: ZONE });
		expect(text.split('\n')).toEqual([
			'example.com (enterprise)',
			'Cache Reserve: off · last clear: never',
			'Tiered Cache: on · Smart: never set · Regional: off',
			'Image variants: jpeg → webp · Origin cloud regions: 0 mappings',
			'Environments: "Office IPs", Staging, Production',
		]);
		expect(structured?.result).toMatchObject({
			tiered_caching: { value: 'on' },
			smart_tiered_cache: { value: null, reason: 'never set' },
		});
		expect(changes()).toHaveLength(1);
	});

	test('of a Free zone says what the plan lacks, and is no error', async () => {
		const { call } = await connect();
		const { text, isError } = await call('cache_overview', { zone: 'example.org' });
		expect(isError).toBe(false);
		expect(text).toMatch(/Cache Reserve: not in this plan/);
		expect(text).toMatch(/Image variants: not in this plan/);
	});

	test('says what the token may not read, with the permission it needs', async () => {
		const { call } = await connect({
			env: { CLOUDFLARE_API_TOKEN: 'settings-token-1' },
			sandbox: { tokens: { 'settings-token-1': { permissions: ['Zone Settings Read'] } } },
		});
		const { text, isError } = await call('cache_overview', { zone: ZONE_ID });
		expect(isError).toBe(false);
		expect(text).toMatch(/Environments: the token may not read it \(needs Zone Versioning › Read\)/);
	});

	test('that can read nothing at all is one error', async () => {
		const { call } = await connect({
			env: { CLOUDFLARE_API_TOKEN: 'purge-only-token' },
			sandbox: { tokens: { 'purge-only-token': { permissions: ['Cache Purge'] } } },
		});
		const { text, isError } = await call('cache_overview', { zone: ZONE_ID });
		expect(isError).toBe(true);
		expect(text).toMatch(/it needs Zone Settings › Read/);
	});

	test('leaves out what the operator excludes by name, and says so', async () => {
		const { call } = await connect({ flags: ['--exclude-tools', 'variants_get'] });
		expect((await call('cache_overview', { zone: ZONE })).text).toMatch(
			/Image variants: variants_get is not allowed: the server was started with --exclude-tools/,
		);
	});
});

describe('the operator', () => {
	test.for<readonly [flags: string[], tool: string, flag: string]>([
		[['--read-only'], 'purge_cache', '--read-only'],
		[['--toolsets', 'reserve,zone'], 'purge_cache', '--toolsets'],
		[['--tools', 'cache_overview'], 'zones_list', '--tools'],
		[['--exclude-tools', 'variants_delete'], 'variants_delete', '--exclude-tools'],
	])('who starts with %j has no %s, neither listed nor accepted', async ([flags, tool, flag]) => {
		const { call, client, requests } = await connect({ flags });
		expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain(tool);
		const { text, isError } = await call(tool, { zone: ZONE, tags: ['a'] });
		expect(isError).toBe(true);
		expect(text).toContain(`the server was started with ${flag}.`);
		expect(requests).toEqual([]);
	});
});
