/** cache_restore: what it shows, in which order it changes, who must agree, and what it says when it is interrupted. */
import { describe, expect, test } from 'vitest';
import { cutOne } from '../support/cutting-api.js';
import { temporaryFolder } from '../support/files.js';
import { EXAMPLE_NET, mappings, openSandbox } from '../support/sandbox.js';
import { type ClientOptions, openSession, types, ZONE, ZONE_ID } from '../support/session.js';
import { change, readState } from '../support/zone-state.js';

const REGIONS = 'origin/cloud_regions/batch';
const ALL_OFF = {
	zone: { id: ZONE_ID, name: ZONE },
	taken: '2026-03-01T12:00:00Z',
	settings: {
		tiered_caching: 'off',
		smart_tiered_cache: 'on',
		regional_tiered_cache: 'on',
		variants: { jpeg: ['image/webp'] },
		browser_cache_ttl: 0,
	},
	origin_cloud_regions: { aws: { 'us-east-1': mappings(2).map(({ origin_ip }) => origin_ip) } },
	origin_cloud_regions_total: 2,
};
const LINES = [
	'Tiered Cache: on → off',
	'Smart Tiered Cache: not set → on',
	'Regional Tiered Cache: off → on',
	'Image variants: not set → jpeg → webp',
	'Mapping of 10.0.0.0: none → aws us-east-1',
	'Mapping of 10.0.0.1: none → aws us-east-1',
	'Browser cache TTL: 14400 s → 0 s',
];
const RESERVE_ON = {
	...ALL_OFF,
	settings: { cache_reserve: 'on' },
	origin_cloud_regions: {},
	origin_cloud_regions_total: 0,
};

/** A session with three mappings in the zone, which a prune deletes. */
async function openMapped(options: ClientOptions = {}) {
	const session = await openSession(options);
	await session.call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(3, 10) });
	const sent = session.changes().length;
	return { ...session, news: () => session.changes().slice(sent) };
}

describe('a restore', () => {
	test('shows each change before → after as a dry run, and sends none', async () => {
		const { call, changes } = await openSession();
		const { text, structured } = await call('cache_restore', { zone: ZONE, snapshot: ALL_OFF, dry_run: true });
		expect(text.split('\n').slice(-LINES.length)).toEqual(LINES);
		expect(structured).toMatchObject({ status: 'dry_run', plan: { requests: 6 } });
		expect(changes()).toEqual([]);
	});

	test('makes the changes in the safe order, as one call of the audit log', async () => {
		const { call, changes, client } = await openSession();
		const { text, structured } = await call('cache_restore', { zone: ZONE, snapshot: JSON.stringify(ALL_OFF) });
		expect(text.split('\n').slice(0, 8)).toEqual([
			'Restored example.com to its snapshot of 2026-03-01T12:00:00Z.',
			...LINES,
		]);
		expect(structured).toMatchObject({ status: 'done', result: { made: LINES } });
		expect(changes().map(({ path }) => path?.split(`${ZONE_ID}/`)[1])).toEqual([
			'argo/tiered_caching',
			'cache/tiered_cache_smart_topology_enable',
			'cache/regional_tiered_cache',
			'cache/variants',
			REGIONS,
			'settings/browser_cache_ttl',
		]);
		const { contents } = await client.readResource({ uri: 'cf-cache://audit/recent' });
		const lines = JSON.parse((contents[0] as { text: string }).text) as { tool: string; outcome: string }[];
		expect(lines.map(({ tool, outcome }) => `${tool} ${outcome}`)).toEqual([
			'cache_restore started',
			'cache_restore done',
		]);
	});

	test('is itself undone by the call that its answer ends with', async () => {
		const sandbox = await openSandbox();
		const before = await readState(sandbox);
		const { call } = await openSession({ upstream: sandbox.url, user: types(ZONE) });
		const { text } = await call('cache_restore', { zone: ZONE, snapshot: ALL_OFF });
		await call('cache_restore', { zone: ZONE, snapshot: /snapshot: (\w{10})\./.exec(text)?.[1] });
		const { mappings: _, ...settings } = await readState(sandbox);
		expect(before).toMatchObject(settings);
	});

	test('leaves mappings that the snapshot lacks, and says so', async () => {
		const { call, news } = await openMapped();
		const { text } = await call('cache_restore', { zone: ZONE, snapshot: { ...ALL_OFF, settings: {} } });
		expect(text).toContain('3 mappings that the snapshot lacks stay. With prune they are deleted.');
		expect(news().map(({ method }) => method)).toEqual(['PUT']);
	});

	test('leaves Cache Reserve off while it is cleared', async () => {
		const { call, changes } = await openSession({ user: types(ZONE) });
		await call('cache_reserve_clear', { zone: ZONE });
		const { text, isError } = await call('cache_restore', { zone: ZONE, snapshot: RESERVE_ON });
		expect([isError, changes().length]).toEqual([false, 1]);
		expect(text).toContain('Cache Reserve stays off while it is cleared.');
	});

	test('names the Cache Rules that are others now, and sends nothing for them', async () => {
		const sandbox = await openSandbox();
		const { call, changes } = await openSession({ upstream: sandbox.url }).then((one) => ({
			...one,
			changes: sandbox.changes,
		}));
		const rule = {
			action: 'set_cache_settings',
			expression: 'true',
			description: 'Static',
			action_parameters: { cache: true },
		};
		const { structured } = await call('cache_snapshot', { zone: ZONE });
		const path = 'rulesets/phases/http_request_cache_settings/entrypoint';
		await change(sandbox, 'PUT', path, { rules: [rule] });
		const { text } = await call('cache_restore', { zone: ZONE, snapshot: Object(structured?.result).id });
		expect(text).toContain('Cache Rules changed since, and a restore leaves them: "Static" added.');
		expect(changes()).toHaveLength(1);
	});

	test.each([
		['of another zone', { ...ALL_OFF, zone: { id: EXAMPLE_NET, name: 'example.net' } }, 'is of zone "example.net"'],
		['that was cut', { ...ALL_OFF, origin_cloud_regions_total: 9 }, 'is cut: it holds 2 of 9 mappings'],
		['with a value that no tool takes', { ...ALL_OFF, settings: { cache_level: 'all' } }, 'value must be one of'],
		['with an unknown setting', { ...ALL_OFF, settings: { security_level: 'off' } }, 'is no snapshot'],
		['that is no JSON', '{"zone":', 'must be the id of a snapshot'],
		['that is unknown', 'aaaaaaaaaa', 'No snapshot has the id "aaaaaaaaaa"'],
	])('refuses a snapshot %s, and sends nothing', async (_, snapshot, reason) => {
		const { call, changes } = await openSession();
		const { text, isError } = await call('cache_restore', { zone: ZONE, snapshot });
		expect([isError, changes()]).toEqual([true, []]);
		expect(text).toContain(reason);
	});
});

