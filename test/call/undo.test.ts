/** Every change that loses something keeps it first, and its answer ends with the call that brings it back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { originCloudRegionsList } from '../../src/operations/regions.js';
import { SETTING_NAMES } from '../../src/operations/snapshot/format.js';
import { SETTING_PARTS } from '../../src/operations/snapshot/parts.js';
import { temporaryFolder } from '../support/files.js';
import { mappings, openSandbox } from '../support/sandbox.js';
import { openSession, types, ZONE } from '../support/session.js';
import { change, readState } from '../support/zone-state.js';

type Change = readonly [method: string, path: string, body?: unknown];

const REGIONS = 'origin/cloud_regions/batch';
const TWO = mappings(2);
const SMART_ON: Change = ['PATCH', 'cache/tiered_cache_smart_topology_enable', { value: 'on' }];
const VARIANTS: Change = ['PATCH', 'cache/variants', { value: { jpeg: ['image/webp'], png: ['image/avif'] } }];
const MAPPED: Change = ['PUT', REGIONS, TWO];

/** What a losing change finds, and its arguments. */
const LOSSES: Readonly<Record<string, { before?: Change; args: Record<string, unknown> }>> = {
	cache_reserve_edit: { before: ['PATCH', 'cache/cache_reserve', { value: 'on' }], args: { value: 'off' } },
	tiered_cache_edit: { args: { value: 'off' } },
	smart_tiered_cache_create: { before: SMART_ON, args: { value: 'off' } },
	smart_tiered_cache_edit: { before: SMART_ON, args: { value: 'off' } },
	smart_tiered_cache_delete: { before: SMART_ON, args: {} },
	regional_tiered_cache_edit: {
		before: ['PATCH', 'cache/regional_tiered_cache', { value: 'on' }],
		args: { value: 'off' },
	},
	variants_edit: { before: VARIANTS, args: { value: { jpeg: ['image/avif'] }, mode: 'replace' } },
	variants_delete: { before: VARIANTS, args: {} },
	origin_cloud_regions_update: { before: MAPPED, args: { ...TWO[0], vendor: 'gcp', region: 'us-central1' } },
	origin_cloud_regions_delete: { before: MAPPED, args: { origin_ip: TWO[0]?.origin_ip } },
	origin_cloud_regions_bulk_update: {
		before: MAPPED,
		args: { mappings: [{ ...TWO[0], vendor: 'gcp', region: 'us-central1' }] },
	},
	origin_cloud_regions_bulk_delete: { before: MAPPED, args: { origin_ips: TWO.map(({ origin_ip }) => origin_ip) } },
};

const pathOf = (route = '') => route.split(' ')[1] ?? '';

test('the table of losses has every operation that changes what a snapshot holds', () => {
	const paths = SETTING_NAMES.map((name) => pathOf(SETTING_PARTS[name].read.route));
	const list = pathOf(originCloudRegionsList.route);
	const losing = OPERATIONS.filter(({ danger, route }) => danger !== 'read' && route !== undefined).filter(
		({ route }) => paths.includes(pathOf(route)) || pathOf(route).startsWith(`${list}/`),
	);
	expect(Object.keys(LOSSES).sort()).toEqual(losing.map(({ name }) => name).sort());
});

const idIn = (text: string) => /call cache_restore with snapshot: (\w+)\.\ncf-ray/.exec(text)?.[1];

describe.each(Object.entries(LOSSES))('%s', (tool, { before, args }) => {
	test('is undone by the call that its answer ends with', async () => {
		const sandbox = await openSandbox();
		if (before) await change(sandbox, ...before);
		const state = await readState(sandbox);
		const { call } = await openSession({ upstream: sandbox.url, user: types(ZONE) });
		const changed = await call(tool, { zone: ZONE, ...args });
		expect(await readState(sandbox)).not.toEqual(state);
		const restored = await call('cache_restore', { zone: ZONE, snapshot: idIn(changed.text) });
		expect(restored.structured?.status, restored.text).toBe('done');
		expect(await readState(sandbox)).toEqual(state);
	});
});

describe('a change that loses nothing', () => {
	test.each([
		['tiered_cache_edit', { value: 'on' }],
		['smart_tiered_cache_edit', { value: 'on' }],
		['variants_edit', { value: { jpeg: ['image/webp'], png: ['image/avif'], gif: ['image/webp'] }, mode: 'merge' }],
		['origin_cloud_regions_bulk_update', { mappings: mappings(5) }],
	] as const)('such as %s with %j keeps nothing', async (tool, args) => {
		const sandbox = await openSandbox();
		await change(sandbox, ...VARIANTS);
		await change(sandbox, ...MAPPED);
		const { call, client } = await openSession({ upstream: sandbox.url });
		expect((await call(tool, { zone: ZONE, ...args })).text).not.toContain('undo');
		const { contents } = await client.readResource({ uri: 'cf-cache://snapshots' });
		expect(contents).toMatchObject([{ text: '[]' }]);
	});

	test('because Cloudflare refused it keeps nothing', async () => {
		const sandbox = await openSandbox();
		await change(sandbox, ...MAPPED);
		const { call, client } = await openSession({ upstream: sandbox.url });
		const args = { ...TWO[0], region: 'nowhere-1' };
		expect((await call('origin_cloud_regions_update', { zone: ZONE, ...args })).isError).toBe(true);
		const { contents } = await client.readResource({ uri: 'cf-cache://snapshots' });
		expect(contents).toMatchObject([{ text: '[]' }]);
	});
});

describe('without a state directory', () => {
	const openWithout = async () => {
		const file = join(temporaryFolder(), 'file');
		writeFileSync(file, '');
		const session = await openSession({ user: types(ZONE), env: { CF_CACHE_STATE_DIR: join(file, 'state') } });
		return session;
	};

	test('a change of a setting is made, and says that it cannot be undone', async () => {
		const { call, changes } = await openWithout();
		const { text, structured } = await call('tiered_cache_edit', { zone: ZONE, value: 'off' });
		expect(structured?.status).toBe('done');
		expect(text).toMatch(/: on → off\.\n.*\nThis cannot be undone with cache_restore\. .* \(ENOTDIR\)\.\n/s);
		expect(changes()).toHaveLength(1);
	});

	test('a change that needs consent and would lose mappings is refused, and no request leaves for it', async () => {
		const { call, changes } = await openWithout();
		await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings: TWO });
		const ips = TWO.map(({ origin_ip }) => origin_ip);
		const { text } = await call('origin_cloud_regions_bulk_delete', { zone: ZONE, origin_ips: ips });
		expect(text).toMatch(/^What this call loses cannot be kept\. .*\nNothing was changed\.\n.*--state-dir/s);
		expect(changes()).toHaveLength(1);
	});

	test('a snapshot is told in whole, and can be given back so', async () => {
		const { call } = await openWithout();
		const { text, structured } = await call('cache_snapshot', { zone: ZONE });
		expect(text).toContain('It is not kept:');
		const snapshot = Object(structured?.result);
		await call('tiered_cache_edit', { zone: ZONE, value: 'off' });
		const restored = await call('cache_restore', { zone: ZONE, snapshot });
		expect(restored.text).toContain('Tiered Cache: off → on');
	});
});

test('a server that does not offer cache_restore keeps what is lost for its operator', async () => {
	const { call } = await openSession({ flags: ['--toolsets', 'tiered'] });
	const { text } = await call('tiered_cache_edit', { zone: ZONE, value: 'off' });
	expect(text).toMatch(/The values before are kept as snapshot \w{10}, which the operator can restore\./);
});
