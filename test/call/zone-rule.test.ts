/** `--zones`: the zones that may be touched, however they are named. */
import { describe, expect, test } from 'vitest';
import { startUpstream, success } from '../support/api.js';
import { connect, types, ZONE, ZONE_ID } from '../support/session.js';

const NET = '1b5e0d3c2f4a69788796a5b4c3d2e1f0';
const FOREIGN = 'is not one of the zones that this server may touch (--zones)';

describe('with --zones example.com', () => {
	test.for([ZONE, ZONE_ID, 'EXAMPLE.COM', 'www.example.com', 'https://example.com/path', ` ${ZONE}.`])(
		'%j is touched',
		async (zone) => {
			const { call } = await connect({ flags: ['--zones', ZONE] });
			expect((await call('tiered_cache_get', { zone })).structured?.zone).toEqual({ id: ZONE_ID, name: ZONE });
		},
	);

	test.for(['example.net', 'www.example.net', 'EXAMPLE.NET.', 'https://example.net/', 'notexample.com', 'com'])(
		'%j is refused, and nothing at all is sent',
		async (zone) => {
			const { call, requests } = await connect({ flags: ['--zones', ZONE] });
			const { text, isError } = await call('purge_cache', { zone, tags: ['a'] });
			expect(isError).toBe(true);
			expect(text).toMatch(zone === 'com' ? /neither a domain name/ : /--zones\): example\.com/);
			expect(requests).toEqual([]);
		},
	);

	test('the id of another zone is refused, and that zone is not even looked at', async () => {
		const { call, requests } = await connect({ flags: ['--zones', ZONE] });
		expect((await call('purge_cache', { zone: NET, tags: ['a'] })).text).toContain(FOREIGN);
		expect(requests.map(({ path, query }) => path + query)).toEqual(['/zonesname=example.com']);
	});

	test('zones_list shows no other', async () => {
		const { call } = await connect({ flags: ['--zones', ZONE] });
		const { text } = await call('zones_list');
		expect(text).toContain(ZONE);
		expect(text).not.toContain('example.net');
	});

	test.for([{}, { name: 'example.net' }])(
		'zones_list %j does not tell by its counters of others either',
		async (args) => {
			const { call } = await connect({ flags: ['--zones', ZONE] });
			const { text, structured } = await call('zones_list', args);
			expect(structured?.result_info).toEqual({ page: 1, per_page: 50, total_pages: 1 });
			expect(text).toMatch('name' in args ? /^No visible zone matches\.$/ : /^1 zone\n/);
		},
	);

	test('zones_list tells of a page to come: an allowed zone may be on it', async () => {
		const other = { id: NET, name: 'example.net', plan: { legacy_id: 'pro' } };
		const page = { page: 1, per_page: 50, count: 1, total_count: 51, total_pages: 2 };
		const upstream = await startUpstream([success([other], { result_info: page })]);
		const { call } = await connect({ upstream: upstream.url, flags: ['--zones', ZONE] });
		expect((await call('zones_list')).text).toBe('0 zones, page 1 of 2; next: page 2');
	});
});

describe('a pinned zone', () => {
	test('needs no look-up by name or id', async () => {
		const { call, requests } = await connect({ flags: ['--zones', `${ZONE}=${ZONE_ID}`] });
		await call('purge_cache', { zone: ZONE, tags: ['a'] });
		await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
			Array(2).fill(`POST /zones/${ZONE_ID}/purge_cache`),
		);
	});

	test('that is pinned to the id of another zone is not purged', async () => {
		const { call, changes } = await connect({ flags: ['--zones', `${ZONE}=${NET}`], person: types(ZONE) });
		const { text } = await call('purge_everything', { zone: ZONE });
		expect(text).toMatch(/is now example\.net/);
		expect(changes()).toEqual([]);
	});

	test('that is given only by id is found by its name', async () => {
		const { call } = await connect({ flags: ['--zones', NET] });
		expect((await call('tiered_cache_get', { zone: 'example.net' })).structured?.zone).toEqual({
			id: NET,
			name: 'example.net',
		});
		expect((await call('tiered_cache_get', { zone: ZONE })).text).toContain(FOREIGN);
	});
});

describe('a default zone that is the only one allowed', () => {
	test('leaves no schema with a zone argument, and refuses one', async () => {
		const { client, call, requests } = await connect({ flags: ['--zone', ZONE, '--zones', ZONE] });
		for (const { inputSchema } of (await client.listTools()).tools)
			expect(inputSchema.properties).not.toHaveProperty('zone');
		expect((await call('tiered_cache_get', { zone: 'example.net' })).text).toMatch(/Unknown argument "zone"/);
		expect(requests).toEqual([]);
		expect((await call('tiered_cache_get')).structured?.zone).toEqual({ id: ZONE_ID, name: ZONE });
	});

	test('still works for cache_overview, whose parts take none either', async () => {
		const { call } = await connect({ flags: ['--zone', ZONE, '--zones', ZONE] });
		expect((await call('cache_overview')).text).toContain('Tiered Cache: on');
	});

	test('that is not in the list stops the start with the nearest name', async () => {
		await expect(connect({ flags: ['--zone', 'exampel.com', '--zones', ZONE] })).rejects.toThrow(
			'--zone "exampel.com" is not among --zones. Did you mean "example.com"?',
		);
	});
});
