/** Tests what visitors get from the edge of a sandbox: out of its cache, from the origin, and after purges. */
import Cloudflare from 'cloudflare';
import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../../../src/sandbox/server.js';
import { createOrigin, visit } from '../../support/edge.js';
import { EXAMPLE_COM, EXAMPLE_NET, openSandbox, TOKEN } from '../../support/sandbox.js';

const APP = 'https://www.example.net/app.js';
const zone = { zone_id: EXAMPLE_NET };
const PHASE = 'http_request_cache_settings';

/** A sandbox with an origin and a clock of the test's, and the official client of its API. */
async function open(options: SandboxOptions = {}) {
	let time = Date.parse('2026-03-01T12:00:00Z');
	const origin = createOrigin();
	const sandbox = await openSandbox({ now: () => time, origin: origin.origin, ...options });
	const cloudflare = new Cloudflare({ apiToken: TOKEN, baseURL: sandbox.url, maxRetries: 0 });
	return {
		...origin,
		cloudflare,
		get: (url = APP, headers = {}) => visit(sandbox, url, { headers }),
		/** Statuses of so many visits, one after the other. */
		statuses: async (count: number, url = APP) => {
			const seen: string[] = [];
			for (let at = 0; at < count; at++) seen.push((await visit(sandbox, url)).cache);
			return seen;
		},
		head: () => visit(sandbox, APP, { method: 'HEAD' }),
		post: () => visit(sandbox, APP, { method: 'POST' }),
		later: (seconds: number) => {
			time += seconds * 1000;
		},
		rule: (action_parameters: object, expression = 'true', zone_id = EXAMPLE_NET) =>
			cloudflare.rulesets.phases.update(PHASE, {
				zone_id,
				rules: [{ action: 'set_cache_settings', action_parameters, expression } as never],
			}),
	};
}

