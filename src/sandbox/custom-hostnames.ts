/** Lists the custom hostnames of a zone (Cloudflare for SaaS): hosts of customers that are served and purged through it. */
import { type Answer, succeed } from './answers.js';
import type { Call } from './call.js';
import { cutPage, readPage } from './pages.js';
import type { Zone } from './zones.js';

/** GET /zones/{zone_id}/custom_hostnames. */
export function listCustomHostnames(zone: Zone, { query }: Call): Answer {
	const wanted = query.get('hostname');
	const found = zone.customHostnames.filter((hostname) => wanted === null || hostname === wanted.toLowerCase());
	const { items, result_info } = cutPage(found, readPage(query, 5, 50));
	return succeed(
		items.map((hostname) => ({ id: `${hostname.length}`.padStart(32, '0'), hostname, status: 'active' })),
		{ result_info },
	);
}
