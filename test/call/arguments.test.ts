/** Arguments as models really send them: accepted in canonical form, or refused before any request is sent. */
import { describe, expect, test } from 'vitest';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const purge = (args: Record<string, unknown>) => ['purge_cache', { zone: ZONE, ...args }] as const;

/** The refusals of every tool that takes an origin IP; none of them may send a request. */
async function refusalsOf(origin_ip: string): Promise<string[]> {
	const { call, requests } = await openSession();
	const place = { vendor: 'aws', region: 'us-east-1' };
	const refusals: string[] = [];
	for (const [tool, args] of [
		['origin_cloud_regions_get', { origin_ip }],
		['origin_cloud_regions_delete', { origin_ip }],
		['origin_cloud_regions_update', { origin_ip, ...place }],
		['origin_cloud_regions_bulk_delete', { origin_ips: [origin_ip] }],
		['origin_cloud_regions_bulk_update', { mappings: [{ origin_ip, ...place }] }],
	] as const) {
		const { text, isError } = await call(tool, { zone: ZONE, ...args });
		expect(isError, tool).toBe(true);
		refusals.push(text);
	}
	expect(requests).toEqual([]);
	return refusals;
}

describe('a call with wrong arguments says what to write instead and sends nothing:', () => {
	test.for<readonly [what: string, call: readonly [string, Record<string, unknown>], says: RegExp]>([
		['an unknown tool', ['purge_cach', { zone: ZONE }], /no tool "purge_cach"\. Did you mean "purge_cache"/],
		[
			'an unknown argument',
			purge({ tags: ['a'], url: 'x' }),
			/Unknown argument "url"\. purge_cache takes: zone, urls, files, tags/,
		],
		[
			'an unknown argument inside a list',
			[
				'origin_cloud_regions_bulk_update',
				{ zone: ZONE, mappings: [{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1', ip: 1 }] },
			],
			/Unknown argument "ip" in mappings\[0\]/,
		],
		['a missing zone', ['cache_reserve_get', {}], /^zone is required/],
		['a zone of the wrong type', ['cache_reserve_get', { zone: 5 }], /zone must be a string/],
		['a zone that cannot be one', ['cache_reserve_get', { zone: 'not a zone' }], /neither a domain name nor a zone id/],
		['no selector', purge({}), /Give at least one of urls, files, tags, hosts, prefixes/],
		['nothing but empty selectors', purge({ tags: [], urls: [], urls_file: '' }), /Give at least one of urls, files/],
		[
			'an empty list that is required',
			['origin_cloud_regions_bulk_update', { zone: ZONE, mappings: [] }],
			/mappings is empty/,
		],
		['a word where a list belongs', purge({ tags: 'blog' }), /tags must be an array, such as \["…"\]; got "blog"/],
		['a relative URL', purge({ urls: ['/a'] }), /urls\[0\] is not an absolute URL: write scheme, host and path/],
		['a URL without scheme', purge({ urls: ['www.example.com/a'] }), /is not an absolute URL/],
		['a URL of another scheme', purge({ urls: ['ftp://www.example.com/a'] }), /is not an absolute URL/],
		['a URL with a wildcard', purge({ urls: ['https://www.example.com/*'] }), /use prefixes/],
		['a URL with a fragment', purge({ urls: ['https://www.example.com/#top'] }), /fragment/],
		['a URL with credentials', purge({ urls: ['https://me:secret@www.example.com/'] }), /credentials/],
		['a URL with a space', purge({ urls: ['https://www.example.com/a b'] }), /percent-encode/],
		['a prefix with a scheme', purge({ prefixes: ['https://www.example.com/a?b'] }), /write www\.example\.com\/a[;.]/],
		['a prefix with a query', purge({ prefixes: ['www.example.com/a?b=c'] }), /write www\.example\.com\/a;/],
		['a prefix with a wildcard', purge({ prefixes: ['www.example.com/*'] }), /already covers everything below/],
		[
			'a prefix of 32 separators',
			purge({ prefixes: [`www.example.com${'/a'.repeat(32)}`] }),
			/more than 31 path separators/,
		],
		['a prefix that is a path', purge({ prefixes: ['/blog'] }), /must start with a host name/],
		['a host with a scheme and path', purge({ hosts: ['https://www.example.com/a'] }), /write www\.example\.com/],
		['a host with a wildcard', purge({ hosts: ['*.example.com'] }), /is not a host name/],
		['a tag with a space', purge({ tags: ['a b'] }), /printable ASCII without spaces/],
		['a tag of 1,025 characters', purge({ tags: ['a'.repeat(1025)] }), /longer than 1,024/],
		['two tags in one', purge({ tags: ['a,b'] }), /one tag per item/],
		[
			'headers of the wrong type',
			purge({ files: [{ url: 'https://www.example.com/', headers: ['x'] }] }),
			/files\[0\]\.headers must be an object/,
		],
		[
			'a header that would split the request',
			purge({ files: [{ url: 'https://www.example.com/', headers: { Origin: 'a\r\nb: c' } }] }),
			/control characters/,
		],
		[
			'on written as a boolean',
			['cache_reserve_edit', { zone: ZONE, value: true }],
			/^value must be one of on, off; got "true"\./,
		],
		[
			'a number where a list item must be one of few words',
			[
				'origin_cloud_regions_bulk_update',
				{ zone: ZONE, mappings: [{ origin_ip: '192.0.2.1', vendor: 1, region: 'x' }] },
			],
			/^mappings\[0\]\.vendor must be one of aws, azure, gcp, oci; got "1"\./,
		],
		['a missing value', ['cache_reserve_edit', { zone: ZONE }], /value is required: one of on, off/],
		[
			'variants of an unknown extension',
			['variants_edit', { zone: ZONE, mode: 'merge', value: { svg: ['image/webp'] } }],
			/must be one of avif/,
		],
		[
			'variants that are not images',
			['variants_edit', { zone: ZONE, mode: 'merge', value: { jpeg: ['text/html'] } }],
			/image MIME type/,
		],
		[
			'variants without a mode',
			['variants_edit', { zone: ZONE, value: { jpeg: ['image/webp'] } }],
			/mode is required: one of merge, replace/,
		],
		['a page of zero', ['origin_cloud_regions_list', { zone: ZONE, page: 0 }], /page must be at least 1/],
		[
			'a page size of 101',
			['origin_cloud_regions_list', { zone: ZONE, per_page: 101 }],
			/per_page must be at most 100/,
		],
		[
			'an unknown vendor',
			['origin_cloud_regions_update', { zone: ZONE, origin_ip: '192.0.2.1', vendor: 'ibm', region: 'x1' }],
			/vendor must be one of aws, azure, gcp, oci/,
		],
		[
			'a region with its vendor',
			['origin_cloud_regions_update', { zone: ZONE, origin_ip: '192.0.2.1', vendor: 'aws', region: 'aws:us-east-1' }],
			/write us-east-1/,
		],
		[
			'arguments that are a list',
			['cache_reserve_get', [] as unknown as Record<string, unknown>],
			/^MCP error -32602: Invalid tools\/call request: arguments must be an object$/,
		],
	])('%s', async ([, [tool, args], says]) => {
		const { call, requests } = await openSession();
		const answer = await call(tool, args).catch((error: Error) => ({
			text: error.message,
			isError: true,
			structured: undefined,
		}));
		expect(answer.isError).toBe(true);
		expect(answer.text).toMatch(says);
		expect(answer.structured).toBeUndefined();
		expect(requests).toEqual([]);
	});

	test.for([
		'batch',
		'supported_regions',
		'..',
		'../batch',
		'.',
		'',
		'192.0.2.1/24',
		'192.0.2.1/',
		'1.2.3',
		'0x7f000001',
		'2130706433',
		'01.2.3.4',
		'1.2.3.4:80',
		'localhost',
		'fe80::1%eth0',
		'[2001:db8::1]',
		'2001:db8::/32',
		'192.0.2.1%2f..',
	])('origin_ip %j, whatever tool takes it', async (ip) => {
		for (const text of await refusalsOf(ip)) expect(text).toContain('must be one plain IPv4 or IPv6 address');
	});

	test('an IPv4 address in IPv6 form as origin_ip, whatever tool takes it', async () => {
		for (const text of await refusalsOf('::ffff:192.0.2.1')) expect(text).toContain('write 192.0.2.1');
	});

	test('nine wrong items, of which it shows five and counts the rest', async () => {
		const { call } = await openSession();
		const { text } = await call('purge_cache', { zone: ZONE, urls: Array.from({ length: 9 }, (_, at) => `/${at}`) });
		expect(text).toContain('urls[4]');
		expect(text).not.toContain('urls[5]');
		expect(text).toContain('… and 4 more problems.');
	});
});

describe('a call accepts', () => {
	const sent = async (tool: string, args: Record<string, unknown>) => {
		const { call, changes } = await openSession({ user: types(ZONE) });
		const { text, isError } = await call(tool, { zone: ZONE, ...args });
		expect(isError, text).toBe(false);
		return changes().map(({ body }) => body);
	};

	test.for<readonly [what: string, args: Record<string, unknown>, bodies: unknown[]]>([
		['null for absent arguments', { tags: ['a'], urls: null, hosts: null, dry_run: null }, [{ tags: ['a'] }]],
		['a list as JSON text', { tags: '["a","b"]' }, [{ tags: ['a', 'b'] }]],
		[
			'objects as JSON text',
			{ files: '[{"url":"https://www.example.com/","headers":{"Origin":"https://x.example"}}]' },
			[{ files: [{ url: 'https://www.example.com/', headers: { Origin: 'https://x.example' } }] }],
		],
		['spaces around a value', { tags: [' a '] }, [{ tags: ['a'] }]],
		[
			'a URL with an upper-case scheme and host, and keeps its path',
			{ urls: ['HTTPS://WWW.Example.COM/Path?Q=1'] },
			[{ files: ['https://www.example.com/Path?Q=1'] }],
		],
		['a URL without path', { urls: ['https://www.example.com'] }, [{ files: ['https://www.example.com/'] }]],
		['an upper-case host', { hosts: ['WWW.EXAMPLE.COM'] }, [{ hosts: ['www.example.com'] }]],
		['a host name as a prefix', { prefixes: ['www.example.com'] }, [{ prefixes: ['www.example.com'] }]],
		['the same item twice, and sends it once', { tags: ['a', 'b', 'a'] }, [{ tags: ['a', 'b'] }]],
	])('%s', async ([, args, bodies]) => {
		expect(await sent('purge_cache', args)).toEqual(bodies);
	});

	test('a host name in the letters of its language, and sends punycode', async () => {
		expect(await sent('purge_cache', { hosts: ['Bücher.example.com'] })).toEqual([
			{ hosts: ['xn--bcher-kva.example.com'] },
		]);
	});

	test('an IPv6 address in any spelling, and sends its canonical form', async () => {
		expect(
			await sent('origin_cloud_regions_update', {
				origin_ip: '2001:0DB8:0:0::0001',
				vendor: 'AWS',
				region: 'us-east-1',
			}),
		).toEqual([{ origin_ip: '2001:db8::1', vendor: 'aws', region: 'us-east-1' }]);
	});

	test.for([true, 'true', 'TRUE', ' true '])('dry_run %j and changes nothing', async (dry_run) => {
		const { call, changes } = await openSession();
		expect((await call('purge_cache', { zone: ZONE, tags: ['a'], dry_run })).structured?.status).toBe('dry_run');
		expect(changes()).toEqual([]);
	});

	test.for(['yes', 1, 'ja', {}, ''])(
		'a boolean as dry_run only: %j is refused and nothing is purged',
		async (dry_run) => {
			const { call, requests } = await openSession();
			const { text } = await call('purge_cache', { zone: ZONE, tags: ['a'], dry_run });
			expect(text).toMatch(/dry_run must be a boolean/);
			expect(requests).toEqual([]);
		},
	);

	test('numbers as text', async () => {
		const { call, requests } = await openSession();
		await call('origin_cloud_regions_list', { zone: ZONE_ID, page: '2', per_page: '50' });
		expect(requests.at(-1)?.query).toBe('page=2&per_page=50');
	});

	test('no zone argument where a default zone is set', async () => {
		const { call } = await openSession({ flags: ['--zone', ZONE] });
		expect((await call('cache_reserve_get')).structured).toMatchObject({ zone: { id: ZONE_ID, name: ZONE } });
	});
});
