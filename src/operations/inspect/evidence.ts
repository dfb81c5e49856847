/** Declares what an inspection has found out about a URL, before it is judged. */
import { isRay } from '../../base/sanitize.js';
import type { CacheRule, PageRule } from '../cache-rules.js';
import type { ZoneState } from '../outcome.js';
import type { Visited } from '../visitor.js';

/** The values of CF-Cache-Status that are known. */
const STATUSES = ['HIT', 'MISS', 'EXPIRED', 'REVALIDATED', 'UPDATING', 'STALE', 'BYPASS', 'DYNAMIC'] as const;
/** One of them; NONE where the header is absent, or has another value. */
export type CacheStatus = (typeof STATUSES)[number] | 'NONE';

/** What one request got. */
export interface Probe {
	readonly status: number;
	readonly cacheStatus: CacheStatus;
	/** Seconds, by the header Age. */
	readonly age: number | undefined;
	readonly etag: string | undefined;
	readonly lastModified: string | undefined;
	/** The request's id at Cloudflare. */
	readonly ray: string | undefined;
	/** The data centre, by the airport that it is named after. */
	readonly colo: string | undefined;
	readonly headers: Visited['headers'];
	readonly setsCookie: boolean;
}

/** Everything that is known of a URL. */
export interface Evidence {
	/** As it was fetched. */
	readonly url: string;
	readonly host: string;
	/** Still encoded, without the query. */
	readonly path: string;
	/** Without its question mark. */
	readonly query: string;
	/** Request headers that were sent. */
	readonly sent: Readonly<Record<string, string>>;
	readonly probes: readonly [Probe, ...Probe[]];
	readonly zone: ZoneState & { readonly plan: string };
	/** The rules that are on and name the URL; empty where they could not be read. */
	readonly rules: readonly CacheRule[];
	/** The Page Rules that match. */
	readonly pageRules: readonly PageRule[];
	/** The cache key as Cloudflare Trace told it. */
	readonly tracedKey: string | undefined;
	/** Sentences about what could not be read. */
	readonly unread: readonly string[];
}

/** What a request got, by its answer. */
export function toProbe({ status, headers, setsCookie }: Visited): Probe {
	const { age = '', etag, 'last-modified': lastModified, 'cf-ray': ray = '' } = headers;
	const given = headers['cf-cache-status']?.toUpperCase();
	return {
		status,
		cacheStatus: STATUSES.find((one) => one === given) ?? 'NONE',
		age: /^\d{1,10}$/.test(age) ? Number(age) : undefined,
		etag,
		lastModified,
		ray: isRay(ray) ? ray : undefined,
		colo: isRay(ray) ? ray.slice(-3) : undefined,
		headers,
		setsCookie,
	};
}
