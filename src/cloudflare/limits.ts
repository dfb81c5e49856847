/** States Cloudflare's limits. Their source is the purge limits page as of 2026-09-29, unless a comment names another. */

/** Zone plans, smallest first. */
export const ZONE_PLANS = ['free', 'pro', 'business', 'enterprise'] as const;
/** Longest wait that Cloudflare may ask for; a request that would have to wait longer fails instead. The limit is ours. */
export const LONGEST_PAUSE_MS = 60_000;

/** The subscription of a zone. */
type ZonePlan = (typeof ZONE_PLANS)[number];

/** A token bucket. */
export interface Rate {
	/** Tokens that come back each second. */
	readonly refillPerSecond: number;
	/** Tokens that a full bucket holds. */
	readonly burst: number;
}

/**
 * What stays unused of a burst: the refill of half a second, and a tenth of it at most. Requests arrive less evenly than
 * they leave, and a bucket drained to its last token refuses the request that arrives a moment early.
 */
const SLACK_SECONDS = 0.5;
const LARGEST_SLACK = 0.1;

/** Items in one request to purge, to invalidate, or to change mappings (the last by the API schema). */
const ITEMS_PER_REQUEST = 100;
/** URLs in one purge request of an Enterprise zone. */
const ENTERPRISE_URLS_PER_REQUEST = 500;

/** Purges by host, tag or prefix, and of everything, take one token a request. Purge and invalidate share the bucket. */
const REQUEST_RATES: Readonly<Record<ZonePlan, Rate>> = {
	free: { refillPerSecond: 5 / 60, burst: 25 },
	pro: { refillPerSecond: 5, burst: 25 },
	business: { refillPerSecond: 10, burst: 50 },
	enterprise: { refillPerSecond: 50, burst: 500 },
};

/** Purges by URL take one token a URL. The page names no burst; one second's worth is within the documented average. */
const URL_RATES: Readonly<Record<ZonePlan, Rate>> = {
	free: { refillPerSecond: 800, burst: 800 },
	pro: { refillPerSecond: 1_500, burst: 1_500 },
	business: { refillPerSecond: 1_500, burst: 1_500 },
	enterprise: { refillPerSecond: 3_000, burst: 3_000 },
};

/** Items that one call may carry. The limit is ours: a longer list does not fit into a message, and is a job for a script. */
export const ITEMS_PER_CALL = 100_000;

/** How many items of a kind (`urls`, `files`, `tags` …) one request may carry on a zone plan. */
export function itemsPerRequest(kind: string, zonePlan: string): number {
	return isByUrl(kind) && zonePlan === 'enterprise' ? ENTERPRISE_URLS_PER_REQUEST : ITEMS_PER_REQUEST;
}

/** The bucket that a purge draws from, and the tokens it takes. `kind` is undefined for a purge of everything. */
export function costOf(
	kind: string | undefined,
	items: number,
): { readonly group: 'urls' | 'requests'; readonly tokens: number } {
	return kind !== undefined && isByUrl(kind) ? { group: 'urls', tokens: items } : { group: 'requests', tokens: 1 };
}

/** The rate of a bucket. An unknown zone plan gets the smallest, that of free. */
export function rateOf(group: 'urls' | 'requests', zonePlan: string): Rate {
	const rates = group === 'urls' ? URL_RATES : REQUEST_RATES;
	return rates[toZonePlan(zonePlan)];
}

/** The plan whose limits a zone has. */
export function toZonePlan(zonePlan: string): ZonePlan {
	return ZONE_PLANS.find((plan) => plan === zonePlan) ?? 'free';
}

/** The tokens of a burst that are used. */
export function capacityOf({ refillPerSecond, burst }: Rate): number {
	return Math.max(1, burst - Math.min(refillPerSecond * SLACK_SECONDS, burst * LARGEST_SLACK));
}

function isByUrl(kind: string): boolean {
	return kind === 'urls' || kind === 'files';
}
