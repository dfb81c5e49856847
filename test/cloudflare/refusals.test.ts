/** Tests that each cause of a refusal gets its own advice, told by the codes and the form of the answer. */
import { describe, expect, test } from 'vitest';
import { failure, RAY, type Reply, startUpstream, success, withZone, ZONE_FACTS } from '../support/api.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

const edge = (status: number, type = 'application/problem+json'): Reply => ({
	status,
	headers: { 'content-type': type },
	body: JSON.stringify({ title: 'Error 1010: Access denied', status, error_code: 1010, cloudflare_error: true }),
});
const page: Reply = {
	status: 403,
	headers: { 'content-type': 'text/html' },
	body: '<!DOCTYPE html><title>Attention Required!</title>',
};
const UNKNOWN_TOKEN = 'The token is unknown, expired or disabled: the operator must set a valid one.';
const WRONG_KEY =
	'The e-mail address or the Global API Key is wrong: the operator must correct CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY.';
const FILTERED =
	"The token may not be used from this IP address. The operator must add the address to the token's Client IP Address Filtering, or use another token.";
const BLOCKED = 'Check the network, any VPN and any proxy of this computer, then call again.';

/** Refusals that have nothing to do with the rights of the token. */
const CAUSES: [what: string, Reply, next: string][] = [
	['an invalid token', failure(403, { code: 9109, message: 'Invalid access token' }), UNKNOWN_TOKEN],
	['an unknown token', failure(401, { code: 10000, message: 'Authentication error' }), UNKNOWN_TOKEN],
	['a wrong key', failure(403, { code: 9103, message: 'Unknown X-Auth-Key or X-Auth-Email' }), WRONG_KEY],
	[
		'a filter of IP addresses',
		failure(403, { code: 9109, message: 'Cannot use the access token from location: 203.0.113.7' }),
		FILTERED,
	],
	['a block of the edge', edge(403), BLOCKED],
	['a block of the edge that says it is JSON', edge(403, 'application/json'), BLOCKED],
	['a block page', page, BLOCKED],
];

async function callWith(tool: string, args: Record<string, unknown>, script: (target: string) => Reply) {
	const upstream = await startUpstream(({ target }) => script(target));
	const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
	return call(tool, args);
}

describe('A refusal because of', () => {
	test.each(CAUSES)('%s gets its own advice where a zone is looked up by name', async (_, refusal, next) => {
		const { text, isError } = await callWith('cache_reserve_get', { zone: ZONE }, () => refusal);
		expect(isError).toBe(true);
		expect(text.split('\n').at(-2)).toBe(next);
		expect(text).not.toMatch(/may not list zones|lacks a permission/);
	});

	test.each(CAUSES)('%s gets its own advice where a setting is read', async (_, refusal, next) => {
		const { text } = await callWith('cache_reserve_get', { zone: ZONE_ID }, (target) =>
			target.includes('cache_reserve') ? refusal : success(ZONE_FACTS),
		);
		expect(text.split('\n').at(-2)).toBe(next);
	});

	test.each(CAUSES)('%s is not told as a missing right in an overview', async (_, refusal) => {
		const { text } = await callWith('cache_overview', { zone: ZONE_ID }, (target) =>
			target.includes('cache_reserve')
				? success({ id: 'x', value: 'off' })
				: target.includes('/cache') || target.includes('argo')
					? refusal
					: success(ZONE_FACTS),
		);
		expect(text).toContain(`HTTP ${refusal.status}`);
		expect(text).not.toMatch(/Tiered Cache: the token may not read it/);
	});

	test('a zone that does not list is told with the permission', async () => {
		const { text } = await callWith('cache_reserve_get', { zone: ZONE }, () =>
			failure(403, { code: 10000, message: 'Authentication error' }),
		);
		expect(text).toContain('This token may not list zones');
	});

	test('an unknown zone id names that cause too', async () => {
		const { text } = await callWith('cache_reserve_get', { zone: ZONE_ID }, () =>
			failure(403, { code: 9109, message: 'Unauthorized to access requested resource' }),
		);
		expect(text).toContain('it needs Zone › Read on it. Or there is no such zone');
	});
});

describe('A block in front of the API', () => {
	test.each([edge(403), page])('is told without a word about the token, and keeps its source', async (refusal) => {
		const { text } = await callWith('cache_reserve_get', { zone: ZONE }, () => refusal);
		expect(text).not.toMatch(/token/i);
		expect(text.split('\n').at(-1)).toBe(`HTTP 403 · cf-ray ${RAY}`);
	});

	test('quotes the title that the edge gives', async () => {
		const { text } = await callWith('cache_reserve_get', { zone: ZONE }, () => edge(403));
		expect(text.split('\n')[0]).toBe('Cloudflare\'s edge answered in place of the API: "Error 1010: Access denied".');
	});

	test('changed nothing', async () => {
		const { text } = await callWith('purge_cache', { zone: ZONE_ID, tags: ['a'] }, (target) =>
			target.includes('purge') ? edge(403) : success(ZONE_FACTS),
		);
		expect(text.split('\n')[1]).toBe('Nothing was changed.');
	});
});

describe('A setting that the plan lacks', () => {
	const refusal = failure(401, { code: 1015, message: 'Not entitled to access this setting: tiered_caching' });

	test('with 401 and 1015 is told as such, not as a missing right', async () => {
		const upstream = await startUpstream(withZone(() => refusal));
		const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		const { text } = await call('tiered_cache_get', { zone: ZONE_ID });
		expect(text).toContain("The zone's plan or subscription does not include this.");
		expect(text).not.toMatch(/token/);
	});

	test('with 401 and 1015 is told as such in an overview', async () => {
		const upstream = await startUpstream(
			withZone(({ target }) => (target.includes('argo') ? refusal : success({ id: 'x', value: 'off' }))),
		);
		const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		expect((await call('cache_overview', { zone: ZONE_ID })).text).toContain('Tiered Cache: not in this plan');
	});
});
