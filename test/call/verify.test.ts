/** Tests what a purge or an invalidation says with verify, from real exchanges with the edge of a sandbox. */
import Cloudflare from 'cloudflare';
import { describe, expect, test } from 'vitest';
import type { EdgeFetch, EdgeResponse } from '../../src/cloudflare/edge/edge-fetch.js';
import { NetworkError } from '../../src/errors.js';
import { createVirtualClock } from '../support/clock.js';
import { createOrigin } from '../support/edge.js';
import { TOKEN } from '../support/sandbox.js';
import { type ClientOptions, openSession } from '../support/session.js';

const NET = '1b5e0d3c2f4a69788796a5b4c3d2e1f0';
const APP = 'https://www.example.net/app.js';
const SEEN = 'Other data centres, countries and devices were not looked at.';
const STAYS =
	'What stays may be a version by device, country or header, another spelling of the URL, or cached by a rule for GET alone. Purge its prefix or tag; cache_inspect shows the key.';

type Headers = Record<string, string>;

/** A session whose sandbox shares its clock. `onPurge` happens right after each purge or invalidation. */
async function open(headers: Headers = { etag: '"v1"' }, options: ClientOptions = {}) {
	const clock = createVirtualClock();
	const origin = createOrigin({ headers });
	const visits: string[] = [];
	let onPurge: (() => unknown) | undefined;
	const session = await openSession({
		clock,
		...options,
		sandbox: {
			now: clock.now,
			origin: origin.origin,
			onVisit: ({ scheme, host, path }) => visits.push(`${scheme}://${host}${path}`),
			onRequest: ({ path }) => {
				if (path.endsWith('_cache')) onPurge?.();
			},
		},
	});
	const client = new Cloudflare({ apiToken: TOKEN, baseURL: session.sandboxUrl, maxRetries: 0 });
	return {
		...session,
		...origin,
		visits,
		clock,
		onPurge: (act: () => unknown) => {
			onPurge = () => {
				onPurge = undefined;
				act();
			};
		},
		/** Makes everything eligible for GET alone, so that no purge of a URL finds it. */
		hide: () =>
			client.rulesets.phases.update('http_request_cache_settings', {
				zone_id: NET,
				rules: [
					{
						action: 'set_cache_settings',
						expression: 'http.request.method eq "GET"',
						action_parameters: { cache_key: { cache_by_device_type: true } },
					} as never,
				],
			}),
		verify: async (tool: string, args: Record<string, unknown> = { urls: [APP] }) => {
			const { text, structured, isError } = await session.call(tool, { zone: 'example.net', ...args, verify: true });
			expect(isError, text).toBe(false);
			expect(structured?.status).toBe(args.dry_run ? 'dry_run' : 'done');
			expect(String(structured?.summary)).toContain(text.split('\n').at(-1));
			const lines = text.split('\n');
			const at = lines.findIndex((line) => /checked|^Checked|^Would fetch/.test(line));
			return { lines: lines.slice(at), urls: structured?.verification as Record<string, unknown>[] | undefined };
		},
	};
}

