/** Tests what cache_inspect says of each status, from real exchanges with the edge of a sandbox, through a client. */
import Cloudflare from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../support/clock.js';
import { createOrigin } from '../../support/edge.js';
import { TOKEN } from '../../support/sandbox.js';
import { openSession } from '../../support/session.js';

const APP = 'https://www.example.net/app.js';
const NET = '1b5e0d3c2f4a69788796a5b4c3d2e1f0';

type Headers = Record<string, string | string[]>;
interface Inspection {
	requests: { status: number; cf_cache_status: string; age?: number }[];
	verdict: string;
	because: string[];
	cache_key: { key: string; traced: boolean; also: string[] };
	rules: { effect: string }[];
	purge_with?: Record<string, unknown>;
	not_seen: string[];
	next: string;
}

/** A session, the origin behind its sandbox, and the API by Cloudflare's own client. */
async function open(headers: Headers = { etag: '"v1"' }, tokens = {}) {
	const clock = createVirtualClock();
	const origin = createOrigin({ headers });
	const visits: unknown[] = [];
	let afterVisit: (() => unknown) | undefined;
	const session = await openSession({
		clock,
		sandbox: {
			now: clock.now,
			origin: origin.origin,
			tokens,
			onVisit: (visit) => {
				visits.push(visit);
				afterVisit?.();
				afterVisit = undefined;
			},
		},
	});
	const client = new Cloudflare({ apiToken: TOKEN, baseURL: session.sandboxUrl, maxRetries: 0 });
	return {
		...session,
		...origin,
		visits,
		clock,
		/** Does something right after the next visit, once. */
		onNextVisit: (act: () => unknown) => {
			afterVisit = act;
		},
		inspect: async (args: Record<string, unknown> = {}) => {
			const { structured, text, isError } = await session.call('cache_inspect', { url: APP, ...args });
			expect(isError, text).toBe(false);
			return { ...(structured?.result as Inspection), text };
		},
		put: (phase: string, ...rules: object[]) =>
			client.rulesets.phases.update(phase as never, { zone_id: NET, rules: rules as never }),
	};
}

const CACHE_RULES = 'http_request_cache_settings';
const rule = (action_parameters: object, more: object = {}) => ({
	action: 'set_cache_settings',
	expression: 'true',
	description: 'all',
	action_parameters,
	...more,
});

