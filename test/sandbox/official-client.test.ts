/** Tests the sandbox through Cloudflare's official client. */
import Cloudflare, { APIError } from 'cloudflare';
import { expect, test } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/server.js';
import {
	addresses,
	EXAMPLE_COM,
	mappings,
	OFFICE_IPS,
	openSandbox,
	PRODUCTION,
	STAGING,
	TOKEN,
} from '../support/sandbox.js';

const zone = { zone_id: EXAMPLE_COM };

async function connect(options: SandboxOptions = {}) {
	const { url } = await openSandbox(options);
	return new Cloudflare({ apiToken: TOKEN, baseURL: url, maxRetries: 0 });
}

/** Status and code with which a call of the client fails. */
async function failureOf(call: PromiseLike<unknown>) {
	const error: unknown = await Promise.resolve(call).then(
		() => undefined,
		(reason: unknown) => reason,
	);
	return error instanceof APIError ? [error.status, error.errors[0]?.code] : error;
}

test('cache.purge accepts every kind of selector and answers with the zone id', async () => {
	const { cache } = await connect();
	const bodies = [
		{ tags: ['a-cache-tag'] },
		{ hosts: ['www.example.com'] },
		{ prefixes: ['www.example.com/foo'] },
		{ purge_everything: true },
		{ files: ['http://www.example.com/css/styles.css'] },
		{ files: [{ url: 'http://www.example.com/cat.jpg', headers: { 'CF-IPCountry': 'US' } }] },
	];
	for (const body of bodies) {
		expect(await cache.purge({ ...zone, ...body })).toEqual({ id: EXAMPLE_COM });
		expect(await cache.invalidate({ ...zone, ...body })).toEqual({ id: EXAMPLE_COM });
		expect(await cache.purgeEnvironment(PRODUCTION, { ...zone, ...body })).toEqual({ id: EXAMPLE_COM });
		expect(await cache.invalidateEnvironment(STAGING, { ...zone, ...body })).toEqual({ id: EXAMPLE_COM });
	}
});

test('cache.purgeEnvironment refuses files, and only files, where the visitor address selects', async () => {
	const { cache } = await connect();
	const files = { ...zone, files: ['http://www.example.com/'] };
	expect(await failureOf(cache.purgeEnvironment(OFFICE_IPS, files))).toEqual([400, 1136]);
	expect(await failureOf(cache.invalidateEnvironment(OFFICE_IPS, files))).toEqual([400, 1136]);
	expect(await cache.purgeEnvironment(OFFICE_IPS, { ...zone, tags: ['a'] })).toEqual({ id: EXAMPLE_COM });
});

test('cacheReserve is turned on and off, is cleared, cannot be turned on meanwhile, and completes with the clock', async () => {
	let time = Date.parse('2026-03-01T12:00:00Z');
	const { cache } = await connect({ now: () => time, clearTakesMs: 60_000 });
	const reserve = cache.cacheReserve;
	expect(await reserve.get(zone)).toEqual({ id: 'cache_reserve', editable: true, value: 'off' });
	expect(await failureOf(reserve.status(zone))).toEqual([404, 1142]);
	expect((await reserve.edit({ ...zone, value: 'on' })).value).toBe('on');
	expect(await failureOf(reserve.clear(zone))).toEqual([400, 1152]);
	expect((await reserve.edit({ ...zone, value: 'off' })).value).toBe('off');

	const running = { id: 'cache_reserve_clear', start_ts: '2026-03-01T12:00:00.000Z', state: 'In-progress' };
	expect(await reserve.clear(zone)).toEqual(running);
	time += 59_999;
	expect(await reserve.clear(zone)).toEqual(running);
	expect(await reserve.status(zone)).toEqual(running);
	expect(await failureOf(reserve.edit({ ...zone, value: 'on' }))).toEqual([400, 1153]);
	expect((await reserve.edit({ ...zone, value: 'off' })).value).toBe('off');

	time += 1;
	expect(await reserve.status(zone)).toEqual({
		...running,
		state: 'Completed',
		end_ts: '2026-03-01T12:01:00.000Z',
	});
	expect((await reserve.edit({ ...zone, value: 'on' })).value).toBe('on');
});

test('smartTieredCache is created, edited and deleted, and is missing before and after', async () => {
	const { cache } = await connect({ now: () => 0 });
	const smart = cache.smartTieredCache;
	const on = {
		id: 'tiered_cache_smart_topology_enable',
		editable: true,
		value: 'on',
		modified_on: '1970-01-01T00:00:00.000Z',
	};
	expect(await failureOf(smart.get(zone))).toEqual([404, 1142]);
	expect(await failureOf(smart.delete(zone))).toEqual([404, 1142]);
	expect(await smart.create({ ...zone, value: 'on' })).toEqual(on);
	expect(await smart.get(zone)).toEqual(on);
	expect(await smart.edit({ ...zone, value: 'off' })).toEqual({ ...on, value: 'off' });
	const { value: _, ...deleted } = on;
	expect(await smart.delete(zone)).toEqual(deleted);
	expect(await failureOf(smart.get(zone))).toEqual([404, 1142]);
});

test('smartTieredCache is off instead of missing with smartMissing: off', async () => {
	const { cache } = await connect({ smartMissing: 'off' });
	expect(await cache.smartTieredCache.get(zone)).toMatchObject({ value: 'off', modified_on: null });
});

