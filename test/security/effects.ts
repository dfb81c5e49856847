/** What the attacks aim at: the zones of a fresh sandbox, and the requests that need consent. */
import type { SeenRequest } from '../../src/sandbox/server.js';

/** Id by name. */
export const ZONE_IDS: Readonly<Record<string, string>> = {
	'example.com': '023e105f4ecef8ad9ca31a8372d0c353',
	'example.net': '1b5e0d3c2f4a69788796a5b4c3d2e1f0',
	'example.org': '2c6f1e4d305b7a8998a7b6c5d4e3f201',
};

/** Whether a request has one of the effects that need consent. */
export function isDestructive({ method, path, body }: SeenRequest): boolean {
	if (method === 'DELETE') return /\/batch\b/.test(path);
	if (method !== 'POST') return false;
	const { hosts, prefixes = [] } = (body ?? {}) as { hosts?: unknown; prefixes?: readonly string[] };
	if (hosts !== undefined || prefixes.some((prefix) => /^[^/]*\/?$/.test(prefix))) return true;
	return path.endsWith('/cache_reserve_clear') || JSON.stringify(body ?? null).includes('purge_everything');
}
