/** Under --sandbox, every change is told as simulated: to the model, to the user in the form, and in the instructions. */
import { describe, expect, test } from 'vitest';
import { openSession, ROUTES, types, ZONE } from '../support/session.js';

const CHANGES: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
	['purge_cache', { tags: ['a'] }],
	['invalidate_cache', { prefixes: ['www.example.com/a'] }],
	['cache_reserve_edit', { value: 'on' }],
	['tiered_cache_edit', { value: 'off' }],
	['variants_edit', { value: { png: ['image/webp'] }, mode: 'merge' }],
	['origin_cloud_regions_bulk_update', { mappings: [{ origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' }] }],
	['purge_everything', {}],
];

describe('with --sandbox', () => {
	test.for(CHANGES)('%s with %j is marked as simulated in text and structured content', async ([tool, args]) => {
		const { call } = await openSession({ flags: ['--sandbox'] });
		const { text, structured } = await call(tool, { zone: ZONE, ...args });
		expect(text).toMatch(/^Simulated: [A-Z]/);
		expect(structured).toMatchObject({ simulated: true });
	});

	test('a partial change is marked as simulated', async () => {
		const { call } = await openSession({ flags: ['--sandbox'] });
		const mapping = { origin_ip: '192.0.2.1', vendor: 'aws', region: 'us-east-1' };
		const mappings = [mapping, { ...mapping, origin_ip: '192.0.2.2', region: 'nowhere' }];
		const { text, structured } = await call('origin_cloud_regions_bulk_update', { zone: ZONE, mappings });
		expect(structured).toMatchObject({ status: 'partial', simulated: true });
		expect(text).toMatch(/^Simulated: /);
	});

	test('a dry run is marked in the structured content only, because its text tells of no change', async () => {
		const { call } = await openSession({ flags: ['--sandbox'] });
		const { text, structured } = await call('purge_cache', { zone: ZONE, tags: ['a'], dry_run: true });
		expect(text).toMatch(/^Dry run: nothing was changed\./);
		expect(structured).toMatchObject({ status: 'dry_run', simulated: true });
	});

	test('a read is told as it is', async () => {
		const { call } = await openSession({ flags: ['--sandbox'] });
		const { text, structured } = await call('tiered_cache_get', { zone: ZONE });
		expect(text).not.toContain('imulated');
		expect(structured).not.toHaveProperty('simulated');
	});

	test('the form says that the consequence is simulated', async () => {
		const { call, forms } = await openSession({ flags: ['--sandbox'], user: types(ZONE) });
		const { text } = await call('purge_everything', { zone: ZONE });
		expect(forms[0]?.message).toMatch(/^Simulated: Deletes everything cached for example\.com/);
		expect(text).toMatch(/^Simulated: /);
	});

	test.for(ROUTES)('the instructions over %s begin with it', async (over) => {
		const { client } = await openSession({ over, flags: ['--sandbox'] });
		expect(client.getInstructions()).toMatch(/^This server works on a simulated API \(--sandbox\): nothing /);
	});
});

describe('without --sandbox', () => {
	test('neither instructions nor changes speak of a simulation', async () => {
		const { call, client } = await openSession();
		const { text, structured } = await call('purge_cache', { zone: ZONE, tags: ['a'] });
		expect(`${client.getInstructions()} ${text} ${JSON.stringify(structured)}`).not.toMatch(/simulated/i);
	});
});
