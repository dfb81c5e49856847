/** Tests what purges and invalidations tell about the next request. */
import { expect, test } from 'vitest';
import { openSession, ZONE } from '../support/session.js';

test.for([
	[{ urls: ['https://www.example.com/a'] }, 'MISS'],
	[{ files: [{ url: 'https://www.example.com/a', headers: { Origin: 'https://www.example.com' } }] }, 'MISS'],
	[{ tags: ['a'] }, 'MISS, or EXPIRED with Tiered Cache'],
	[{ hosts: ['www.example.com'] }, 'MISS, or EXPIRED with Tiered Cache'],
	[{ prefixes: ['www.example.com/a'] }, 'MISS, or EXPIRED with Tiered Cache'],
	[{ urls: ['https://www.example.com/a'], tags: ['a'] }, 'MISS, or EXPIRED with Tiered Cache'],
] as const)('purge_cache %j says that the next request shows %s', async ([selectors, status]) => {
	const { call } = await openSession();
	const { text } = await call('purge_cache', { zone: ZONE, ...selectors });
	expect(text.split('\n')[1]).toBe(`The next request goes to the origin (CF-Cache-Status: ${status}).`);
});

test('invalidate_cache says that the next request is revalidated', async () => {
	const { call } = await openSession();
	const { text } = await call('invalidate_cache', { zone: ZONE, tags: ['a'] });
	expect(text.split('\n')[1]).toBe(
		'The next request is revalidated with the origin (CF-Cache-Status: REVALIDATED or EXPIRED).',
	);
});

test('purge_cache without anything to purge names the kinds of selectors, and sends nothing', async () => {
	const { call, requests } = await openSession();
	const { text, isError } = await call('purge_cache', { zone: ZONE });
	expect(isError).toBe(true);
	expect(text.split('\n')[0]).toBe(
		'Nothing was selected. Give at least one of urls, files, tags, hosts, prefixes, urls_file.',
	);
	expect(requests).toEqual([]);
});