describe('cache_inspect', () => {
	test('says of a MISS and a HIT that it is cached, and gives the purge', async () => {
		const { inspect } = await open({ 'cache-control': 'max-age=60', etag: '"v1"' });
		const { text, requests, because, purge_with } = await inspect();
		expect(requests).toMatchObject([{ cf_cache_status: 'MISS' }, { cf_cache_status: 'HIT', age: 1 }]);
		expect(because).toEqual(['By Cache-Control it stays fresh for another 59 s.']);
		expect(purge_with).toEqual({ urls: [APP] });
		expect(text.split('\n')).toEqual([
			`"${APP}": MISS, then HIT (age 1 s) at SIM. It is cached since these requests: one of them stored it, and the last one found it.`,
			'Because: By Cache-Control it stays fresh for another 59 s.',
			'Cache key: scheme, host, path and query.',
			`To purge it: purge_cache {"zone":"example.net","urls":["${APP}"]}`,
			'This is what one visitor got in data centre SIM: others may get another copy.',
			'Next: Nothing needs to be mended. If it is old, update the origin first, and then purge it.',
		]);
		expect((await inspect({ repeat: 1 })).verdict).toBe('It is cached.');
	});

	test('says of one MISS that a second request would tell', async () => {
		const { inspect, count } = await open();
		const { verdict, next } = await inspect({ repeat: 1 });
		expect(verdict).toBe('It may be cached, and this data centre did not have it.');
		expect(next).toBe('Call again: a HIT then shows that it works.');
		expect(count()).toBe(1);
	});

	test('says of repeated misses what may differ in the key', async () => {
		const { inspect, put, call, onNextVisit } = await open({ vary: 'X-Shop' });
		await put(CACHE_RULES, rule({ cache_key: { custom_key: { header: { include: ['X-Shop'] } } } }));
		onNextVisit(() => call('purge_cache', { zone: 'example.net', prefixes: ['www.example.net/app.js'] }));
		const url = `${APP}?v=1`;
		const { because, cache_key, purge_with, requests } = await inspect({ url });
		expect(requests.map((one) => one.cf_cache_status)).toEqual(['MISS', 'MISS']);
		expect(because).toEqual([
			'The URL has a query: every other query, in any order, is another object.',
			'A rule that names the URL adds to the key: header "X-Shop".',
			'The origin sends Vary: "X-Shop".',
		]);
		expect(cache_key.also).toEqual(['header "X-Shop"']);
		expect(purge_with).toEqual({ prefixes: ['www.example.net/app.js'] });
	});

	test.each<[header: string, headers: Headers, because: string]>([
		['no-store', { 'cache-control': 'no-store' }, 'Cache-Control says "no-store".'],
		['private', { 'cache-control': 'private' }, 'Cache-Control says "private".'],
		[
			'no-store for CDNs',
			{ 'cdn-cache-control': 'no-store', 'cache-control': 'max-age=60' },
			'CDN-Cache-Control says "no-store".',
		],
		['a cookie', { 'set-cookie': 'session=secret-cookie' }, 'The answer sets a cookie (Set-Cookie).'],
		['Vary: *', { vary: '*' }, 'Vary is *, which no cache can match.'],
		[
			'what only Cloudflare sees',
			{ 'cloudflare-cdn-cache-control': 'no-store' },
			'No header that is visible here explains it: Cloudflare-CDN-Cache-Control, which Cloudflare removes, or a rule may have decided.',
		],
	])('says of BYPASS that %s decided', async (_, headers, because) => {
		const { inspect } = await open(headers);
		const found = await inspect();
		expect(found.requests.map((one) => one.cf_cache_status)).toEqual(['BYPASS', 'BYPASS']);
		expect(found.because).toEqual([because]);
		expect(found.purge_with).toBeUndefined();
		expect(found.text).not.toContain('secret-cookie');
	});

	test('says of BYPASS that the body is too large', async () => {
		const { inspect, serve } = await open();
		serve({ headers: {}, contentLength: 600 * 1024 ** 2 });
		expect((await inspect()).because).toEqual(['The body has 629,145,600 bytes, and the limit is 536,870,912.']);
	});

	test('says of BYPASS which rule decides what is stored', async () => {
		const { inspect, put } = await open();
		const noStore = { 'no-store': { operation: 'set' } };
		await put('http_response_cache_settings', rule(noStore, { action: 'set_cache_control' }));
		expect((await inspect()).because).toEqual(['The rule "all": changes Cache-Control: "no-store", if it matches.']);
		await put('http_response_cache_settings');
		await put(CACHE_RULES, rule({ edge_ttl: { mode: 'bypass_by_default' } }));
		expect((await inspect({ url: 'https://www.example.net/b.js' })).because).toEqual([
			'The rule "all": caches only what has Cache-Control, if it matches.',
		]);
	});

	test('says of BYPASS on Enterprise that a directive to check forbids to store', async () => {
		const { inspect } = await open({ 'cache-control': 'max-age=0' });
		const { because } = await inspect({ url: 'https://example.com/app.js' });
		expect(because).toEqual([
			'Cache-Control says "max-age=0". Without Origin Cache Control, that forbids to store it.',
		]);
	});

	test('says of DYNAMIC which extension, which rule or development mode decided', async () => {
		const { inspect, put, call } = await open();
		const page = { url: 'https://www.example.net/blog' };
		expect((await inspect(page)).because).toEqual([
			'The path has no extension that Cloudflare caches by default, and no rule that names the URL makes it eligible.',
		]);
		expect((await inspect({ url: 'https://www.example.net/feed.xml' })).because[0]).toMatch(
			/^The extension xml is not/,
		);
		await put(CACHE_RULES, rule({ cache: false }));
		const { because, rules } = await inspect();
		expect(because).toEqual(['The rule "all" bypasses the cache, if it matches.']);
		expect(rules).toMatchObject([{ effect: 'bypasses the cache' }]);
		await call('development_mode_edit', { zone: 'example.net', value: 'on' });
		const { because: also, verdict } = await inspect();
		expect(verdict).toBe('It is not cached: Cloudflare passes every such request on to the origin.');
		expect(also[0]).toMatch(/^Development mode is on for another 10,\d{3} s: nothing is cached meanwhile\.$/);
	});

	test('says of EXPIRED and REVALIDATED what the origin said, and why it is asked', async () => {
		const { inspect, serve } = await open({ 'cache-control': 'max-age=0', etag: '"v1"' });
		const because = ['Cache-Control says "max-age=0", so the origin is asked every time.'];
		const same = await inspect();
		expect(same.requests.map((one) => one.cf_cache_status)).toEqual(['MISS', 'REVALIDATED']);
		expect(same).toMatchObject({ because, verdict: expect.stringContaining('it is unchanged') });
		serve({ headers: { 'cache-control': 'max-age=0', etag: '"v2"' } });
		const other = await inspect({ repeat: 1 });
		expect(other.requests.map((one) => one.cf_cache_status)).toEqual(['EXPIRED']);
		expect(other).toMatchObject({ because, verdict: expect.stringContaining('got new content') });
	});

	test('says of UPDATING and STALE that visitors get the old copy', async () => {
		const headers = { 'cache-control': 'max-age=10, stale-while-revalidate=60', etag: '"v1"' };
		const { inspect, serve, clock } = await open(headers);
		await inspect({ repeat: 1 });
		clock.advance(20_000);
		expect(await inspect({ repeat: 1 })).toMatchObject({
			requests: [{ cf_cache_status: 'UPDATING', age: 20 }],
			because: ['Cache-Control allows it: stale-while-revalidate.'],
			verdict: 'Visitors get the old copy, while Cloudflare fetches the new one.',
		});
		clock.advance(100_000);
		serve('unreachable');
		expect(await inspect({ repeat: 1 })).toMatchObject({
			requests: [{ cf_cache_status: 'STALE', age: 100 }],
			next: 'Check the origin server.',
		});
	});

	test('says of an answer without a status that it did not pass the cache, and does not follow a redirect', async () => {
		const { inspect, serve, visits } = await open();
		serve('unreachable');
		expect(await inspect()).toMatchObject({
			requests: [{ status: 522, cf_cache_status: 'NONE' }, { status: 522 }],
			verdict: 'The answer did not pass the cache.',
			because: ['A Worker, a rule or Cloudflare itself may have answered.'],
		});
		serve({ status: 302, headers: { location: 'https://www.example.net/inner' } });
		expect((await inspect({ repeat: 1 })).because).toEqual([
			'HTTP 302 redirects to "https://www.example.net/inner". It was not followed.',
		]);
		expect(visits).toHaveLength(3);
	});
});

