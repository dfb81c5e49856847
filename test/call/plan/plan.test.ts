/** Plans: how lists are split into requests, and how many items a call may carry. */
import { describe, expect, test } from 'vitest';
import { openSession, types, ZONE } from '../../support/session.js';

const urls = (count: number) => Array.from({ length: count }, (_, at) => `https://www.example.com/${at}`);

describe('a purge', () => {
	test('of several kinds sends one request per kind', async () => {
		const { call, changes } = await openSession({ user: types(ZONE) });
		const { text, structured } = await call('purge_cache', {
			zone: ZONE,
			urls: urls(2),
			files: [{ url: 'https://www.example.com/', headers: { Origin: 'https://x.example' } }],
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
	])('for %s with %i URLs sends requests of the size that its plan allows', async ([zone, count, sizes]) => {
		const { call, changes } = await openSession();
		const list = urls(count).map((url) => url.replace('example.com', zone));
		await call('purge_cache', { zone, urls: list });
		const bodies = changes().map(({ body }) => (body as { files: string[] }).files);
		expect(bodies.map(({ length }) => length)).toEqual(sizes);
		expect(bodies.flat()).toEqual(list);
	});

	test('of 250 tags sends at most 100 per request, on Enterprise too', async () => {
		const { call, changes } = await openSession();
		await call('purge_cache', { zone: ZONE, tags: Array.from({ length: 250 }, (_, at) => `t${at}`) });
		expect(changes().map(({ body }) => (body as { tags: string[] }).tags.length)).toEqual([100, 100, 50]);
	});

	test('with --plan free keeps the limits of that plan', async () => {
		const { call, changes } = await openSession({ flags: ['--plan', 'free'] });
		await call('purge_cache', { zone: ZONE, urls: urls(150) });
		expect(changes()).toHaveLength(2);
	});

	test('says how many duplicates it left out', async () => {
		const { call } = await openSession();
		const { text, structured } = await call('purge_cache', { zone: ZONE, tags: ['a', 'a', 'a'] });
		expect(text).toContain('2 duplicates were left out.');
		expect(structured?.duplicates).toBe(2);
	});

	test('of 100,000 URLs is planned with its duration', async () => {
		const { call } = await openSession();
		const { structured } = await call('purge_cache', { zone: ZONE, urls: urls(100_000), dry_run: true });
		expect(structured?.plan).toMatchObject({
			requests: 200,
			items: { urls: 100_000 },
			tokens: { urls: 100_000 },
			seconds: 33,
		});
	});

	test('of 100,001 URLs is refused and sends nothing', async () => {
		const { call, changes } = await openSession();
		const { text } = await call('purge_cache', { zone: ZONE, urls: urls(100_001) });
		expect(text).toMatch(/^100,001 items exceed the limit of 100,000 per call\.\nNothing was changed\./);
		expect(changes()).toEqual([]);
	});

	test('of 5,001 URLs names the wrong one among them', async () => {
		const { call, requests } = await openSession();
		const { text } = await call('purge_cache', { zone: ZONE, urls: [...urls(5_000), '/wrong'] });
		expect(text).toMatch(/^urls\[5000\] is not an absolute URL: .*; got "\/wrong"/);
		expect(requests).toEqual([]);
	});
});
