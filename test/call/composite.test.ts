/** Composites: cache_overview reads the parts that the operator allows, and says what it could not read. */
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, ZONE_FACTS, ZONE_TARGET } from '../support/api.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

describe('cache_overview', () => {
	test('shows every setting of an Enterprise zone', async () => {
		const { call, changes } = await openSession();
		await call('variants_edit', { zone: ZONE, mode: 'merge', value: { jpeg: ['image/webp'] } });
		const { text, structured } = await call('cache_overview', { zone: ZONE });
		expect(text.split('\n')).toEqual([
			'example.com (enterprise)',
			'No effect: Image variants are matched by extension, and .jpg beside .jpeg has none. Add it with variants_edit, mode merge.',
			'Cache Reserve: off · last clear: never',
			'Tiered Cache: on · Smart: never set (off) · Regional: off',
			'Image variants: jpeg → webp · Origin cloud regions: 0 mappings',
			'Environments: "Office IPs", "Staging", "Production"',
		]);
		expect(structured?.result).toMatchObject({
			tiered_caching: { value: 'on' },
			smart_tiered_cache: { reason: 'never set (off)' },
		});
		expect(changes()).toHaveLength(1);
	});

	test('says what a Free zone lacks, without an error', async () => {
		const { call } = await openSession();
		const { text, isError } = await call('cache_overview', { zone: 'example.org' });
		expect(isError).toBe(false);
		expect(text).toContain('Cache Reserve: needs a paid subscription of its own, on any plan');
		expect(text).toContain('Regional: needs Enterprise');
		expect(text).toContain('Image variants: needs Pro, Business or Enterprise');
		expect(text).toContain('Environments: needs Enterprise with Version Management');
	});

	test.for<readonly [route: string, line: string]>([
		['/origin/cloud_regions', 'Origin cloud regions: not offered for this zone'],
		['/environments', 'Environments: not offered for this zone'],
		['/cache/cache_reserve_clear', 'last clear: not offered for this zone'],
	])('says that the zone has no %s where the API does not know the path', async ([route, line]) => {
		const upstream = await startUpstream(({ target }) => {
			if (target === ZONE_TARGET) return success(ZONE_FACTS);
			return target.includes(route)
				? failure(400, { code: 7003, message: 'Could not route' }, { code: 7000, message: 'No route for that URI' })
				: success({ value: 'off' });
		});
		const { call } = await openSession({ upstream: upstream.url });
		const { text, isError } = await call('cache_overview', { zone: ZONE_ID });
		expect(isError).toBe(false);
		expect(text).toContain(line);
	});

	test('is one error, and blames no id, when the API knows none of the paths of a zone that it found', async () => {
		const upstream = await startUpstream(({ target }) =>
			target === ZONE_TARGET ? success(ZONE_FACTS) : failure(400, { code: 7003, message: 'Could not route' }),
		);
		const { call } = await openSession({ upstream: upstream.url });
		const { text, isError } = await call('cache_overview', { zone: ZONE_ID });
		expect(isError).toBe(true);
		expect(text).toContain('Cloudflare does not offer this operation for example.com. Do not retry.');
	});

	test('says what the token may not read, and which permission it needs', async () => {
		const { call } = await openSession({
			env: { CLOUDFLARE_API_TOKEN: 'settings-token-1' },
			sandbox: { tokens: { 'settings-token-1': { permissions: ['Zone Settings Read'] } } },
		});
		const { text, isError } = await call('cache_overview', { zone: ZONE_ID });
		expect(isError).toBe(false);
		expect(text).toMatch(/Environments: the token may not read it \(needs Zone Versioning › Read\)/);
	});

	test('says that the state of a clear is unknown when the API does not tell it', async () => {
		const upstream = await startUpstream(({ target }) => {
			if (target === ZONE_TARGET) return success(ZONE_FACTS);
			if (target.endsWith('/cache_reserve_clear')) return success({ id: 'cache_reserve_clear' });
			return target.startsWith('/zones?') ? success([ZONE_FACTS]) : success({ id: 'x', value: 'on' });
		});
		const { call } = await openSession({ upstream: upstream.url });
		const { text } = await call('cache_overview', { zone: ZONE_ID });
		expect(text).toContain('last clear: state unknown');
		expect(text).not.toContain('undefined');
	});

	test('is one error when the token can read nothing at all', async () => {
		const { call } = await openSession({
			env: { CLOUDFLARE_API_TOKEN: 'purge-only-token' },
			sandbox: { tokens: { 'purge-only-token': { permissions: ['Cache Purge'] } } },
		});
		const { text, isError } = await call('cache_overview', { zone: ZONE_ID });
		expect(isError).toBe(true);
		expect(text).toMatch(/it needs Zone Settings › Read/);
	});

	test('leaves out a part that --exclude-tools names, and says so', async () => {
		const { call } = await openSession({ flags: ['--exclude-tools', 'variants_get'] });
		expect((await call('cache_overview', { zone: ZONE })).text).toMatch(
			/Image variants: variants_get is not allowed: the server was started with --exclude-tools/,
		);
	});

	test.for(['--tools cache_overview', '--toolsets zone', '--tools cache_overview --read-only --confirm block'])(
		'is complete with %s, although its parts are not allowed as tools',
		async (words) => {
			const { call, client, requests } = await openSession({ flags: words.split(' ') });
			const { text, isError } = await call('cache_overview', { zone: ZONE });
			expect(isError).toBe(false);
			expect(text).not.toContain('not allowed');
			expect(text).toContain('Cache Reserve: off');
			expect(text).toContain('Tiered Cache: on');
			const listed = (await client.listTools()).tools.map(({ name }) => name);
			const before = requests.length;
			for (const part of ['cache_reserve_get', 'variants_get', 'tiered_cache_get', 'origin_cloud_regions_list']) {
				expect(listed).not.toContain(part);
				expect((await call(part, { zone: ZONE })).text).toMatch(/is not allowed: the server was started with --tool/);
			}
			expect(requests).toHaveLength(before);
		},
	);

	test('is refused for a zone outside --zones, and sends nothing', async () => {
		const { call, requests } = await openSession({ flags: ['--tools', 'cache_overview', '--zones', 'example.net'] });
		const { text, isError } = await call('cache_overview', { zone: ZONE });
		expect(isError).toBe(true);
		expect(text).toContain('is not one of the zones that this server may touch (--zones)');
		expect(requests).toEqual([]);
	});
});
