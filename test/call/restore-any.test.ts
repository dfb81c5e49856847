/** Brings a zone back to a snapshot, whatever happened to it in between. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXAMPLE_COM, openSandbox, send } from '../support/sandbox.js';
import { openSession, types, ZONE } from '../support/session.js';
import { readState } from '../support/zone-state.js';

const onOff = fc.constantFrom('on', 'off');
const ip = fc.oneof(
	fc.nat(150).map((last) => `192.0.2.${last}`),
	fc.nat(150).map((last) => `2001:DB8:0:0:0:0:0:${last.toString(16)}`),
);
const place = fc.constantFrom(['aws', 'us-east-1'], ['gcp', 'us-central1'], ['aws', 'eu-west-1']);
const mapping = fc.record({ origin_ip: ip, place }).map(({ origin_ip, place: [vendor, region] }) => ({
	origin_ip,
	vendor,
	region,
}));
const image = fc.constantFrom('image/webp', 'image/avif');
const variants = fc.dictionary(fc.constantFrom('jpeg', 'jpg', 'png', 'gif'), fc.uniqueArray(image), { minKeys: 1 });

const patch = (path: string) => (value: unknown) => ({ method: 'PATCH', path, body: { value } as unknown });
const SMART = 'cache/tiered_cache_smart_topology_enable';
const REGIONS = 'origin/cloud_regions/batch';

/** One change of another client. Some are refused, such as the deletion of what is not there. */
const anyChange = fc.oneof(
	onOff.map(patch('argo/tiered_caching')),
	onOff.map(patch(SMART)),
	fc.constant({ method: 'DELETE', path: SMART, body: undefined }),
	onOff.map(patch('cache/regional_tiered_cache')),
	variants.map(patch('cache/variants')),
	fc.constant({ method: 'DELETE', path: 'cache/variants', body: undefined }),
	fc.constantFrom(0, 30, 14_400, 86_400).map(patch('settings/browser_cache_ttl')),
	fc.constantFrom('aggressive', 'basic', 'simplified').map(patch('settings/cache_level')),
	onOff.map(patch('settings/always_online')),
	onOff.map(patch('settings/sort_query_string_for_cache')),
	onOff.map(patch('cache/cache_reserve')),
	fc.array(mapping, { minLength: 1, maxLength: 100 }).map((body) => ({ method: 'PUT', path: REGIONS, body })),
	fc.array(ip, { minLength: 1, maxLength: 100 }).map((body) => ({ method: 'DELETE', path: REGIONS, body })),
);
const manyChanges = fc.array(anyChange, { minLength: 200, maxLength: 200 });

test('a zone equals its snapshot after 200 changes of any kind and a restore with prune', async () => {
	const property = fc.asyncProperty(manyChanges, manyChanges, async (earlier, later) => {
		const sandbox = await openSandbox();
		const session = await openSession({ upstream: sandbox.url, user: types(ZONE) });
		const apply = async (changes: typeof earlier) => {
			for (const { method, path, body } of changes)
				await send(sandbox, { method, path: `/zones/${EXAMPLE_COM}/${path}`, ...(body !== undefined && { body }) });
		};
		await apply(earlier);
		const before = await readState(sandbox);
		const { structured } = await session.call('cache_snapshot', { zone: ZONE });
		await apply(later);
		const snapshot = Object(structured?.result).id;
		const { text, isError } = await session.call('cache_restore', { zone: ZONE, snapshot, prune: true });
		expect(isError, text).toBe(false);
		// Variants without types are as good as no variants.
		expect(withoutEmpty(await readState(sandbox))).toEqual(withoutEmpty(before));
		const again = await session.call('cache_restore', { zone: ZONE, snapshot, prune: true });
		expect(again.text).toMatch(/there is nothing to change\.$/);
		await session.close();
		await sandbox.close();
	});
	await fc.assert(property, { numRuns: 2, seed: 20_261_126 });
});

function withoutEmpty(state: Record<string, unknown>): Record<string, unknown> {
	const value = state['cache/variants'];
	if (typeof value !== 'object' || value === null) return state;
	const kept = Object.entries(value)
		.filter(([, list]) => (list as string[]).length > 0)
		.map(([extension, list]) => [extension, [...(list as string[])].sort()]);
	return { ...state, 'cache/variants': kept.length > 0 ? Object.fromEntries(kept) : 'unset' };
}