test('variants.edit replaces the whole map', async () => {
	const { variants } = (await connect()).cache;
	expect(await failureOf(variants.get(zone))).toEqual([404, 1142]);
	await variants.edit({ ...zone, value: { jpeg: ['image/webp', 'image/avif'], png: ['image/webp'] } });
	await variants.edit({ ...zone, value: { gif: ['image/webp'] } });
	expect((await variants.get(zone)).value).toEqual({ gif: ['image/webp'] });
	expect(await variants.delete(zone)).not.toHaveProperty('value');
	expect(await failureOf(variants.delete(zone))).toEqual([404, 1142]);
});

test('regionalTieredCache and argo.tieredCaching keep what was edited', async () => {
	const client = await connect();
	const regional = client.cache.regionalTieredCache;
	expect(await regional.get(zone)).toMatchObject({ id: 'tc_regional', value: 'off', modified_on: null });
	await regional.edit({ ...zone, value: 'on' });
	expect((await regional.get(zone)).value).toBe('on');

	expect((await client.argo.tieredCaching.get(zone))?.value).toBe('on');
	await client.argo.tieredCaching.edit({ ...zone, value: 'off' });
	expect((await client.argo.tieredCaching.get(zone))?.value).toBe('off');
	expect(await failureOf(client.cache.originCloudRegions.supportedRegions(zone))).toEqual([400, 1146]);
});

test('originCloudRegions puts, reads and deletes one mapping by any spelling of its address', async () => {
	const regions = (await connect()).cache.originCloudRegions;
	const sent = { ...zone, origin_ip: '2001:0DB8:0:0::1', vendor: 'gcp' as const, region: 'us-central1' };
	const stored = { origin_ip: '2001:db8::1', vendor: 'gcp', region: 'us-central1' };
	expect(await regions.update('2001:db8::1', sent)).toMatchObject(stored);
	expect(await regions.get('2001:db8:0::1', zone)).toMatchObject(stored);
	expect(await regions.delete('2001:DB8::1', zone)).toEqual({ origin_ip: '2001:db8::1' });
	expect(await failureOf(regions.get('2001:db8::1', zone))).toEqual([404, 1142]);
	expect(await failureOf(regions.delete('2001:db8::1', zone))).toEqual([404, 1142]);
});

test('originCloudRegions pages through 250 mappings of three batches and deletes 100 at a time', async () => {
	const pages: string[] = [];
	const { cache } = await connect({ onRequest: ({ method, query }) => method === 'GET' && pages.push(query) });
	const regions = cache.originCloudRegions;
	for (const body of [mappings(100), mappings(100, 100), mappings(50, 200)]) {
		const { succeeded, failed } = await regions.bulkUpdate({ ...zone, body });
		expect([succeeded.length, failed.length]).toEqual([body.length, 0]);
	}
	const listed: string[] = [];
	for await (const { origin_ip } of regions.list({ ...zone, per_page: 100 })) listed.push(origin_ip);
	expect(listed).toEqual(addresses(250));
	// The client asks until a page is empty: 100, 100, 50 and none.
	expect(pages.map((query) => new URLSearchParams(query).get('page') ?? '1')).toEqual(['1', '2', '3', '4']);

	const gone = await regions.bulkDelete(zone, { body: [...addresses(99), '192.0.2.1'] });
	expect(gone.succeeded.length).toBe(99);
	expect(gone.failed.map(({ origin_ip }) => origin_ip)).toEqual(['192.0.2.1']);
	expect((await regions.list(zone)).result[0]?.origin_ip).toBe(addresses(100)[99]);
});

test('originCloudRegions.supportedRegions returns the documented data centers', async () => {
	const { vendors } = await (await connect()).cache.originCloudRegions.supportedRegions(zone);
	expect(vendors.aws).toContainEqual({ name: 'us-east-1', upper_tier_colos: ['IAD', 'EWR'] });
	expect(Object.keys(vendors).sort()).toEqual(['aws', 'azure', 'gcp', 'oci']);
});

test('zones.list filters, sorts and pages, and zones.get returns one zone', async () => {
	const { zones } = await connect();
	const names = async (query: Parameters<typeof zones.list>[0]) => {
		const found: string[] = [];
		for await (const { name } of zones.list(query)) found.push(name);
		return found;
	};
	expect(await names({ name: 'example.com' })).toEqual(['example.com']);
	expect(await names({ name: 'www.example.com' })).toEqual([]);
	expect(await names({ name: 'contains:MPLE.O' })).toEqual(['example.org']);
	expect(await names({ name: 'contains_case_sensitive:MPLE.O' })).toEqual([]);
	expect(await names({ name: 'starts_with:twice' })).toEqual(['twice.example', 'twice.example']);
	expect(await names({ name: 'twice.example', status: 'active' })).toEqual(['twice.example']);
	expect(await names({ name: 'ends_with:.net' })).toEqual(['example.net']);
	expect(await names({ name: 'not_equal:twice.example', order: 'name', direction: 'desc' })).toEqual([
		'example.org',
		'example.net',
		'example.com',
		'example.biz',
	]);
	const other = (await zones.list({ name: 'example.org' })).result[0]?.account;
	expect(other?.name).toBe('Other Account Name');
	expect(await names({ account: { id: other?.id ?? '' } })).toEqual(['example.org', 'twice.example']);
	expect(await names({ account: { name: 'starts_with:other' } })).toEqual(['example.org', 'twice.example']);
	expect(await names({ name: 'example.com', status: 'pending', match: 'any' })).toEqual([
		'example.com',
		'twice.example',
	]);
	expect((await zones.get(zone)).plan.legacy_id).toBe('enterprise');
});

test('zones.environments.list and user.tokens.verify answer as documented', async () => {
	const client = await connect();
	const { environments } = await client.zones.environments.list(zone);
	expect(environments.map(({ name }) => name)).toEqual(['Office IPs', 'Staging', 'Production']);
	expect((await client.user.tokens.verify())?.status).toBe('active');
});
