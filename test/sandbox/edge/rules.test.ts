/** Tests the rules about caching that the sandbox stores, evaluates and traces, through Cloudflare's official client. */
import Cloudflare, { APIError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { matchesExpression } from '../../../src/sandbox/edge/expression.js';
import { readVisit } from '../../../src/sandbox/edge/visit.js';
import { visit } from '../../support/edge.js';
import { EXAMPLE_COM, EXAMPLE_NET, openSandbox, TOKEN } from '../../support/sandbox.js';

const zone = { zone_id: EXAMPLE_NET };
const REQUEST = 'http_request_cache_settings';
const RESPONSE = 'http_response_cache_settings';

async function open(tokens = {}) {
	const sandbox = await openSandbox({ tokens });
	return { sandbox, client: new Cloudflare({ apiToken: TOKEN, baseURL: sandbox.url, maxRetries: 0 }) };
}

const failureOf = (call: PromiseLike<unknown>) =>
	Promise.resolve(call).then(
		() => undefined,
		(error: unknown) => (error instanceof APIError ? [error.status, error.errors[0]?.code] : error),
	);

describe('An expression', () => {
	const target = '/blog/a.html?lang=de';
	const about = readVisit({ method: 'GET', scheme: 'https', host: 'www.example.com', target, headers: {} });

	test.each([
		['true', true],
		['http.host eq "www.example.com"', true],
		['(http.host eq "example.com") or (http.request.uri.path contains "blog")', true],
		['http.host in {"a.example.com" "www.example.com"} and not ssl', false],
		['starts_with(http.request.uri.path, "/blog/") && http.request.method != "POST"', true],
		['ends_with(lower(http.request.uri.path), ".HTML")', false],
		['http.request.full_uri wildcard r"https://*.example.com/blog/*"', true],
		['http.request.uri.path.extension eq "html" and http.request.uri.query eq "lang=de"', true],
		['http.response.code in {404 410}', true],
		['not (ssl or http.host eq "x")', false],
	])('%s is %s', (expression, expected) => {
		expect(matchesExpression(expression, { visit: about, status: 404 })).toBe(expected);
	});

	test.each(['ip.src eq 1.2.3.4', 'http.host eq', 'true true', 'any(http.request.headers["a"][*] eq "b")', '', '"a'])(
		'never matches where it is unknown or broken: %s',
		(expression) => {
			expect(matchesExpression(expression, { visit: about })).toBe(false);
		},
	);
});

describe('The rules of a phase', () => {
	test('are missing until they are put, and are then read as they are', async () => {
		const { phases } = (await open()).client.rulesets;
		expect(await failureOf(phases.get(REQUEST, zone))).toEqual([404, 10003]);
		const rule = { action: 'set_cache_settings', expression: 'ssl', action_parameters: { cache: true } };
		await phases.update(REQUEST, { ...zone, rules: [{ ...rule, description: 'all', enabled: false } as never] });
		const { rules, phase, kind } = await phases.get(REQUEST, zone);
		expect({ phase, kind }).toEqual({ phase: REQUEST, kind: 'zone' });
		expect(rules).toEqual([
			{ ...rule, description: 'all', enabled: false, id: expect.stringMatching(/^[0-9a-f]{32}$/) },
		]);
		expect(await failureOf(phases.get(REQUEST, { zone_id: EXAMPLE_COM }))).toEqual([404, 10003]);
	});

	test('are refused with an action of another phase', async () => {
		const { phases } = (await open()).client.rulesets;
		const rules = [{ action: 'block', expression: 'true' } as never];
		expect(await failureOf(phases.update(REQUEST, { ...zone, rules }))).toEqual([400, 1146]);
	});

	test('need the permission for cache settings', async () => {
		const { phases } = (await open({ [TOKEN]: { permissions: ['Zone Settings Read'] } })).client.rulesets;
		expect(await failureOf(phases.get(REQUEST, zone))).toEqual([403, 10000]);
	});

	test('about answers decide what is stored: the last one that matches wins', async () => {
		const { sandbox, client } = await open();
		const control = (directives: object) =>
			({ action: 'set_cache_control', expression: 'true', action_parameters: directives }) as never;
		const put = (...rules: never[]) => client.rulesets.phases.update(RESPONSE, { ...zone, rules });
		await put(control({ 'no-store': { operation: 'set' } }));
		expect((await visit(sandbox, 'https://example.net/a.js')).cache).toBe('BYPASS');
		await put(control({ 'no-store': { operation: 'set' } }), control({ 'no-store': { operation: 'remove' } }));
		expect((await visit(sandbox, 'https://example.net/a.js')).cache).toBe('MISS');
	});

	test('about answers set tags, by which the answer is purged', async () => {
		const { sandbox, client } = await open();
		const action_parameters = { operation: 'add', values: ['group'] };
		const rules = [{ action: 'set_cache_tags', expression: 'true', action_parameters } as never];
		await client.rulesets.phases.update(RESPONSE, { ...zone, rules });
		await visit(sandbox, 'https://example.net/a.js');
		await client.cache.purge({ ...zone, tags: ['group'] });
		expect((await visit(sandbox, 'https://example.net/a.js')).cache).toBe('MISS');
	});
});

test('A Page Rule makes what it matches eligible, and is listed while it is active', async () => {
	const { sandbox, client } = await open();
	const targets = [{ target: 'url', constraint: { operator: 'matches', value: '*example.net/shop/*' } }];
	const actions = [{ id: 'cache_level', value: 'cache_everything' }];
	await client.pageRules.create({ ...zone, targets, actions, status: 'active' } as never);
	expect((await visit(sandbox, 'https://www.example.net/shop/1')).cache).toBe('MISS');
	expect((await visit(sandbox, 'https://www.example.net/blog/1')).cache).toBe('DYNAMIC');
	expect(await client.pageRules.list({ ...zone, status: 'active' })).toMatchObject([{ targets, actions }]);
});

describe('A trace', () => {
	const account_id = '01a7362d577a6c3019a474fd6f485823';

	test('shows the rules that matched, and the key with the device and the country that was asked for', async () => {
		const { client } = await open();
		const action_parameters = { cache_key: { custom_key: { user: { device_type: true, geo: true } } } };
		const rule = { action: 'set_cache_settings', action_parameters };
		const rules = [{ ...rule, expression: 'ssl' } as never, { ...rule, expression: 'not ssl' } as never];
		await client.rulesets.phases.update(REQUEST, { ...zone, rules });
		const traced = await client.requestTracers.traces.create({
			account_id,
			method: 'GET',
			url: 'https://www.example.net/a.js?b=1',
			headers: { 'User-Agent': 'iPhone Mobile' },
			context: { geoloc: { iso_code: 'DE' } },
		} as never);
		expect(traced.trace).toMatchObject([
			{ type: 'phase', matched: true, trace: [{ matched: true }, { matched: false }] },
			{
				type: 'cache',
				cache: {
					key: { scheme: 'https', host: 'www.example.net', uri: '/a.js?b=1' },
					key_string: 'https://www.example.net/a.js?b=1 device=mobile country=DE',
				},
			},
		]);
	});

	test('is refused for another account, and for a URL of no zone', async () => {
		const { traces } = (await open()).client.requestTracers;
		const trace = (account: string, url: string) =>
			failureOf(traces.create({ account_id: account, method: 'GET', url }));
		expect(await trace('0'.repeat(32), 'https://example.net/')).toEqual([403, 10000]);
		expect(await trace(account_id, 'https://example.org/')).toEqual([400, 1004]);
	});
});