describe('A verified purge', () => {
	test('says that the URLs are gone, and that the origin still serves the old version', async () => {
		const { verify, clock } = await open();
		const { lines, urls } = await verify('purge_cache');
		expect(lines).toEqual([
			'Checked the URL at SIM: gone.',
			`The origin still serves the old version of "${APP}": deploy the new one, and then purge again.`,
			SEEN,
		]);
		expect(urls).toEqual([{ url: APP, verdict: 'gone', before: 'MISS', after: 'MISS', same_version: true }]);
		expect(clock.elapsed()).toBeGreaterThanOrEqual(2_000);
	});

	test('says nothing of the version where the origin has a new one', async () => {
		const { verify, onPurge, serve } = await open();
		onPurge(() => serve({ headers: { etag: '"v2"' } }));
		expect((await verify('purge_cache')).lines).toEqual(['Checked the URL at SIM: gone.', SEEN]);
	});

	test('compares Last-Modified where there is no ETag', async () => {
		const { verify } = await open({ 'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT' });
		expect((await verify('purge_cache')).urls).toMatchObject([{ same_version: true }]);
	});

	test('looks at five URLs, and names those that stay', async () => {
		const { verify, hide, visits } = await open();
		await hide();
		const urls = Array.from({ length: 7 }, (_, at) => `https://www.example.net/${at}.js`);
		const { lines } = await verify('purge_cache', { urls });
		expect(lines[0]).toMatch(
			/^Checked 5 of 7 URLs at SIM: 5 not purged \(HIT, age \d s\): "https:\/\/www\.example\.net\/0\.js", /,
		);
		expect(lines.slice(1)).toEqual([STAYS, SEEN]);
		expect(new Set(visits)).toEqual(new Set(urls.slice(0, 5)));
	});

	test('names the age of the one that stays beside those that are gone', async () => {
		const old = 'https://www.example.net/old.js';
		const { fetch, clock } = oneStays(old, 3_100);
		const { verify } = await open({}, { edge: fetch, clock });
		const urls = [...Array.from({ length: 4 }, (_, at) => `https://www.example.net/${at}.js`), old];
		expect((await verify('purge_cache', { urls })).lines[0]).toBe(
			`Checked all 5 URLs at SIM: 4 gone, 1 not purged (HIT, age 3,106 s): "${old}".`,
		);
	});

	test('takes a young HIT for a copy that was cached anew', async () => {
		const { verify, onPurge, call } = await open();
		await call('cache_inspect', { url: APP });
		onPurge(() => call('cache_inspect', { url: APP, repeat: 1 }));
		const { lines, urls } = await verify('purge_cache');
		expect(lines[0]).toBe('Checked the URL at SIM: gone and cached anew.');
		expect(urls).toMatchObject([{ before: 'HIT', after: 'HIT', verdict: 'refilled' }]);
	});

	test.each<[status: string, headers: Headers, after?: 'unreachable']>([
		['REVALIDATED', { 'cache-control': 'max-age=0', etag: '"v1"' }],
		['UPDATING', { 'cache-control': 'max-age=1, stale-while-revalidate=600', etag: '"v1"' }],
		['STALE', { 'cache-control': 'max-age=1', etag: '"v1"' }, 'unreachable'],
	])('takes %s for a copy that was not purged', async (status, headers, then) => {
		const { verify, hide, onPurge, serve } = await open(headers);
		await hide();
		if (then) onPurge(() => serve(then));
		const { lines, urls } = await verify('purge_cache');
		expect(urls).toMatchObject([{ verdict: 'stays', after: status }]);
		expect(urls?.[0]).not.toHaveProperty('same_version');
		expect(lines[1]).toBe(STAYS);
	});

	test.each<[what: string, url: string, headers: Headers]>([
		['DYNAMIC', 'https://www.example.net/page', {}],
		['BYPASS', APP, { 'cache-control': 'no-store' }],
	])('says of %s that a purge shows no effect', async (status, url, headers) => {
		const { verify } = await open(headers);
		const { lines, urls } = await verify('purge_cache', { urls: [url] });
		expect(lines).toEqual([
			'Checked the URL at SIM: not served from the cache.',
			'Where nothing is served from the cache, a purge shows no effect.',
			SEEN,
		]);
		expect(urls).toMatchObject([{ verdict: 'uncached', after: status }]);
	});

	test('sends the headers of files along, and leaves out what it cannot send', async () => {
		const { verify, visits } = await open();
		const files = [
			{ url: APP, headers: { Origin: 'https://app.example.com' } },
			{ url: 'https://www.example.net/b.js', headers: { 'X-Shop': 'de' } },
			{ url: 'https://www.example.net:8443/c.js', headers: { Origin: 'https://app.example.com' } },
		];
		expect((await verify('purge_cache', { files })).lines[0]).toBe('Checked 1 of 3 URLs at SIM: gone.');
		expect(new Set(visits)).toEqual(new Set([APP]));
	});

	test('of an environment is verified too', async () => {
		const { verify } = await open({ etag: '"v1"' });
		const args = { zone: 'example.com', environment_id: 'Production', urls: ['https://example.com/app.js'] };
		expect((await verify('purge_environment', args)).lines[0]).toBe('Checked the URL at SIM: gone.');
	});
});