describe('The edge', () => {
	test('stores what has a cached extension, and tells its age', async () => {
		const { get, later, count } = await open();
		expect(await get()).toMatchObject({ status: 200, cache: 'MISS', age: undefined });
		later(30);
		expect(await get()).toMatchObject({ cache: 'HIT', age: 30, headers: { etag: '"v1"' } });
		expect(count()).toBe(1);
	});

	test('has http and https apart, and hosts', async () => {
		const { statuses } = await open();
		expect(await statuses(1, APP)).toEqual(['MISS']);
		expect(await statuses(1, APP.replace('https:', 'http:'))).toEqual(['MISS']);
		expect(await statuses(1, APP.replace('www.', ''))).toEqual(['MISS']);
		expect(await statuses(1, `${APP}?v=2`)).toEqual(['MISS']);
	});

	test('fills the cache by HEAD, and passes on POST', async () => {
		const { head, post, get } = await open();
		expect((await post()).cache).toBe('DYNAMIC');
		expect((await head()).cache).toBe('MISS');
		expect((await get()).cache).toBe('HIT');
	});

	test('passes on a page without an extension until a rule makes it eligible', async () => {
		const { statuses, rule } = await open();
		const page = 'https://example.net/blog/one';
		expect(await statuses(2, page)).toEqual(['DYNAMIC', 'DYNAMIC']);
		await rule({ cache: true }, 'http.host eq "example.net" and starts_with(http.request.uri.path, "/blog")');
		expect(await statuses(2, page)).toEqual(['MISS', 'HIT']);
		expect(await statuses(1, 'https://example.net/shop')).toEqual(['DYNAMIC']);
	});

	test('passes on what a rule excludes, what has a query under cache level basic, and all in development mode', async () => {
		const { statuses, rule, cloudflare } = await open();
		await rule({ cache: false });
		expect(await statuses(1)).toEqual(['DYNAMIC']);
		await rule({});
		await cloudflare.zones.settings.edit('cache_level', { ...zone, value: 'basic' } as never);
		expect(await statuses(1, `${APP}?v=1`)).toEqual(['DYNAMIC']);
		await cloudflare.zones.settings.edit('development_mode', { ...zone, value: 'on' } as never);
		expect(await statuses(2)).toEqual(['DYNAMIC', 'DYNAMIC']);
	});

	test.each<[what: string, headers: Record<string, string>]>([
		['no-store', { 'cache-control': 'no-store' }],
		['private', { 'cache-control': 'private, max-age=60' }],
		['no-store for CDNs only', { 'cdn-cache-control': 'no-store', 'cache-control': 'max-age=60' }],
		['a cookie', { 'set-cookie': 'a=b', 'cache-control': 'max-age=60' }],
		['Vary: *', { vary: '*', 'cache-control': 'max-age=60' }],
	])('says BYPASS where the origin sends %s', async (_, headers) => {
		const { serve, statuses } = await open();
		serve({ headers });
		expect(await statuses(2)).toEqual(['BYPASS', 'BYPASS']);
	});

	test('says BYPASS to what is too large, and keeps an age of the origin', async () => {
		const { serve, get } = await open();
		serve({ headers: { age: '77' }, contentLength: 600 * 1024 * 1024 });
		expect(await get()).toMatchObject({ cache: 'BYPASS', age: 77 });
	});

	test('stores what a rule overrides, whatever the origin says, and takes the cookie out', async () => {
		const { serve, get, rule, later } = await open();
		serve({ headers: { 'cache-control': 'no-store', 'set-cookie': 'a=b' } });
		await rule({ edge_ttl: { mode: 'override_origin', default: 60 } });
		expect((await get()).cache).toBe('MISS');
		later(59);
		expect((await get()).headers['set-cookie']).toBeUndefined();
		later(1);
		expect((await get()).cache).toBe('EXPIRED');
	});

	test('checks max-age=0 each time, but refuses it on Enterprise', async () => {
		const { serve, statuses } = await open();
		serve({ headers: { 'cache-control': 'max-age=0', etag: '"v1"' } });
		expect(await statuses(3)).toEqual(['MISS', 'REVALIDATED', 'REVALIDATED']);
		serve({ headers: { 'cache-control': 'max-age=0', etag: '"v2"' } });
		expect(await statuses(1)).toEqual(['EXPIRED']);
		expect(await statuses(2, 'https://example.com/app.js')).toEqual(['BYPASS', 'BYPASS']);
	});

	test('serves the old answer while it updates, and while the origin fails', async () => {
		const { serve, get, statuses, later } = await open();
		serve({ headers: { 'cache-control': 'max-age=10, stale-while-revalidate=60, stale-if-error=600', etag: '"v1"' } });
		await get();
		later(20);
		serve({ headers: { 'cache-control': 'max-age=10, stale-if-error=600', etag: '"v2"' } });
		expect(await get()).toMatchObject({ cache: 'UPDATING', age: 20, headers: { etag: '"v1"' } });
		expect(await get()).toMatchObject({ cache: 'HIT', age: 0, headers: { etag: '"v2"' } });
		later(20);
		serve({ status: 503 });
		expect(await get()).toMatchObject({ status: 200, cache: 'STALE', age: 20 });
		serve('unreachable');
		expect(await statuses(1)).toEqual(['STALE']);
		expect(await get('https://example.net/other.js')).toMatchObject({ status: 522, cache: '' });
	});

	test('keeps devices, countries and listed headers apart where a rule says so', async () => {
		const { get, rule } = await open();
		await rule({ cache_key: { cache_by_device_type: true, custom_key: { header: { include: ['X-Shop'] } } } });
		expect((await get(APP)).cache).toBe('MISS');
		expect((await get(APP, { 'user-agent': 'iPhone Mobile' })).cache).toBe('MISS');
		expect((await get(APP, { 'user-agent': 'Firefox' })).cache).toBe('HIT');
		expect((await get(APP, { 'x-shop': 'de' })).cache).toBe('MISS');
	});

	test('answers 530, and nothing of the cache, for a host of no zone', async () => {
		const { get } = await open();
		expect(await get('https://nowhere.example/')).toMatchObject({ status: 530, cache: '' });
	});

	test('leaves out what only Cloudflare sees, and marks what is made up', async () => {
		const { serve, get } = await open();
		serve({ headers: { 'cache-tag': 'a', 'cloudflare-cdn-cache-control': 'max-age=60', server: 'nginx' } });
		const { headers } = await get();
		expect(headers).not.toHaveProperty('cache-tag');
		expect(headers).not.toHaveProperty('cloudflare-cdn-cache-control');
		expect(headers).toMatchObject({ server: 'cloudflare', sandbox: expect.stringMatching(/^invented \(/) });
		expect(headers['cf-ray']).toMatch(/^[0-9a-f]{16}-SIM$/);
	});
});

describe('After a purge', () => {
	test.each<[what: string, body: object, next: string]>([
		['of the URL', { files: [APP] }, 'MISS'],
		['of another URL', { files: [`${APP}?v=2`] }, 'HIT'],
		['of its tag', { tags: ['Product-1'] }, 'MISS'],
		['of its host', { hosts: ['www.example.net'] }, 'MISS'],
		['of another host', { hosts: ['example.net'] }, 'HIT'],
		['of a prefix', { prefixes: ['www.example.net/'] }, 'MISS'],
		['of a prefix that only begins like its path', { prefixes: ['www.example.net/ap'] }, 'HIT'],
		['of everything', { purge_everything: true }, 'MISS'],
	])('%s, the edge says what follows', async (_, body, next) => {
		const { serve, statuses, cloudflare } = await open();
		serve({ headers: { 'cache-tag': 'product-1, all' } });
		await statuses(2);
		await cloudflare.cache.purge({ ...zone, ...body } as never);
		expect(await statuses(1)).toEqual([next]);
	});

	test('of a tag, Tiered Cache makes it look expired, but not after a purge of the URL', async () => {
		const { serve, statuses, cloudflare } = await open();
		const url = 'https://example.com/app.js';
		const flagship = { zone_id: EXAMPLE_COM };
		serve({ headers: { 'cache-tag': 'a' } });
		await statuses(1, url);
		await cloudflare.cache.purge({ ...flagship, tags: ['a'] });
		expect(await statuses(2, url)).toEqual(['EXPIRED', 'HIT']);
		await cloudflare.cache.purge({ ...flagship, files: [url] });
		expect(await statuses(1, url)).toEqual(['MISS']);
	});

	test('of one device, the others stay; of a page that only GET makes eligible, all stay', async () => {
		const { get, statuses, rule, cloudflare } = await open();
		await rule({ cache_key: { cache_by_device_type: true } });
		const phone = { 'user-agent': 'iPhone Mobile' };
		await get();
		await get(APP, phone);
		const files = [{ url: APP, headers: { 'CF-Device-Type': 'mobile' } }];
		await cloudflare.cache.purge({ ...zone, files } as never);
		expect([(await get()).cache, (await get(APP, phone)).cache]).toEqual(['HIT', 'MISS']);
		const page = 'https://example.net/';
		await rule({ cache: true }, 'http.request.method eq "GET"');
		await statuses(1, page);
		await cloudflare.cache.purge({ ...zone, files: [page] });
		expect(await statuses(1, page)).toEqual(['HIT']);
	});
});

describe('After an invalidation', () => {
	test('the origin is asked: the same answer is revalidated, another one is expired', async () => {
		const { serve, statuses, cloudflare } = await open();
		await statuses(2);
		await cloudflare.cache.invalidate({ ...zone, files: [APP] });
		expect(await statuses(2)).toEqual(['REVALIDATED', 'HIT']);
		await cloudflare.cache.invalidate({ ...zone, files: [APP] });
		serve({ headers: { etag: '"v2"' } });
		expect(await statuses(2)).toEqual(['EXPIRED', 'HIT']);
	});

	test('stale-while-revalidate still serves the old answer once', async () => {
		const { serve, statuses, cloudflare } = await open();
		serve({ headers: { 'cache-control': 'max-age=60, stale-while-revalidate=60', etag: '"v1"' } });
		await statuses(1);
		await cloudflare.cache.invalidate({ ...zone, purge_everything: true });
		expect(await statuses(2)).toEqual(['UPDATING', 'HIT']);
	});
});
