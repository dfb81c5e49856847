/** Tests what the sandbox refuses, and how. */
import { describe, expect, test } from 'vitest';
import {
	addresses,
	EXAMPLE_COM,
	EXAMPLE_NET,
	EXAMPLE_ORG,
	mappings,
	openSandbox,
	type Reply,
	refusal,
	type Sent,
	send,
	TOKEN,
} from '../support/sandbox.js';

const Z = `/zones/${EXAMPLE_COM}`;
const REGIONS = `${Z}/origin/cloud_regions`;
const PURGE = `${Z}/purge_cache`;
const AWS = { vendor: 'aws', region: 'us-east-1' };
const get = (path: string): Sent => ({ method: 'GET', path });
const codeOf = ({ status, body }: Reply) => [status, body.errors[0]?.code];
const lost = (path: string) => [
	400,
	7003,
	`Could not route to /client/v4${path}, perhaps your object identifier is invalid?`,
];

describe('The router', () => {
	test.each([
		['GET', `${REGIONS}/batch`],
		['PUT', `${REGIONS}/supported_regions`],
		['DELETE', `${REGIONS}/supported_regions`],
		['DELETE', PURGE],
		['GET', PURGE],
		['GET', `${Z}/`],
		['GET', '/'],
		['GET', '/zones/example.com'],
		['GET', `/zones/${EXAMPLE_COM.toUpperCase()}`],
		['GET', `${REGIONS}/..`],
		['GET', `${REGIONS}/%2e%2e`],
		['GET', `${REGIONS}/../cloud_regions`],
		['GET', `/zones/${EXAMPLE_COM}%2Fpurge_cache`],
		['GET', `${Z}//purge_cache`],
		['GET', `${REGIONS}/%E0%A4%A`],
		['POST', `${Z}/environments/ffffffffffffffffffffffffffffffff/purge_cache`],
		['GET', '/constructor'],
	])('refuses %s %s as unknown', async (method, path) => {
		const reply = await send(await openSandbox(), { method, path, body: { purge_everything: true } });
		expect(refusal(reply)).toEqual(lost(path));
		expect(reply.body.errors[1]).toEqual({ code: 7000, message: 'No route for that URI' });
	});

	test('takes DELETE of `batch` for the batch and not for a mapping, however it is spelled', async () => {
		const sandbox = await openSandbox();
		for (const path of [`${REGIONS}/batch`, `${REGIONS}/%62atch`]) {
			const reply = await send(sandbox, { method: 'DELETE', path, body: ['192.0.2.1'] });
			expect(reply.body.result).toMatchObject({ failed: [{ origin_ip: '192.0.2.1' }], succeeded: [] });
		}
	});

	test('keeps an encoded slash inside its segment', async () => {
		const reply = await send(await openSandbox(), { method: 'DELETE', path: `${REGIONS}/batch%2F1` });
		expect(codeOf(reply)).toEqual([400, 1146]);
	});

	test('refuses paths outside the API as unknown', async () => {
		const reply = await send(await openSandbox(), get('/../v4/zones'));
		expect(codeOf(reply)).toEqual([400, 7003]);
	});
});