describe('A verified invalidation', () => {
	test('says of REVALIDATED and EXPIRED that the copy was invalidated, and nothing of the version', async () => {
		const { verify, onPurge, serve } = await open();
		const same = await verify('invalidate_cache');
		expect(same.lines).toEqual(['Checked the URL at SIM: invalidated.', SEEN]);
		onPurge(() => serve({ headers: { etag: '"v2"' } }));
		expect((await verify('invalidate_cache')).urls).toMatchObject([{ after: 'EXPIRED', verdict: 'invalidated' }]);
	});

	test.each<[status: string, headers: Headers, after?: 'unreachable']>([
		['UPDATING', { 'cache-control': 'max-age=60, stale-while-revalidate=60', etag: '"v1"' }],
		['STALE', { 'cache-control': 'max-age=60', etag: '"v1"' }, 'unreachable'],
	])('says of %s that visitors may still get the old copy', async (status, headers, then) => {
		const { verify, onPurge, serve } = await open(headers);
		if (then) onPurge(() => serve(then));
		const { lines, urls } = await verify('invalidate_cache');
		expect(urls).toMatchObject([{ after: status, verdict: 'marked' }]);
		expect(lines.slice(0, 2)).toEqual([
			expect.stringMatching(`^Checked the URL at SIM: marked \\(${status}, age \\d s\\): "${APP}"\\.$`),
			'Of what is marked, visitors may still get the old copy.',
		]);
	});

	test('says of MISS that it is gone, and of an old HIT that it was not invalidated', async () => {
		const gone = await open();
		gone.onPurge(() => gone.call('purge_cache', { zone: 'example.net', urls: [APP] }));
		expect((await gone.verify('invalidate_cache')).urls).toMatchObject([{ after: 'MISS', verdict: 'gone' }]);
		const hidden = await open();
		await hidden.hide();
		const { lines } = await hidden.verify('invalidate_cache');
		expect(lines[0]).toMatch(/^Checked the URL at SIM: not invalidated \(HIT, age \d s\): /);
	});
});

/** An edge at which one URL stays in the cache, and all others are gone after the first look. */
function oneStays(url: string, ageSeconds: number) {
	const clock = createVirtualClock();
	const seen = new Set<string>();
	const answer = (headers: Headers): EdgeResponse => ({
		status: 200,
		setsCookie: false,
		headers: { 'cf-ray': '8f0c1a2b3c4d5e6f-SIM', ...headers },
	});
	const fetch: EdgeFetch = async (request) => {
		const isFirst = !seen.has(request.url);
		seen.add(request.url);
		const age = String(Math.floor(ageSeconds + clock.elapsed() / 1000));
		return answer(request.url === url || isFirst ? { 'cf-cache-status': 'HIT', age } : { 'cf-cache-status': 'MISS' });
	};
	return { clock, fetch };
}

describe('Verifying', () => {
	test('never fails the purge, whatever becomes of the visits', async () => {
		const edge: EdgeFetch = async () => {
			throw new NetworkError('www.example.net could not be fetched (ENOTFOUND).', { sent: false, advice: '' });
		};
		const { verify, changes } = await open({}, { edge });
		const { lines, urls } = await verify('purge_cache');
		expect(lines).toEqual(['None of the URLs could be fetched, so nothing was checked.']);
		expect(urls).toBeUndefined();
		expect(changes()).toHaveLength(1);
	});

	test('ends where no visit gets an answer', async () => {
		const edge: EdgeFetch = ({ signal }) =>
			new Promise((_, reject) => {
				const failure = new NetworkError('late', { sent: true, advice: '' });
				if (signal?.aborted) reject(failure);
				signal?.addEventListener('abort', () => reject(failure));
			});
		const clock = createVirtualClock();
		const { verify, changes } = await open({}, { edge, clock });
		expect((await verify('purge_cache')).lines).toEqual(['None of the URLs could be fetched, so nothing was checked.']);
		expect(changes()).toHaveLength(1);
		expect(clock.elapsed()).toBeLessThanOrEqual(41_000);
	});

	test('asks once more where a HIT has no age', async () => {
		let count = 0;
		const edge: EdgeFetch = async () => {
			count++;
			const headers = count < 3 ? { 'cf-cache-status': 'HIT' } : { 'cf-cache-status': 'HIT', age: '0' };
			return { status: 200, headers, setsCookie: false };
		};
		const { verify } = await open({}, { edge });
		expect((await verify('purge_cache')).urls).toMatchObject([{ verdict: 'refilled' }]);
		expect(count).toBe(3);
	});

	test('fetches nothing for tags, and says so', async () => {
		const { verify, visits } = await open();
		const says = 'Nothing was checked: verify looks at URLs, and the call names none that can be fetched from here.';
		expect((await verify('purge_cache', { tags: ['a'] })).lines.at(-1)).toBe(says);
		expect(visits).toEqual([]);
	});

	test('fetches nothing in a dry run, and before consent', async () => {
		const { verify, visits, call } = await open();
		const { lines } = await verify('purge_cache', { urls: [APP], dry_run: true });
		expect(lines).toEqual(['Would fetch the URL before and after it.']);
		const hosts = { urls: [APP], hosts: ['www.example.net'] };
		const { structured } = await call('purge_cache', { zone: 'example.net', ...hosts, verify: true });
		expect(structured?.status).toBe('confirmation_required');
		expect(visits).toEqual([]);
	});
});
