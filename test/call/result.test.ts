/** Results: text and structured content each say all, and what Cloudflare never set is an answer and no error. */
import { describe, expect, test } from 'vitest';
import { startUpstream, success, withTieredCache, withZone, ZONE_FACTS } from '../support/api.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

describe('structured content', () => {
	test('of a dry run has the consequence in a member of its own, and every line of the text', async () => {
		const { call } = await openSession();
		const { text, structured } = await call('purge_everything', { zone: ZONE, dry_run: true });
		expect(structured?.summary).toBe(text);
		expect(structured?.consequence).toMatch(/^Deletes everything cached for example\.com \(enterprise\)/);
		expect(text).toContain(structured?.consequence);
	});

	test('of a question for consent has every sentence of the text, and plan and code in members of their own', async () => {
		const { call, changes } = await openSession();
		const { text, structured } = await call('purge_everything', { zone: ZONE });
		expect(structured).toMatchObject({
			status: 'confirmation_required',
			zone: { name: ZONE },
			plan: { method: 'POST', path: `/zones/${ZONE_ID}/purge_cache`, requests: 1, body: { purge_everything: true } },
		});
		expect(text.split('\n')).toEqual([
			structured?.consequence,
			'Nothing was changed yet.',
			'Go on only if the user asked for exactly this, or agrees now: then repeat the call with this confirm code, which works once.',
			`Plan: POST /zones/${ZONE_ID}/purge_cache`,
			`confirm: ${structured?.confirm} (until ${structured?.expires_at})`,
		]);
		expect(structured?.summary).toBe(text.split('\n').slice(0, 3).join('\n'));
		expect(changes()).toEqual([]);
	});

	test('of a partial purge has the handle and what to do, as the text has', async () => {
		const statuses = [200, 400];
		const upstream = await startUpstream(
			withZone(({ method }) =>
				method === 'GET' ? success([]) : { ...success({ id: ZONE_ID }), status: statuses.shift() ?? 500 },
			),
		);
		const { call } = await openSession({ upstream: upstream.url });
		const tags = Array.from({ length: 200 }, (_, at) => `tag-${at}`);
		const { text, structured } = await call('purge_cache', { zone: ZONE_ID, tags });
		expect(structured).toMatchObject({ status: 'partial', summary: text, remaining: { tags: 100 } });
		expect(text).toContain(structured?.resume);
	});

	test('has no list of rays, no null within a member, and no field of a setting that says nothing', async () => {
		const setting = {
			id: 'cache_reserve',
			editable: true,
			value: 'on',
			modified_on: null,
			certificate: null,
			other: 1,
		};
		const upstream = await startUpstream(withZone([success(setting)]));
		const { call } = await openSession({ upstream: upstream.url });
		const { structured } = await call('cache_reserve_get', { zone: ZONE_ID });
		expect(structured?.result).toEqual({ value: 'on' });
	});

	test('keeps editable where Cloudflare says that the zone cannot change the setting', async () => {
		const upstream = await startUpstream(withZone([success({ id: 'x', editable: false, value: 'on' })]));
		const { call } = await openSession({ upstream: upstream.url });
		expect((await call('cache_reserve_get', { zone: ZONE_ID })).structured?.result).toEqual({
			value: 'on',
			editable: false,
		});
	});
});

describe('what was never set', () => {
	test.for([
		['smart_tiered_cache_get', 'Smart Tiered Cache of example.com: never set (off).'],
		['variants_get', 'Image variants of example.com: never set; only originals are cached.'],
		['cache_reserve_clear_status', 'Cache Reserve clear of example.com: no clear was ever run.'],
	] as const)('is a done read of %s with a result of null', async ([tool, text]) => {
		const { call } = await openSession();
		const answer = await call(tool, { zone: ZONE });
		expect(answer).toMatchObject({ text, isError: false, structured: { status: 'done', summary: text, result: null } });
	});

	test('is a done read of the mapping of one origin with a result of null', async () => {
		const { call } = await openSession();
		const answer = await call('origin_cloud_regions_get', { zone: ZONE, origin_ip: '192.0.2.9' });
		expect(answer).toMatchObject({
			text: 'No mapping for 192.0.2.9 on example.com.',
			structured: { status: 'done', result: null },
		});
	});

	test.for([
		['smart_tiered_cache_delete', {}, /was not set, so there was nothing to delete/],
		['variants_delete', {}, /were not set, so there was nothing to delete/],
		['origin_cloud_regions_delete', { origin_ip: '192.0.2.9' }, /No mapping for 192\.0\.2\.9 on example\.com/],
	] as const)('is deleted by %s without an error', async ([tool, args, text]) => {
		const { call } = await openSession();
		const answer = await call(tool, { zone: ZONE, ...args });
		expect(answer).toMatchObject({ isError: false, structured: { status: 'done', result: null, before: null } });
		expect(answer.text).toMatch(text);
	});
});

describe('a null of Cloudflare', () => {
	test.for([
		['zones_list', {}, null, []],
		['zones_list', {}, [{ ...ZONE_FACTS, plan: null, account: null, status: null }], [{ id: ZONE_ID, name: ZONE }]],
		['origin_cloud_regions_list', { zone: ZONE_ID }, null, []],
		['environments_list', { zone: ZONE_ID }, { environments: null }, { environments: [] }],
		['tiered_cache_get', { zone: ZONE_ID }, { id: null, value: 'on', editable: null }, { value: 'on' }],
	] as const)('in the answer to %s %j reads as absent or empty', async ([tool, args, answer, result]) => {
		const upstream = await startUpstream(withZone([success(answer)]));
		const { call } = await openSession({ upstream: upstream.url });
		const { structured, text } = await call(tool, args);
		expect(structured?.result, text).toEqual(result);
	});

	test('in one row of a list leaves the other rows there', async () => {
		const row = { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' };
		const upstream = await startUpstream(withZone([success([{ ...row, region: null }, null, 7, row])]));
		const { call } = await openSession({ upstream: upstream.url });
		const { structured } = await call('origin_cloud_regions_list', { zone: ZONE_ID });
		expect(structured?.result).toEqual([row]);
	});

	test('in place of the accepted items of a batch leaves the reasons of the refused ones', async () => {
		const failed = [{ origin_ip: '192.0.2.1', error: 'no such region', vendor: null }];
		const upstream = await startUpstream(withZone(withTieredCache([success({ succeeded: null, failed })])));
		const { call } = await openSession({ upstream: upstream.url });
		const mapping = { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' };
		const { text, isError } = await call('origin_cloud_regions_bulk_update', { zone: ZONE_ID, mappings: [mapping] });
		expect(isError).toBe(true);
		expect(text).toContain('Failed 192.0.2.1. Cloudflare said: "no such region".');
	});
});