describe('A request with', () => {
	const usual = { 'user-agent': 'test' };
	const email = 'user@example.com';
	test.each<[string, Record<string, string>, number[], number?]>([
		['no credential', usual, [400, 9106]],
		['an e-mail without a key', { ...usual, 'x-auth-email': email }, [400, 9106]],
		['a token without Bearer', { ...usual, authorization: TOKEN }, [400, 6003], 6111],
		['a token of seven characters', { ...usual, authorization: 'Bearer seven77' }, [400, 6003], 6111],
		['a quoted token', { ...usual, authorization: `Bearer "${TOKEN}"` }, [400, 6003], 6111],
		['a token in place of a key', { ...usual, 'x-auth-email': email, 'x-auth-key': TOKEN }, [400, 6003], 6103],
		['no User-Agent', { authorization: `Bearer ${TOKEN}` }, [403, 10001]],
	])('%s is refused', async (_, headers, expected, chained) => {
		const reply = await send(await openSandbox(), { ...get(Z), headers });
		expect(codeOf(reply)).toEqual(expected);
		expect(reply.body.errors[0]?.error_chain?.[0]?.code).toBe(chained);
	});

	test('malformed credentials is refused before its route is known', async () => {
		const reply = await send(await openSandbox(), { ...get('/nowhere'), headers: usual });
		expect(codeOf(reply)).toEqual([400, 9106]);
	});

	test('a Global API Key is accepted by everything but tokens/verify', async () => {
		const sandbox = await openSandbox();
		const headers = { ...usual, 'x-auth-email': email, 'x-auth-key': 'c2547eb745079dac9320b638f5e225cf483cc' };
		expect((await send(sandbox, { ...get(Z), headers })).status).toBe(200);
		expect(codeOf(await send(sandbox, { ...get('/user/tokens/verify'), headers }))).toEqual([400, 6003]);
	});

	test('a restricted token may do only what its permissions say', async () => {
		const sandbox = await openSandbox({ tokens: { 'purge-only': { permissions: ['Cache Purge'] } } });
		const headers = { ...usual, authorization: 'Bearer purge-only', 'content-type': 'application/json' };
		const purge = { method: 'POST', path: PURGE, headers, body: { purge_everything: true } };
		expect((await send(sandbox, purge)).status).toBe(200);
		expect((await send(sandbox, { ...get(Z), headers })).status).toBe(200);
		for (const path of ['/zones', `${Z}/cache/cache_reserve`, REGIONS, `${Z}/environments`]) {
			const reply = await send(sandbox, { ...get(path), headers });
			expect(codeOf(reply)).toEqual([403, 10000]);
			expect(reply.body.errors[0]?.documentation_url).toContain('permissions');
		}
	});

	test('a token of one zone sees no other zone', async () => {
		const sandbox = await openSandbox({ tokens: { 'one-zone': { zones: [EXAMPLE_NET] } } });
		const headers = { ...usual, authorization: 'Bearer one-zone' };
		expect((await send(sandbox, { ...get('/zones'), headers })).body.result_info?.total_count).toBe(1);
		expect((await send(sandbox, { ...get(`/zones/${EXAMPLE_NET}`), headers })).status).toBe(200);
		expect(codeOf(await send(sandbox, { ...get(Z), headers }))).toEqual([403, 10000]);
	});
});

describe('A list', () => {
	test('has an empty page with true totals past its end', async () => {
		const sandbox = await openSandbox();
		await send(sandbox, { method: 'PUT', path: `${REGIONS}/batch`, body: mappings(3) });
		const { status, body } = await send(sandbox, get(`${REGIONS}?page=5&per_page=2`));
		expect([status, body.result]).toEqual([200, []]);
		expect(body.result_info).toEqual({ count: 0, page: 5, per_page: 2, total_count: 3, total_pages: 2 });
	});

	test.each([
		['mappings', `${REGIONS}?per_page=0`, 'invalid per_page parameter, must be between 1 and 100'],
		['mappings', `${REGIONS}?per_page=101`, 'invalid per_page parameter, must be between 1 and 100'],
		['mappings', `${REGIONS}?per_page=ten`, 'invalid per_page parameter, must be between 1 and 100'],
		['mappings', `${REGIONS}?page=0`, 'invalid page parameter, must be at least 1'],
		['mappings', `${REGIONS}?page=-1`, 'invalid page parameter, must be at least 1'],
		['zones', '/zones?per_page=4', 'invalid per_page parameter, must be between 5 and 50'],
		['zones', '/zones?per_page=51', 'invalid per_page parameter, must be between 5 and 50'],
	])('of %s is refused for %s', async (_, path, message) => {
		expect(refusal(await send(await openSandbox(), get(path)))).toEqual([400, 1146, message]);
	});
});

describe('A zone', () => {
	test.each([
		['Pro', 'cache_reserve', EXAMPLE_NET],
		['Pro', 'cache_reserve_clear', EXAMPLE_NET],
		['Pro', 'regional_tiered_cache', EXAMPLE_NET],
		['Free', 'variants', EXAMPLE_ORG],
	])('on the plan %s has no %s', async (_, setting, id) => {
		const sandbox = await openSandbox();
		const path = `/zones/${id}/cache/${setting}`;
		const method = setting === 'cache_reserve_clear' ? 'POST' : 'PATCH';
		expect(codeOf(await send(sandbox, get(path)))).toEqual([403, 1135]);
		expect(codeOf(await send(sandbox, { method, path, body: { value: 'on' } }))).toEqual([403, 1135]);
	});

	test('on the plan Pro has variants', async () => {
		expect(codeOf(await send(await openSandbox(), get(`/zones/${EXAMPLE_NET}/cache/variants`)))).toEqual([404, 1142]);
	});
});

