/** Tests what purges and invalidations tell about the next request. */
import { describe, expect, test } from 'vitest';
import { startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { openSession, types, ZONE } from '../support/session.js';

test.for([
	[{ urls: ['https://www.example.com/a'] }, 'MISS'],
	[{ files: [{ url: 'https://www.example.com/a', headers: { Origin: 'https://www.example.com' } }] }, 'MISS'],
	[{ tags: ['a'] }, 'MISS, or EXPIRED with Tiered Cache'],
	[{ hosts: ['www.example.com'] }, 'MISS, or EXPIRED with Tiered Cache'],
	[{ prefixes: ['www.example.com/a'] }, 'MISS, or EXPIRED with Tiered Cache'],
	[{ urls: ['https://www.example.com/a'], tags: ['a'] }, 'MISS, or EXPIRED with Tiered Cache'],
] as const)('purge_cache %j says that the next request shows %s', async ([selectors, status]) => {
	const { call } = await openSession({ user: types(ZONE) });
	const { text } = await call('purge_cache', { zone: ZONE, ...selectors });
	expect(text.split('\n')[1]).toBe(`The next request goes to the origin (CF-Cache-Status: ${status}).`);
});

test.for([{ tags: ['a'] }, { hosts: ['www.example.com'] }, { prefixes: ['www.example.com/a'] }])(
	'purge_cache %j says that Cache Reserve keeps its storage',
	async (selectors) => {
		const { call } = await openSession({ user: types(ZONE) });
		const { text } = await call('purge_cache', { zone: ZONE, ...selectors });
		expect(text).toContain("Only a purge by URL frees Cache Reserve's storage.");
	},
);

test('invalidate_cache says that the next request is revalidated, and that the old copy may still be served', async () => {
	const { call } = await openSession();
	const { text } = await call('invalidate_cache', { zone: ZONE, tags: ['a'] });
	expect(text.split('\n').slice(1, 3)).toEqual([
		'The next request is revalidated with the origin (CF-Cache-Status: REVALIDATED or EXPIRED).',
		'The old copy may still be served (UPDATING or STALE) under stale-while-revalidate, or while the origin fails.',
	]);
	expect(text).not.toContain('Class A');
});

test('invalidate_cache of a URL says that Cache Reserve bills it', async () => {
	const { call } = await openSession();
	const { text } = await call('invalidate_cache', { zone: ZONE, urls: ['https://www.example.com/a'] });
	expect(text).toContain('With Cache Reserve, an invalidation by URL is a billed Class A operation.');
});

test.for([
	[{ status: 'pending' }, 'pending'],
	[{ status: 'moved' }, 'moved'],
	[{ paused: true }, 'paused: nothing is cached'],
	[{ development_mode: 7_200 }, 'development mode, cache bypassed for 7200 s'],
	[{ status: 'moved', paused: true }, 'moved, paused: nothing is cached'],
] as const)('a purge or invalidation of a zone that is %j says so', async ([state, remark]) => {
	const upstream = await startUpstream((request) =>
		success(request.method === 'GET' ? { ...ZONE_FACTS, ...state } : { id: ZONE_FACTS.id }),
	);
	const { call } = await openSession({ upstream: upstream.url, flags: ['--dangerously-skip-confirmation'] });
	for (const [tool, args] of [
		['purge_cache', { tags: ['a'] }],
		['invalidate_cache', { tags: ['a'] }],
		['purge_everything', {}],
		['invalidate_everything', {}],
	] as const) {
		const { text, structured } = await call(tool, { zone: ZONE_FACTS.id, ...args });
		expect(text).toContain(`The zone does not cache as usual now: ${remark}.`);
		expect(structured?.summary).toContain(remark);
	}
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

describe('a model that has only this one tool reads', () => {
	/** A tool that selects content, as it is listed. */
	const read = async (name: string) => {
		const { client } = await openSession();
		const { tools } = await client.listTools();
		const tool = tools.find((one) => one.name === name);
		const properties = tool?.inputSchema.properties as Record<string, { description: string; items?: unknown }>;
		return { description: tool?.description ?? '', properties };
	};

	test('in purge_cache which selector is for what, and what a purge of URLs leaves', async () => {
		const { description } = await read('purge_cache');
		expect(description).toContain(
			'urls for pages (Vary versions go along), tags or prefixes for groups, hosts for whole sites',
		);
		expect(description).toContain('urls leave versions by device, country, language or custom key');
		expect(description).toContain("Only urls and files free Cache Reserve's storage");
		expect(description).toContain('invalidate_cache spares the origin');
	});

	test.for(['purge_cache', 'purge_environment', 'invalidate_cache'])(
		'in %s the format of every selector, with an example where it has a form',
		async (name) => {
			const { properties } = await read(name);
			const text = (key: string) => properties[key]?.description;
			expect(text('urls')).toContain('Absolute URLs with query');
			expect(text('hosts')).toBe('Whole sites, e.g. www.example.com');
			expect(text('prefixes')).toContain('www.example.com/blog');
			expect(text('tags')).toContain('one per item');
			expect(text('urls_file')).toContain('relative to --files-root or the first root');
			expect(text('dry_run')).toBe('Only show the plan');
			const headers = JSON.stringify(properties.files?.items);
			for (const rule of [
				'CF-Device-Type mobile, desktop or tablet',
				'CF-IPCountry US',
				'Origin https://',
				'Accept-Language de',
			])
				expect(headers).toContain(rule);
		},
	);
});
