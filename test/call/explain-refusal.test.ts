/** Tests what a refusal is said to mean for the zone, its plan and the operation. */
import { describe, expect, test } from 'vitest';
import { failure, type Reply, type Script, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { openSandbox } from '../support/sandbox.js';
import { openSession, ZONE_ID } from '../support/session.js';

const NOT_IN_PLAN = failure(403, { code: 1135, message: 'Sorry, this zone setting is not available for your plan.' });
const NOT_ENTITLED = failure(401, { code: 1015, message: 'Not entitled to access this setting' });
const NO_ROUTE = failure(400, { code: 7003, message: 'Could not route' }, { code: 7000, message: 'No route' });
const ENVIRONMENT = { environment_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90' };
const REGION = { vendor: 'aws', region: 'us-east-1' };
const SUPPORTED = 'origin_cloud_regions_supported';

/** The advice to a call on a zone of this plan whose requests, other than look-ups, get `refusal`. */
async function adviceTo(tool: string, args: object, refusal: Reply, plan = 'free', flags: string[] = []) {
	const upstream = await startUpstream(({ target }) =>
		target === `/zones/${ZONE_ID}` ? success({ ...ZONE_FACTS, plan: { legacy_id: plan } }) : refusal,
	);
	const session = await openSession({
		upstream: upstream.url,
		flags: ['--retries', '0', '--dangerously-skip-confirmation', ...flags],
	});
	const { text, isError } = await session.call(tool, { zone: ZONE_ID, ...args });
	expect(isError).toBe(true);
	return text.split('\n').at(-2);
}

describe('A feature that the zone does not have', () => {
	const BUY = 'Do not retry until the user has bought it.';

	test.each<[tool: string, args: object, plan: string, advice: string]>([
		['cache_reserve_get', {}, 'free', `on any plan, and example.com is on free. ${BUY}`],
		['cache_reserve_edit', { value: 'on' }, 'enterprise', `on any plan, and example.com is on enterprise. ${BUY}`],
		['cache_reserve_clear', {}, 'business', `on any plan, and example.com is on business. ${BUY}`],
	])('is, for %s, a subscription of Cache Reserve, whatever the plan', async (tool, args, plan, advice) => {
		const text = `Cache Reserve needs a paid subscription of its own, ${advice}`;
		expect(await adviceTo(tool, args, NOT_IN_PLAN, plan)).toBe(text);
	});

	test.each(['regional_tiered_cache_get', 'regional_tiered_cache_edit'])('is Enterprise for %s', async (tool) => {
		const args = tool.endsWith('edit') ? { value: 'on' } : {};
		expect(await adviceTo(tool, args, NOT_IN_PLAN, 'business')).toBe(
			`Regional Tiered Cache needs Enterprise, and example.com is on business. ${BUY}`,
		);
	});

	test.each(['variants_get', 'variants_edit', 'variants_delete'])('is Pro or more for %s', async (tool) => {
		const args = tool.endsWith('edit') ? { value: { jpeg: ['image/webp'] }, mode: 'replace' } : {};
		expect(await adviceTo(tool, args, NOT_IN_PLAN)).toBe(
			`Image variants need Pro, Business or Enterprise, and example.com is on free. ${BUY}`,
		);
	});

	test.each<[string, object]>([
		['environments_list', {}],
		['purge_environment', { ...ENVIRONMENT, tags: ['a'] }],
		['invalidate_cache', { ...ENVIRONMENT, tags: ['a'] }],
	])('is Enterprise for environments (%s)', async (tool, args) => {
		expect(await adviceTo(tool, args, NOT_IN_PLAN)).toContain(
			'Environments need Enterprise with Version Management, and example.com is on free.',
		);
	});

	test.each<[string, object]>([
		['tiered_cache_get', {}],
		['invalidate_cache', { tags: ['a'] }],
	])('is not guessed where it is not known (%s)', async (tool, args) => {
		expect(await adviceTo(tool, args, NOT_ENTITLED)).toMatch(
			/^The zone's plan or subscription does not include this\./,
		);
	});

	test('is not said to need the plan that the zone has', async () => {
		expect(await adviceTo('variants_get', {}, NOT_IN_PLAN, 'pro')).toBe(
			"Image variants need Pro, Business or Enterprise, and example.com is on pro. Ask Cloudflare's support why the zone lacks it.",
		);
	});

	test('is told without the plan where that is unknown', async () => {
		expect(await adviceTo('variants_get', {}, NOT_IN_PLAN, 'galactic')).toBe(
			`Image variants need Pro, Business or Enterprise. ${BUY}`,
		);
	});
});

describe('A path that Cloudflare does not know, on a zone that was looked up', () => {
	test.each<[string, object]>([
		['origin_cloud_regions_list', {}],
		['origin_cloud_regions_get', { origin_ip: '192.0.2.1' }],
		['origin_cloud_regions_update', { origin_ip: '192.0.2.1', ...REGION }],
		['invalidate_cache', { tags: ['a'] }],
	])('is not offered for the zone (%s)', async (tool, args) => {
		expect(await adviceTo(tool, args, NO_ROUTE)).toBe(
			'Cloudflare does not offer this operation for example.com. Do not retry.',
		);
	});

	test.each(['purge_environment', 'invalidate_cache'])('names no environment of the zone (%s)', async (tool) => {
		expect(await adviceTo(tool, { ...ENVIRONMENT, tags: ['a'] }, NO_ROUTE)).toBe(
			'example.com has no such environment: environments_list shows those that it has.',
		);
	});

	test('may have a wrong id where the operator has pinned it', async () => {
		const advice = await adviceTo('cache_reserve_get', {}, NO_ROUTE, 'free', ['--zones', `example.com=${ZONE_ID}`]);
		expect(advice).toMatch(/^Give the zone by name, or check the id/);
	});
});

describe('The supported regions', () => {
	const refusal = failure(400, { code: 1146, message: 'Tiered Cache must be enabled' });

	async function askWith(tiered: Script) {
		const next = typeof tiered === 'function' ? tiered : () => tiered.shift();
		const upstream = await startUpstream((request) => {
			if (request.target === `/zones/${ZONE_ID}`) return success(ZONE_FACTS);
			return request.target.includes('argo') ? next(request) : refusal;
		});
		const session = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		return { ...(await session.call(SUPPORTED, { zone: ZONE_ID })), upstream };
	}

	test('that are refused while Tiered Cache is off say to turn it on', async () => {
		const { text } = await askWith([success({ id: 'tiered_caching', value: 'off' })]);
		expect(text.split('\n').at(-2)).toBe('Turn Tiered Cache on first: tiered_cache_edit.');
	});

	test('of the sandbox say so too', async () => {
		const { url } = await openSandbox();
		const { call } = await openSession({ upstream: url });
		expect((await call(SUPPORTED, { zone: 'example.net' })).text).toContain('Turn Tiered Cache on first');
	});

	test.each<[string, Reply]>([
		['is on', success({ id: 'tiered_caching', value: 'on' })],
		['cannot be read', failure(403, { code: 10000, message: 'Authentication error' })],
		['is told in an unknown form', success('off')],
	])('that are refused while Tiered Cache %s keep the advice of the answer', async (_, tiered) => {
		expect((await askWith([tiered])).text.split('\n').at(-2)).toBe(
			"A value is malformed: check it against Cloudflare's message.",
		);
	});

	test('that a missing right refuses cost no further request', async () => {
		const upstream = await startUpstream(({ target }) =>
			target === `/zones/${ZONE_ID}` ? success(ZONE_FACTS) : failure(403, { code: 10000, message: 'No' }),
		);
		const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		expect((await call(SUPPORTED, { zone: ZONE_ID })).text).toContain('The token lacks a permission');
		expect(upstream.requests).toHaveLength(2);
	});
});
