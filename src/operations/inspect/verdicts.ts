/** Holds the verdicts on a URL: what its CF-Cache-Status means, which facts can decide about it, and what to do next. */
import {
	bypassedByRule,
	type Cause,
	developmentMode,
	imageVariants,
	lastOf,
	mustCheck,
	notCloudflare,
	notEligible,
	notStorable,
	otherKeys,
	paused,
	queryInKey,
	redirected,
	refusedByEdge,
	rulesOverride,
	setsCookie,
	staleDirectives,
	storageRules,
	timeLeft,
	tooLarge,
	varies,
	variesOnAll,
} from './causes.js';
import type { CacheStatus, Evidence } from './evidence.js';

/** A judgement on a URL. */
export interface Verdict {
	/** What the requests show, in one sentence. */
	readonly say: string;
	/** Facts that can decide about it, the strongest first. */
	readonly causes: readonly Cause[];
	/** Said where none of them holds. */
	readonly unknown?: string;
	/** What to do, in one or two sentences. */
	readonly next: string;
}

const INVISIBLE = 'Cloudflare-CDN-Cache-Control, which Cloudflare removes, or a rule may have decided.';
const NOTHING_TO_MEND = 'Nothing needs to be mended. If it is old, update the origin first, and then purge it.';

/** By the status of the last request; MISS and HIT depend on the requests before it too. */
const VERDICTS = {
	hit: { say: 'It is cached.', causes: [rulesOverride, timeLeft], next: NOTHING_TO_MEND },
	filled: {
		say: 'It is cached since these requests: one of them stored it, and the last one found it.',
		causes: [rulesOverride, timeLeft],
		next: NOTHING_TO_MEND,
	},
	miss: {
		say: 'It may be cached, and this data centre did not have it.',
		causes: [],
		unknown: 'A first request of a data centre is always a MISS.',
		next: 'Call again: a HIT then shows that it works.',
	},
	missAgain: {
		say: 'It may be cached, and a further request of the same data centre did not find it.',
		causes: [queryInKey, otherKeys, varies],
		unknown: 'The copy may have been dropped at once, as rarely requested objects are.',
		next: 'Call with trace: true to see the cache key. cache_overview shows whether Tiered Cache is on.',
	},
	expired: {
		say: 'The copy was out of date: Cloudflare asked the origin, and got new content.',
		causes: [mustCheck, rulesOverride, timeLeft],
		next: 'If the origin is asked too often, raise max-age there, or the edge TTL in a Cache Rule.',
	},
	revalidated: {
		say: 'The copy was out of date: Cloudflare asked the origin, and it is unchanged.',
		causes: [mustCheck, rulesOverride, timeLeft],
		next: 'If the origin is asked too often, raise max-age there, or the edge TTL in a Cache Rule.',
	},
	updating: {
		say: 'Visitors get the old copy, while Cloudflare fetches the new one.',
		causes: [staleDirectives],
		unknown: 'The copy was out of date, or invalidated.',
		next: 'Call again: the next request gets the new one. If the old one must not be seen, use purge_cache.',
	},
	stale: {
		say: 'Visitors get the old copy, because the origin fails or cannot be reached.',
		causes: [staleDirectives],
		unknown: 'Cloudflare serves what it has while the origin cannot be reached.',
		next: 'Check the origin server.',
	},
	bypass: {
		say: 'It could be cached, but this answer may not be stored.',
		causes: [storageRules, notStorable, setsCookie, variesOnAll, tooLarge, imageVariants],
		unknown: `No header that is visible here explains it: ${INVISIBLE}`,
		next: 'Change the header at the origin, or set an edge TTL that overrides it in a Cache Rule.',
	},
	dynamic: {
		say: 'It is not cached: Cloudflare passes every such request on to the origin.',
		causes: [developmentMode, paused, bypassedByRule, notEligible],
		unknown: 'A rule that depends on the visitor may have decided.',
		next: 'To cache it, make it eligible in a Cache Rule (dashboard). A purge changes nothing about it.',
	},
	none: {
		say: 'The answer did not pass the cache.',
		causes: [notCloudflare, refusedByEdge, redirected, paused],
		unknown: 'A Worker, a rule or Cloudflare itself may have answered.',
		next: 'Check the DNS record, Workers routes and redirect rules of this host in the dashboard.',
	},
} as const satisfies Readonly<Record<string, Verdict>>;

const BY_STATUS: Readonly<Record<Exclude<CacheStatus, 'HIT' | 'MISS'>, Verdict>> = {
	EXPIRED: VERDICTS.expired,
	REVALIDATED: VERDICTS.revalidated,
	UPDATING: VERDICTS.updating,
	STALE: VERDICTS.stale,
	BYPASS: VERDICTS.bypass,
	DYNAMIC: VERDICTS.dynamic,
	NONE: VERDICTS.none,
};

/** What each status means, and what to do about it. A status whose meaning depends on the requests before it has its first. */
export const STATUS_MEANINGS: Readonly<Record<CacheStatus, Pick<Verdict, 'say' | 'next'>>> = {
	HIT: VERDICTS.hit,
	MISS: VERDICTS.miss,
	...BY_STATUS,
};

/** The verdict on a URL. */
export function judge(evidence: Evidence): Verdict {
	const { cacheStatus, colo } = lastOf(evidence);
	const before = evidence.probes.slice(0, -1);
	// Each data centre has a cache of its own.
	const missed = before.some((probe) => probe.cacheStatus === 'MISS' && probe.colo === colo);
	if (cacheStatus === 'HIT') return missed ? VERDICTS.filled : VERDICTS.hit;
	if (cacheStatus !== 'MISS') return BY_STATUS[cacheStatus];
	return missed ? VERDICTS.missAgain : VERDICTS.miss;
}

/** The facts that hold, or what is said where none does. */
export function becauseOf({ causes, unknown }: Verdict, evidence: Evidence): string[] {
	// An agent that looks for a page must learn that this URL has another one.
	const found = [...new Set<Cause>([...causes, redirected])].flatMap((cause) => cause(evidence) ?? []);
	return found.length > 0 || unknown === undefined ? found : [unknown];
}
