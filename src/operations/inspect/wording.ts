/** Puts an inspection into its result, and into words. */
import { quote, showAirport } from '../../base/sanitize.js';
import { z } from '../../zod.js';
import { describeEffects, describeKeyPart, isForGetOnly, keyPartsOf } from '../cache-rules.js';
import type { Outcome } from '../outcome.js';
import { formatNumber } from '../wording.js';
import { lastOf } from './causes.js';
import type { Evidence, Probe } from './evidence.js';
import { becauseOf, judge } from './verdicts.js';

const request = z.object({
	status: z.number(),
	cf_cache_status: z.string(),
	age: z.number().optional(),
	etag: z.string().optional(),
	last_modified: z.string().optional(),
	cf_ray: z.string().optional(),
});

/** The schema of an inspection's result. */
export const inspection = z.object({
	url: z.string(),
	colo: z.string().optional(),
	requests: z.array(request),
	verdict: z.string(),
	because: z.array(z.string()),
	cache_key: z.object({ key: z.string(), traced: z.boolean(), also: z.array(z.string()) }),
	rules: z.array(z.object({ description: z.string().optional(), expression: z.string(), effect: z.string() })),
	purge_with: z.record(z.unknown()).optional(),
	not_seen: z.array(z.string()),
	next: z.string(),
});
/** An inspection, as it is answered. */
type Inspection = z.output<typeof inspection>;

/** Rules that are told. */
const MAX_RULES = 5;
const MAX_URL_CHARACTERS = 200;

/** Statuses of answers that are in no cache, so that there is nothing to purge. */
const NOT_STORED = new Set(['BYPASS', 'DYNAMIC', 'NONE']);

/** The answer to an inspection. */
export function toInspection(evidence: Evidence): Inspection {
	const verdict = judge(evidence);
	const { colo } = lastOf(evidence);
	const selection = purgeFor(evidence);
	return {
		url: evidence.url,
		...(colo !== undefined && { colo }),
		requests: evidence.probes.map(toRequest),
		verdict: verdict.say,
		because: becauseOf(verdict, evidence),
		cache_key: keyOf(evidence),
		rules: evidence.rules.slice(0, MAX_RULES).map((rule) => ({
			...(rule.description && { description: rule.description }),
			expression: rule.expression ?? '',
			effect: describeEffects(rule),
		})),
		...(selection && { purge_with: selection }),
		not_seen: notSeen(evidence),
		next: verdict.next,
	};
}

function toRequest({ status, cacheStatus, age, etag, lastModified, ray }: Probe): Inspection['requests'][number] {
	return {
		status,
		cf_cache_status: cacheStatus,
		...(age !== undefined && { age }),
		...(etag !== undefined && { etag }),
		...(lastModified !== undefined && { last_modified: lastModified }),
		...(ray !== undefined && { cf_ray: ray }),
	};
}

/** The key as far as it can be known: as traced, or the URL and what the rules that name it add. */
function keyOf({ url, sent, rules, tracedKey }: Evidence): Inspection['cache_key'] {
	if (tracedKey !== undefined) return { key: tracedKey, traced: true, also: [] };
	const origin = hasHeader(sent, 'Origin') ? ['Origin'] : [];
	const parts = rules.flatMap(keyPartsOf).map(describeKeyPart);
	return { key: url, traced: false, also: [...new Set([...origin, ...parts])] };
}

/** The request headers that stand for parts of a key. */
const HEADER_OF: Readonly<Record<string, string>> = {
	device: 'CF-Device-Type',
	country: 'CF-IPCountry',
	language: 'Accept-Language',
};

/** The arguments of purge_cache beside the zone that remove this object; undefined where no cache has it. */
function purgeFor(evidence: Evidence): Record<string, unknown> | undefined {
	const { url, host, path, sent, rules } = evidence;
	if (NOT_STORED.has(lastOf(evidence).cacheStatus)) return undefined;
	const kinds = rules.flatMap(keyPartsOf).map(({ kind }) => kind);
	const wanted = ['Origin', ...kinds.flatMap((kind) => HEADER_OF[kind] ?? [])].map((name) => name.toLowerCase());
	const headers = Object.entries(sent).filter(([name]) => wanted.includes(name.toLowerCase()));
	const isKnown = kinds.every((kind) => kind === 'query' || hasHeader(sent, HEADER_OF[kind]));
	// A prefix reaches every copy. Without a path it would be the whole host, which needs the user's consent.
	if ((!isKnown || rules.some(isForGetOnly)) && path !== '/') return { prefixes: [host + path] };
	return headers.length > 0 ? { files: [{ url, headers: Object.fromEntries(headers) }] } : { urls: [url] };
}

function hasHeader(headers: Evidence['sent'], wanted: string | undefined): boolean {
	return Object.keys(headers).some((name) => name.toLowerCase() === wanted?.toLowerCase());
}

function notSeen({ probes, sent, unread }: Evidence): string[] {
	const { colo } = probes[0];
	const place = colo === undefined ? 'one place' : `data centre ${showAirport(colo)}`;
	const overwritten = Object.keys(sent).filter((name) => /^cf-/i.test(name));
	return [
		`This is what one visitor got in ${place}: others may get another copy.`,
		...(overwritten.length > 0 ? [`Cloudflare may overwrite ${overwritten.join(' and ')}.`] : []),
		...unread,
	];
}

/** An inspection in words. */
export function describeInspection({ zone, result }: Outcome<unknown, Inspection>): string {
	const { url, colo, requests, verdict, because, purge_with: selection, not_seen, next } = result;
	const at = colo === undefined ? '' : ` at ${showAirport(colo)}`;
	return [
		`${quote(url, MAX_URL_CHARACTERS)}: ${requests.map(describeRequest).join(', then ')}${at}. ${verdict}`,
		...(because.length > 0 ? [`Because: ${because.join(' ')}`] : []),
		describeKey(result),
		...(selection ? [`To purge it: purge_cache ${JSON.stringify({ zone: zone.name, ...selection })}`] : []),
		not_seen.join(' '),
		`Next: ${next}`,
	].join('\n');
}

function describeRequest({ status, cf_cache_status: cacheStatus, age }: Inspection['requests'][number]): string {
	const facts = [
		...(status === 200 ? [] : [`HTTP ${status}`]),
		...(age === undefined ? [] : [`age ${formatNumber(age)} s`]),
	];
	const shown = cacheStatus === 'NONE' ? 'no CF-Cache-Status' : cacheStatus;
	return facts.length > 0 ? `${shown} (${facts.join(', ')})` : shown;
}

function describeKey({ cache_key: { key, traced, also }, rules }: Inspection): string {
	const parts = also.length > 0 ? `, and ${also.join(', ')}` : '';
	const named = rules.map(({ description, expression, effect }) => `${quote(description || expression, 80)} ${effect}`);
	return [
		traced
			? `Cache key by Trace: ${quote(key, MAX_URL_CHARACTERS)}.`
			: `Cache key: scheme, host, path and query${parts}.`,
		...(named.length > 0 ? [`Rules that name it: ${named.join('; ')}.`] : []),
	].join(' ');
}
