/** Tests the rules for the bodies of purges. */
import { describe, expect, test } from 'vitest';
import { EXAMPLE_COM, EXAMPLE_NET, openSandbox, type Reply, refusal, send, TOKEN } from '../support/sandbox.js';

const codeOf = ({ status, body }: Reply) => [status, body.errors[0]?.code];
const repeat = (item: string, times: number) => Array.from({ length: times }, () => item);

async function purge(body: unknown, id = EXAMPLE_COM, action = 'purge_cache') {
	return send(await openSandbox(), { method: 'POST', path: `/zones/${id}/${action}`, body });
}

describe('A purge of', () => {
	test.each<[string, unknown]>([
		['500 files on Enterprise', { files: repeat('https://www.example.com/a', 500) }],
		['100 of each kind together', { tags: repeat('a', 100), hosts: repeat('example.com', 100) }],
		['a tag of 1024 characters', { tags: ['a'.repeat(1024)] }],
		['a prefix with 31 separators', { prefixes: [`example.com${'/a'.repeat(31)}`] }],
		['a file with empty headers', { files: [{ url: 'https://example.com/', headers: {} }] }],
		['a file with a port, a query and letters beyond ASCII', { files: ['https://EXAMPLE.com:8443/ü?a=1'] }],
		['an empty list beside a full one', { files: [], tags: ['a'] }],
	])('%s is accepted', async (_, body) => {
		expect((await purge(body)).body.result).toEqual({ id: EXAMPLE_COM });
	});
});

describe('A purge with', () => {
	test.each<[string, unknown, number]>([
		['501 files on Enterprise', { files: repeat('https://www.example.com/a', 501) }, 1094],
		['101 tags', { tags: repeat('a', 101) }, 1101],
		['101 hosts', { hosts: repeat('example.com', 101) }, 1111],
		['101 prefixes', { prefixes: repeat('example.com/a', 101) }, 1111],
		['a URL of another host', { files: ['https://www.example.net/'] }, 1082],
		['a host that only ends like the zone', { files: ['https://badexample.com/'] }, 1082],
		['a file of an unknown scheme', { files: ['ftp://example.com/'] }, 1016],
		['a wildcard', { files: ['https://example.com/*'] }, 1016],
		['a file with headers null', { files: [{ url: 'https://example.com/', headers: null }] }, 1016],
		[
			'a file with a header that is not a string',
			{ files: [{ url: 'https://example.com/', headers: { A: 1 } }] },
			1016,
		],
		['a file that is not a URL', { files: [7] }, 1016],
		['a tag with a space', { tags: ['a b'] }, 1100],
		['a tag beyond ASCII', { tags: ['ü'] }, 1100],
		['an empty tag', { tags: [''] }, 1100],
		['a tag of 1025 characters', { tags: ['a'.repeat(1025)] }, 1100],
		['a host with a scheme', { hosts: ['https://example.com'] }, 1115],
		['a host with a port', { hosts: ['example.com:443'] }, 1115],
		['a host with a wildcard', { hosts: ['*.example.com'] }, 1115],
		['a host of another zone', { hosts: ['www.example.net'] }, 1115],
		['a host of 254 characters', { hosts: ['a'.repeat(254)] }, 1114],
		['a prefix with a scheme', { prefixes: ['https://example.com/a'] }, 1016],
		['a prefix with a query', { prefixes: ['example.com/a?b'] }, 1016],
		['a prefix with a fragment', { prefixes: ['example.com/a#b'] }, 1016],
		['a prefix with a leading slash', { prefixes: ['/a'] }, 1016],
		['a prefix with 32 separators', { prefixes: [`example.com${'/a'.repeat(32)}`] }, 1016],
		['a prefix of another zone', { prefixes: ['www.example.net/a'] }, 1082],
		['only empty lists', { files: [] }, 1012],
		['a list in place of an object', [], 1012],
		['null in place of an object', null, 1012],
		['no body', undefined, 1012],
		['a body that is not JSON', '{tags: [a]}', 1012],
		['a string among lists', { tags: ['a'], hosts: 'example.com' }, 1014],
	])('%s is refused', async (_, body, code) => {
		expect(codeOf(await purge(body))).toEqual([400, code]);
		expect(codeOf(await purge(body, EXAMPLE_COM, 'invalidate_cache'))).toEqual([400, code]);
	});

	test('a relative URL is refused in the words of the API', async () => {
		const message = 'Unable to purge /css/a.css, which is an invalid URL.';
		expect(refusal(await purge({ files: ['/css/a.css'] }))).toEqual([400, 1016, message]);
	});

	test('101 files on Pro is refused', async () => {
		const files = (count: number) => ({ files: repeat('https://example.net/', count) });
		expect((await purge(files(100), EXAMPLE_NET)).status).toBe(200);
		expect(codeOf(await purge(files(101), EXAMPLE_NET))).toEqual([400, 1094]);
	});

	test('JSON without a JSON content type is refused', async () => {
		const headers = { authorization: `Bearer ${TOKEN}`, 'user-agent': 'test', 'content-type': 'text/plain' };
		const path = `/zones/${EXAMPLE_COM}/purge_cache`;
		const reply = await send(await openSandbox(), { method: 'POST', path, headers, body: { tags: ['a'] } });
		expect(codeOf(reply)).toEqual([400, 1012]);
	});
});