describe('consent to a restore', () => {
	const prune = { zone: ZONE, snapshot: { ...ALL_OFF, settings: {} }, prune: true };

	test.each([
		[
			'prunes',
			prune,
			/Deletes the cloud region mappings of 3 origin IPs: 10\.0\.0\.10, 10\.0\.0\.11 and 10\.0\.0\.12\./,
		],
		['turns Cache Reserve on', { zone: ZONE, snapshot: RESERVE_ON }, /Turns Cache Reserve on, which is billed/],
	])('that %s is asked for once, and declining it sends nothing', async (_, args, consequence) => {
		const { call, news, forms } = await openMapped({ user: () => ({ action: 'decline' }) });
		const { isError } = await call('cache_restore', args);
		expect([isError, news(), forms.length]).toEqual([true, [], 1]);
		expect(forms[0]?.message).toMatch(consequence);
	});

	test('by a code holds for the changes that were shown, and for no others', async () => {
		const { call, news } = await openMapped();
		const confirm = Object((await call('cache_restore', prune)).structured).confirm;
		await call('origin_cloud_regions_delete', { zone: ZONE, origin_ip: '10.0.0.12' });
		expect((await call('cache_restore', { ...prune, confirm })).isError).toBe(true);
		expect(news()).toHaveLength(1);
		const next = Object((await call('cache_restore', prune)).structured).confirm;
		expect((await call('cache_restore', { ...prune, confirm: next })).structured?.status).toBe('done');
	});

	test('is not asked for under --confirm block: what needs it is refused', async () => {
		const { call, changes } = await openSession({ flags: ['--confirm', 'block'] });
		await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: mappings(3, 10) });
		for (const args of [prune, { zone: ZONE, snapshot: RESERVE_ON }])
			expect((await call('cache_restore', args)).text).toContain('--confirm block');
		expect(changes()).toHaveLength(1);
	});
});

describe('the flags of the operator', () => {
	test.each([
		[['--read-only'], 'cache_restore is not allowed'],
		[['--zones', 'example.net'], 'is not one of the zones'],
		[['--exclude-tools', 'variants_edit'], 'variants_edit is not allowed'],
		[['--toolsets', 'zone'], 'is not allowed: the server was started with --toolsets'],
	])('%j refuse a restore before any of it is sent', async (flags, reason) => {
		const { call, changes } = await openSession({ flags });
		const { text } = await call('cache_restore', { zone: ZONE, snapshot: ALL_OFF });
		expect(text).toContain(reason);
		expect(changes()).toEqual([]);
	});

	test('--read-only lists cache_snapshot, which only reads', async () => {
		const { call, tools } = await openSession({ flags: ['--read-only'] });
		expect(await tools()).toContain('cache_snapshot');
		expect((await call('cache_snapshot', { zone: ZONE })).isError).toBe(false);
	});
});

describe.each(['before', 'after'] as const)('a restore whose connection breaks %s a change arrives', (when) => {
	test.each([0, 1, 3, 4, 5])('says exactly what stands at change %i, and goes on when it is repeated', async (at) => {
		const sandbox = await openSandbox();
		const env = { CF_CACHE_STATE_DIR: temporaryFolder() };
		const { call } = await openSession({ upstream: await cutOne(sandbox, { change: at, when }), env });
		const cut = await call('cache_restore', { zone: ZONE, snapshot: ALL_OFF });
		const counts = [1, 1, 1, 1, 2, 1];
		const start = counts.slice(0, at).reduce((sum, count) => sum + count, 0);
		const end = start + (counts[at] ?? 0);
		expect(cut.structured).toMatchObject({ status: 'partial', remaining: { changes: LINES.length - start } });
		expect(cut.structured?.result).toEqual({
			made: LINES.slice(0, start),
			unknown: LINES.slice(start, end),
			...(end < LINES.length && { not_made: LINES.slice(end) }),
		});
		expect(cut.text).toContain('Repeat the call to go on');
		const next = await openSession({ upstream: sandbox.url, env });
		const rest = await next.call('cache_restore', { zone: ZONE, snapshot: ALL_OFF });
		const left = LINES.slice(when === 'before' ? start : end);
		if (left.length === 0) expect(rest.text).toMatch(/there is nothing to change\.$/);
		else expect(rest.structured).toMatchObject({ status: 'done', result: { made: left } });
	});
});
