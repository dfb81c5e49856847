/** Cloudflare's numbers, with their source. */

/** Items in one purge or invalidate request, and in one batch of mappings (purge limits page of 2026-09-29; API schema). */
const ITEMS_PER_REQUEST = 100;
/** URLs in one purge request of an Enterprise zone (same page). */
const ENTERPRISE_URLS_PER_REQUEST = 500;

/** How many items of a kind one request may carry on a plan. */
export function itemsPerRequest(kind: string, plan: string): number {
	const urls = kind === 'urls' || kind === 'files';
	return urls && plan === 'enterprise' ? ENTERPRISE_URLS_PER_REQUEST : ITEMS_PER_REQUEST;
}
