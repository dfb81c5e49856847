/** Says what each cache status of Cloudflare's analytics means for the origin. */

/** Requests that the cache served, also where it asked the origin whether its copy is still good. */
export const SERVED = ['hit', 'stale', 'updating', 'revalidated'];
/** Requests that could have been served, and went to the origin. */
export const FETCHED = ['miss', 'expired'];
/** Requests that the cache does not handle. */
export const INELIGIBLE = ['dynamic', 'bypass'];