describe('The key that cache_inspect tells', () => {
	const byDevice = rule({ cache_key: { cache_by_device_type: true } });

	test('is that of Trace where it is asked for', async () => {
		const { inspect, put } = await open();
		await put(CACHE_RULES, byDevice);
		const { cache_key, text } = await inspect({ trace: true, headers: { 'user-agent': 'iPhone Mobile' } });
		expect(cache_key).toEqual({ key: `${APP} device=mobile`, traced: true, also: [] });
		expect(text).toContain(`Cache key by Trace: "${APP} device=mobile". Rules that name it: "all" key by device.`);
	});

	test('decides by which selector the object is purged', async () => {
		const { inspect, put } = await open();
		await put(CACHE_RULES, byDevice);
		expect((await inspect()).purge_with).toEqual({ prefixes: ['www.example.net/app.js'] });
		const headers = { 'CF-Device-Type': 'mobile' };
		const known = await inspect({ headers });
		expect(known.purge_with).toEqual({ files: [{ url: APP, headers }] });
		expect(known.not_seen).toContain('Cloudflare may overwrite CF-Device-Type.');
		await put(CACHE_RULES, rule({ cache: true }, { expression: 'http.request.method eq "GET"' }));
		const page = 'https://www.example.net/page.js';
		expect((await inspect({ url: page })).purge_with).toEqual({ urls: [page] });
		const named = 'http.request.method eq "GET" and ends_with(http.request.uri.path, "page.js")';
		await put(CACHE_RULES, rule({ cache: true }, { expression: named }));
		expect((await inspect({ url: page })).purge_with).toEqual({ prefixes: ['www.example.net/page.js'] });
	});
});

test('cache_inspect says which rules it could not read, and with which right it could', async () => {
	const permissions = ['Zone Read'];
	const { inspect } = await open({}, { 'test-token-0123456789': { permissions } });
	expect((await inspect({ trace: true })).not_seen.slice(1)).toEqual([
		'Cache Rules: not read, because the token lacks Cache Rules › Read.',
		'Cache Response Rules: not read, because the token lacks Cache Rules › Read.',
		'Page Rules: not read, because the token lacks Page Rules › Read.',
		'Cloudflare Trace: not read, because the token lacks Account › Allow Request Tracer Read.',
	]);
});
