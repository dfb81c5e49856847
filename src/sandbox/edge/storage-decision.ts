/** Decides whether the edge may store an origin's answer, and for how long. */
import type { CacheSettings } from './cache-settings.js';
import type { OriginAnswer } from './origin.js';
import type { Lifetime } from './store.js';

/** Cloudflare's default times by status, in seconds. */
const DEFAULT_SECONDS: Record<number, number> = {
	200: 7200,
	206: 7200,
	301: 7200,
	302: 1200,
	303: 1200,
	404: 180,
	410: 180,
};
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_ENTERPRISE_BYTES = 5 * 1024 * 1024 * 1024;

type Directives = ReadonlyMap<string, string>;

/** The lifetime of an answer; undefined where it must not be stored. */
export function lifetimeOf(answer: OriginAnswer, settings: CacheSettings, plan: string): Lifetime | undefined {
	const { status = 200, headers = {}, contentLength = 0 } = answer;
	if (contentLength > (plan === 'enterprise' ? MAX_ENTERPRISE_BYTES : MAX_BYTES)) return undefined;
	if (String(headers.vary ?? '').trim() === '*') return undefined;
	const directives = directivesOf(headers);
	const override = overrideOf(settings, status);
	if (override !== undefined) return override < 0 ? undefined : withStale(override, directives);
	if (headers['set-cookie'] !== undefined && !settings.strip_set_cookie) return undefined;
	if (directives.has('no-store') || directives.get('private') === '') return undefined;
	const given = givenSeconds(directives, headers);
	if (given === undefined && settings.edge_ttl?.mode === 'bypass_by_default') return undefined;
	const seconds = given ?? settings.edge_ttl?.default ?? DEFAULT_SECONDS[status];
	if (seconds === undefined) return undefined;
	// Origin Cache Control is off on Enterprise unless a rule turns it on: an answer that must be checked is not stored then.
	const checks = settings.origin_cache_control ?? plan !== 'enterprise';
	return seconds <= 0 && !checks ? undefined : withStale(Math.max(0, seconds), directives);
}

/** The directives that count for Cloudflare, by name; the value is empty where there is none. */
function directivesOf(headers: NonNullable<OriginAnswer['headers']>): Directives {
	const text =
		headers['cloudflare-cdn-cache-control'] ?? headers['cdn-cache-control'] ?? headers['cache-control'] ?? '';
	const parts = String(text)
		.split(',')
		.map((part) => part.trim().toLowerCase().split('='));
	return new Map(parts.map(([name = '', value = '']) => [name, value]));
}

/** Seconds that a rule sets whatever the origin says; below 0 where it forbids to store. */
function overrideOf({ edge_ttl: ttl }: CacheSettings, status: number): number | undefined {
	const forStatus = ttl?.status_code_ttl?.find(({ status_code: one, status_code_range: range }) =>
		one === undefined ? status >= (range?.from ?? 0) && status <= (range?.to ?? 999) : one === status,
	);
	return forStatus?.value ?? (ttl?.mode === 'override_origin' ? (ttl.default ?? 0) : undefined);
}

function givenSeconds(directives: Directives, headers: NonNullable<OriginAnswer['headers']>): number | undefined {
	if (directives.has('no-cache')) return 0;
	const age = directives.get('s-maxage') ?? directives.get('max-age');
	if (age !== undefined) return Number(age);
	const { expires } = headers;
	return expires === undefined
		? undefined
		: Math.round((Date.parse(String(expires)) - Date.parse(String(headers.date))) / 1000);
}

function withStale(freshSeconds: number, directives: Directives): Lifetime {
	const secondsOf = (name: string) => Number(directives.get(name) ?? 0);
	return {
		freshSeconds,
		staleWhileRevalidateSeconds: secondsOf('stale-while-revalidate'),
		staleIfErrorSeconds: secondsOf('stale-if-error'),
	};
}
