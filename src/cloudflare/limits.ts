/** Cloudflare's numbers, with their source: the purge limits page of 2026-09-29 unless said otherwise. */

/** Items in one purge or invalidate request; batches of mappings have the same (API schema). */
const ITEMS_PER_REQUEST = 100;
/** URLs in one purge request of an Enterprise zone. */
const ENTERPRISE_URLS_PER_REQUEST = 500;

/** A token bucket. */
export interface Rate {
	/** Tokens a second. */
	readonly refill: number;
	/** Tokens that a full bucket holds. */
	readonly burst: number;
}

/** Purges by host, tag, prefix and of everything take one token a request; purge and invalidate share the bucket. */
const REQUESTS: Readonly<Record<string, Rate>> = {
	free: { refill: 5 / 60, burst: 25 },
	pro: { refill: 5, burst: 25 },
	business: { refill: 10, burst: 50 },
	enterprise: { refill: 50, burst: 500 },
};

/** Purges by URL take one token a URL. The burst is not documented: a second's worth is what the moving average surely allows. */
const URLS: Readonly<Record<string, Rate>> = {
	free: { refill: 800, burst: 800 },
	pro: { refill: 1_500, burst: 1_500 },
	business: { refill: 1_500, burst: 1_500 },
	enterprise: { refill: 3_000, burst: 3_000 },
};

/** Items that one call may bring: more is a job for a script, and does not fit into a message. */
export const ITEMS_PER_CALL = 100_000;

const byUrl = (kind: string) => kind === 'urls' || kind === 'files';

/** How many items of a kind one request may carry on a plan. */
export function itemsPerRequest(kind: string, zonePlan: string): number {
	return byUrl(kind) && zonePlan === 'enterprise' ? ENTERPRISE_URLS_PER_REQUEST : ITEMS_PER_REQUEST;
}

/** The bucket that a purge draws from, and how many tokens one request takes that carries `amount` items of a kind, or none. */
export function costOf(
	kind: string | undefined,
	amount: number,
): { readonly group: 'urls' | 'requests'; readonly tokens: number } {
	return kind !== undefined && byUrl(kind) ? { group: 'urls', tokens: amount } : { group: 'requests', tokens: 1 };
}

/** The rate of a bucket; a plan that is not known is taken for the smallest. */
export function rateOf(group: 'urls' | 'requests', zonePlan: string): Rate {
	const rates = group === 'urls' ? URLS : REQUESTS;
	return rates[zonePlan] ?? (rates.free as Rate);
}
