/** Tests that the sandbox marks what it makes up, and nothing else, so that it is not taken for Cloudflare's. */
import { describe, expect, test } from 'vitest';
import { openSandbox } from '../support/sandbox.js';
import { ZONE_ID } from '../support/session.js';

const ZONE = `/zones/${ZONE_ID}`;
const FREE = '/zones/2c6f1e4d305b7a8998a7b6c5d4e3f201';
const REGIONS = `${ZONE}/origin/cloud_regions`;
const OFFICE = `${ZONE}/environments/c1b2c3d4e5f60718293a4b5c6d7e`;
type Request = [method: string, path: string, body?: unknown];

/** The header of the last of these requests to a fresh sandbox. */
async function markAfter(...requests: Request[]): Promise<string | null> {
	const { url } = await openSandbox({ limits: 'strict' });
	let mark: string | null = null;
	for (const [method, path, body] of requests) {
		const headers = { authorization: 'Bearer test-token', 'user-agent': 'test', 'content-type': 'application/json' };
		const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
		const response = await fetch(url + path, init);
		await response.text();
		mark = response.headers.get('sandbox');
	}
	return mark;
}

const off: Request = ['PATCH', `${ZONE}/cache/cache_reserve`, { value: 'off' }];
const clear: Request = ['POST', `${ZONE}/cache/cache_reserve_clear`, {}];
const purge = (body: unknown, path = ZONE): Request => ['POST', `${path}/purge_cache`, body];
const purges = Array.from({ length: 26 }, () => purge({ tags: ['a'] }, FREE));

describe('The sandbox', () => {
	test.each<[what: string, mark: string, Request[]]>([
		['supported regions', 'regions and data centres', [['GET', `${REGIONS}/supported_regions`]]],
		[
			'their refusal while Tiered Cache is off',
			'status, code and message',
			[['GET', `${FREE}/origin/cloud_regions/supported_regions`]],
		],
		['the errors of items in a batch', 'errors of items', [['DELETE', `${REGIONS}/batch`, ['192.0.2.1']]]],
		['the refusal of a malformed item', 'status, code and message', [purge({ tags: ['ü'] })]],
		['the refusal of too many items', 'status, code and message', [purge({ hosts: Array(101).fill('a') })]],
		['the status of a purge without a selector', 'status', [purge({})]],
		[
			'the refusal of URLs in an environment',
			'status and message',
			[purge({ files: ['https://example.com/'] }, OFFICE)],
		],
		['environments of a smaller plan', 'the refusal of a smaller plan', [['GET', `${FREE}/environments`]]],
		['a second clear', 'a second clear', [off, clear, clear]],
		['the wait after too many purges', 'Retry-After', purges],
		['a body that is too large', 'code and message', [purge({ tags: ['x'.repeat(1_100_000)] })]],
	])('marks %s as invented', async (_, mark, requests) => {
		expect(await markAfter(...requests)).toBe(`invented (${mark})`);
	});

	test.each<[what: string, Request[]]>([
		['a purge', [purge({ tags: ['a'] })]],
		['a setting', [['GET', `${ZONE}/cache/cache_reserve`]]],
		['a setting that was never set', [['GET', `${ZONE}/cache/variants`]]],
		['a setting that the plan lacks', [['GET', `${FREE}/cache/variants`]]],
		['a first clear', [off, clear]],
		[
			'a batch without errors',
			[['PUT', `${REGIONS}/batch`, [{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' }]]],
		],
		['an unknown path', [['GET', '/nothing']]],
	])('does not mark %s', async (_, requests) => {
		expect(await markAfter(...requests)).toBeNull();
	});
});
