/** Tests that empty optional arguments count as absent, except where the call would then reach more than was named. */
import { expect, test } from 'vitest';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';

test('purge_cache with every optional argument left empty purges what is given, and nothing else', async () => {
	const { call, changes } = await openSession();
	const empty = { files: [], tags: '[]', hosts: ' ', prefixes: [], urls_file: '', dry_run: null };
	const { structured } = await call('purge_cache', { zone: ZONE, urls: ['https://example.com/a'], ...empty });
	expect(structured?.status).toBe('done');
	expect(changes().map(({ body }) => body)).toEqual([{ files: ['https://example.com/a'] }]);
});

test.for<readonly [tool: string, args: Record<string, unknown>, target: string]>([
	['origin_cloud_regions_list', { zone: ZONE_ID, page: '', per_page: ' ' }, '/zones/:zone/origin/cloud_regions?'],
	[
		'origin_cloud_regions_supported',
		{ zone: ZONE_ID, vendor: '' },
		'/zones/:zone/origin/cloud_regions/supported_regions?',
	],
	['zones_list', { name: '', page: '' }, '/zones?per_page=50'],
])('%s reads the same with %j as without these arguments', async ([tool, args, target]) => {
	const { call, requests } = await openSession();
	const { text, isError } = await call(tool, args);
	expect(isError, text).toBe(false);
	const { path, query } = requests.at(-1) ?? { path: '', query: '' };
	expect(`${path.replace(ZONE_ID, ':zone')}?${query}`).toBe(target);
});

test.for(['', null])(
	'purge_cache with resume as %j, which the tools of 0.1.0 took, purges what is given',
	async (resume) => {
		const { call } = await openSession();
		expect((await call('purge_cache', { zone: ZONE, tags: ['a'], resume })).structured?.status).toBe('done');
	},
);

test.for(['environment_id', 'host', 'confirm_all'])(
	'purge_cache with an empty argument %s that it does not have is refused',
	async (name) => {
		const { call, requests } = await openSession();
		const { text } = await call('purge_cache', { zone: ZONE, tags: ['a'], [name]: '' });
		expect(text).toContain(`Unknown argument "${name}"`);
		expect(requests).toEqual([]);
	},
);

test('a call with an empty zone uses the default zone', async () => {
	const { call } = await openSession({ flags: ['--zone', ZONE] });
	expect((await call('cache_reserve_get', { zone: '' })).structured?.zone).toMatchObject({ name: ZONE });
});

test('a call with an empty code is a call without one', async () => {
	const { call, changes } = await openSession();
	const { structured } = await call('purge_everything', { zone: ZONE, confirm: '' });
	expect(structured?.status).toBe('confirmation_required');
	expect(changes()).toEqual([]);
});

test.for<readonly [tool: string, args: Record<string, unknown>, says: RegExp]>([
	['invalidate_cache', { environment_id: '', tags: ['a'] }, /^environment_id must be/],
	['invalidate_everything', { environment_id: ' ' }, /^environment_id must be/],
	['purge_environment', { environment_id: '', tags: ['a'] }, /^environment_id must be/],
	['purge_cache', { tags: ['a'], dry_run: '' }, /^dry_run must be a boolean/],
	['cache_reserve_edit', { value: '' }, /^value must be one of on, off/],
	['origin_cloud_regions_bulk_delete', { origin_ips: [] }, /^origin_ips is empty/],
	['variants_edit', { value: {}, mode: '' }, /^mode must be one of merge, replace/],
])('%s with %j is refused, and sends nothing: the call would reach more without it', async ([tool, args, says]) => {
	const { call, requests } = await openSession({ user: types(ZONE) });
	const { text, isError } = await call(tool, { zone: ZONE, ...args });
	expect(isError).toBe(true);
	expect(text).toMatch(says);
	expect(requests).toEqual([]);
});
