/** Reads and changes the settings of a sandbox's zone past the product, so that tests can compare what it did. */
import type { Sandbox } from '../../src/sandbox/server.js';
import { EXAMPLE_COM, send } from './sandbox.js';

/** The settings of a snapshot, by the path of each below the zone. */
const PATHS = [
	'argo/tiered_caching',
	'cache/tiered_cache_smart_topology_enable',
	'cache/regional_tiered_cache',
	'cache/variants',
	'settings/browser_cache_ttl',
	'settings/cache_level',
	'settings/always_online',
	'settings/sort_query_string_for_cache',
	'cache/cache_reserve',
];

/** All values and mappings of the zone; `unset` for a setting that does not exist. */
export async function readState(sandbox: Sandbox, zone = EXAMPLE_COM): Promise<Record<string, unknown>> {
	const settings = await Promise.all(
		PATHS.map(async (path) => {
			const { status, body } = await send(sandbox, { method: 'GET', path: `/zones/${zone}/${path}` });
			return [path, status === 200 ? (body.result as { value: unknown }).value : 'unset'];
		}),
	);
	return { ...Object.fromEntries(settings), mappings: await readMappings(sandbox, zone) };
}

/** Address → vendor and region. */
async function readMappings(sandbox: Sandbox, zone: string): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (let page = 1; ; page++) {
		const path = `/zones/${zone}/origin/cloud_regions?per_page=100&page=${page}`;
		const rows = (await send(sandbox, { method: 'GET', path })).body.result as Record<string, string>[];
		for (const { origin_ip = '', vendor, region } of rows) found[origin_ip] = `${vendor} ${region}`;
		if (rows.length < 100) return found;
	}
}

/** Sends a change to a path below the zone. Throws when it is refused. */
export async function change(
	sandbox: Sandbox,
	method: string,
	path: string,
	body?: unknown,
	zone = EXAMPLE_COM,
): Promise<void> {
	const { status } = await send(sandbox, {
		method,
		path: `/zones/${zone}/${path}`,
		...(body !== undefined && { body }),
	});
	if (status !== 200) throw new Error(`${method} ${path} was answered with ${status}`);
}
