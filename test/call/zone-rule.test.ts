/** --zones: only the listed zones are touched and shown, however a call names them. */
import { describe, expect, test } from 'vitest';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const NET = '1b5e0d3c2f4a69788796a5b4c3d2e1f0';
const FOREIGN = 'is not one of the zones that this server may touch (--zones)';

describe('with --zones example.com,', () => {
	test.for([ZONE, ZONE_ID, 'EXAMPLE.COM', 'www.example.com', 'https://example.com/path', ` ${ZONE}.`])(
		'a call may touch the zone %j',
		async (zone) => {
			const { call } = await openSession({ flags: ['--zones', ZONE] });
			expect((await call('tiered_cache_get', { zone })).structured?.zone).toEqual({ id: ZONE_ID, name: ZONE });
		},
	);

	test.for(['example.net', 'www.example.net', 'EXAMPLE.NET.', 'https://example.net/', 'notexample.com'])(
		'a call for the zone %j is refused, and no request is sent',
		async (zone) => {
			const { call, requests } = await openSession({ flags: ['--zones', ZONE] });
			const { text, isError } = await call('purge_cache', { zone, tags: ['a'] });
			expect(isError).toBe(true);
			expect(text).toContain(`${FOREIGN}: example.com.`);
			expect(requests).toEqual([]);
		},
	);

	test('a call for the zone "com" is refused as no domain name, and no request is sent', async () => {
		const { call, requests } = await openSession({ flags: ['--zones', ZONE] });
		const { text, isError } = await call('purge_cache', { zone: 'com', tags: ['a'] });
		expect(isError).toBe(true);
		expect(text).toContain('neither a domain name nor a zone id');
		expect(requests).toEqual([]);
	});

	test('a call for the id of another zone is refused, and that zone is not looked up', async () => {
		const { call, requests } = await openSession({ flags: ['--zones', ZONE] });
		expect((await call('purge_cache', { zone: NET, tags: ['a'] })).text).toContain(FOREIGN);
		expect(requests.map(({ path, query }) => path + query)).toEqual(['/zonesname=example.com']);
	});

	test('zones_list shows no other zone', async () => {
		const { call } = await openSession({ flags: ['--zones', ZONE] });
		const { text } = await call('zones_list');
		expect(text).toContain(ZONE);
		expect(text).not.toContain('example.net');
	});
});

describe('a zone that --zones', () => {
	test('pins to its id needs no look-up by name or id', async () => {
		const { call, requests } = await openSession({ flags: ['--zones', `${ZONE}=${ZONE_ID}`] });
		await call('purge_cache', { zone: ZONE, tags: ['a'] });
		await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
			Array(2).fill(`POST /zones/${ZONE_ID}/purge_cache`),
		);
	});

	test('pins to the id of another zone is not purged', async () => {
		const { call, changes } = await openSession({ flags: ['--zones', `${ZONE}=${NET}`], user: types(ZONE) });
		const { text } = await call('purge_everything', { zone: ZONE });
		expect(text).toMatch(/is now example\.net/);
		expect(changes()).toEqual([]);
	});

	test('gives by id only is found by its name', async () => {
		const { call } = await openSession({ flags: ['--zones', NET] });
		expect((await call('tiered_cache_get', { zone: 'example.net' })).structured?.zone).toEqual({
			id: NET,
			name: 'example.net',
		});
		expect((await call('tiered_cache_get', { zone: ZONE })).text).toContain(FOREIGN);
	});
});

describe('a default zone that is the only one allowed', () => {
	test('leaves no tool with a zone argument, and refuses one', async () => {
		const { client, call, requests } = await openSession({ flags: ['--zone', ZONE, '--zones', ZONE] });
		for (const { inputSchema } of (await client.listTools()).tools)
			expect(inputSchema.properties).not.toHaveProperty('zone');
		expect((await call('tiered_cache_get', { zone: 'example.net' })).text).toMatch(/Unknown argument "zone"/);
		expect(requests).toEqual([]);
		expect((await call('tiered_cache_get')).structured?.zone).toEqual({ id: ZONE_ID, name: ZONE });
	});

	test('works for cache_overview, whose parts take no zone argument either', async () => {
		const { call } = await openSession({ flags: ['--zone', ZONE, '--zones', ZONE] });
		expect((await call('cache_overview')).text).toContain('Tiered Cache: on');
	});

	test('stops the start with the nearest name when it is not in the list', async () => {
		await expect(openSession({ flags: ['--zone', 'exampel.com', '--zones', ZONE] })).rejects.toThrow(
			'--zone "exampel.com" is not among --zones. Did you mean "example.com"?',
		);
	});
});