describe('The origin address', () => {
	test.each(['1.2.3', '0x7f000001', '2130706433', '0x7f.0.0.1', '192.0.2.01', '192.0.2.0%2F24', '2001:db8::%2F32'])(
		'%s is refused',
		async (text) => {
			const sandbox = await openSandbox();
			const body = { ...AWS, origin_ip: decodeURIComponent(text) };
			expect(codeOf(await send(sandbox, get(`${REGIONS}/${text}`)))).toEqual([400, 1146]);
			expect(codeOf(await send(sandbox, { method: 'PUT', path: `${REGIONS}/${text}`, body }))).toEqual([400, 1146]);
			const batch = await send(sandbox, { method: 'PUT', path: `${REGIONS}/batch`, body: [body] });
			expect(batch.body.result).toMatchObject({ failed: [{ origin_ip: body.origin_ip }], succeeded: [] });
		},
	);

	test.each(['fe80::1%25eth0', '192.0.2.1%20', '::1.2.3', 'localhost', '256.0.0.1'])('%s is refused', async (text) => {
		expect(codeOf(await send(await openSandbox(), get(`${REGIONS}/${text}`)))).toEqual([400, 1146]);
	});

	test.each([
		['2001%3ADB8%3A%3A1', '2001:db8::1'],
		['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
		['::ffff:192.0.2.1', '::ffff:c000:201'],
	])('%s is stored as %s', async (text, canonical) => {
		const body = { ...AWS, origin_ip: decodeURIComponent(text) };
		const reply = await send(await openSandbox(), { method: 'PUT', path: `${REGIONS}/${text}`, body });
		expect(reply.body.result).toMatchObject({ origin_ip: canonical });
	});
});

describe('A batch of mappings', () => {
	test('with the 3,501st mapping is refused, as the mapping alone is, but a change of stored ones is not', async () => {
		const sandbox = await openSandbox();
		const batch = (body: unknown) => send(sandbox, { method: 'PUT', path: `${REGIONS}/batch`, body });
		for (let from = 0; from < 3500; from += 100) expect((await batch(mappings(100, from))).status).toBe(200);
		const full = [403, 1164, 'Maximum number of IP mappings configured for zone.'];
		const [extra] = mappings(1, 3500);
		expect(
			refusal(await send(sandbox, { method: 'PUT', path: `${REGIONS}/${extra?.origin_ip}`, body: extra })),
		).toEqual(full);
		expect(refusal(await batch([{ ...mappings(1)[0], region: 'us-west-2' }, extra]))).toEqual(full);
		const first = await send(sandbox, get(`${REGIONS}/${addresses(1)[0]}`));
		expect(first.body.result).toMatchObject({ region: 'us-east-1' });
		expect((await batch(mappings(100))).status).toBe(200);
	});

	test.each<[string, string, unknown]>([
		['PUT', 'no body', undefined],
		['DELETE', 'no body', undefined],
		['PUT', 'an object', mappings(1)[0]],
		['DELETE', 'an object', { origin_ips: ['192.0.2.1'] }],
		['PUT', '101 items', mappings(101)],
		['DELETE', '101 items', addresses(101)],
	])('is refused as a whole when it is a %s with %s', async (method, _, body) => {
		const sandbox = await openSandbox();
		expect(codeOf(await send(sandbox, { method, path: `${REGIONS}/batch`, body }))).toEqual([400, 1146]);
		expect((await send(sandbox, get(REGIONS))).body.result).toEqual([]);
	});

	test('reports malformed items one by one', async () => {
		const body = [null, 7, 'text', [], {}, { origin_ip: '192.0.2.1' }, { ...mappings(1)[0], vendor: 'constructor' }];
		const sandbox = await openSandbox();
		for (const method of ['PUT', 'DELETE']) {
			const reply = await send(sandbox, { method, path: `${REGIONS}/batch`, body });
			const { failed, succeeded } = reply.body.result as { failed: { error: string }[]; succeeded: unknown[] };
			expect([reply.status, failed.length, succeeded.length]).toEqual([200, body.length, 0]);
			expect(failed.every(({ error }) => error.length > 0)).toBe(true);
		}
	});
});
