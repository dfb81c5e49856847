/** Lists the rules by which cache settings are judged: severity, source, evidence, and the call that mends it. Pure. */
import { formatBytes } from '../../base/amounts.js';
import { quote } from '../../base/sanitize.js';
import { type CacheRule, isForGetOnly, keyPartsOf } from '../cache-rules.js';
import { formatNumber } from '../wording.js';
import type { Severity } from './severities.js';

/** What is known of a zone. A member is undefined where it could not be read, and no rule guesses then. */
export interface ZoneFacts {
	readonly zonePlan: string;
	readonly status?: string | undefined;
	readonly isPaused?: boolean | undefined;
	/** Seconds until development mode ends; 0 when it is off. */
	readonly developmentModeS?: number | undefined;
	readonly reserve?: string | undefined;
	readonly isClearing?: boolean | undefined;
	readonly tiered?: string | undefined;
	readonly smart?: string | undefined;
	readonly regional?: string | undefined;
	/** Image types by extension; empty when never set. */
	readonly variants?: Readonly<Record<string, unknown>> | undefined;
	readonly mappings?: number | undefined;
	readonly environments?: number | undefined;
	/** Cache Rules and Cache Response Rules. */
	readonly rules?: readonly CacheRule[] | undefined;
	/** Bytes that Cache Reserve stores, from the analytics of the last 24 hours. */
	readonly storedBytes?: number | undefined;
	/** Requests of the last 24 hours that the cache may serve, how many it did, and where most of the others go. */
	readonly traffic?: { eligible: number; served: number; paths: readonly string[] } | undefined;
}

/** The call that mends a finding, in the zone that it was found in. */
export interface Fix {
	readonly tool: string;
	readonly arguments: Readonly<Record<string, unknown>>;
}

interface FindingRule {
	readonly severity: Severity;
	/** Where Cloudflare says so. */
	readonly source: string;
	/** What is wrong, with the evidence, in one or two sentences. Undefined where it is not so, or is not known. */
	find(facts: ZoneFacts): string | undefined;
	/** The call that mends it; absent where none of the tools does. */
	fix?(facts: ZoneFacts): Fix;
}

const DOCS = 'https://developers.cloudflare.com';
const TIERED = `${DOCS}/cache/how-to/tiered-cache/`;
const RESERVE = `${DOCS}/cache/advanced-configuration/cache-reserve/`;
const ZONES = `${DOCS}/dns/zone-setups/reference/domain-status/`;

const turnOn = (tool: string) => (): Fix => ({ tool, arguments: { value: 'on' } });
/** Extensions of one image type. Cloudflare matches by extension, so that one does not stand for the other. */
const TWINS = [
	['jpeg', 'jpg'],
	['tiff', 'tif'],
] as const;
/** The limit of mappings is 3,500 (error 1164). */
const MANY_MAPPINGS = 3_400;
const [MIN_ELIGIBLE, MAX_FETCHED_RATIO] = [100, 0.5];

/** `Rule "a", "b"`: the first three names; undefined of no rules. */
function namesOf(rules: readonly CacheRule[]): string | undefined {
	const names = rules.slice(0, 3).map(({ description, expression }) => quote(description || expression || '', 60));
	return names.length > 0 ? `Rule ${names.join(', ')}` : undefined;
}

/** All rules, worst first. */
export const FINDING_RULES: readonly FindingRule[] = [
	{
		severity: 1,
		source: ZONES,
		find: ({ isPaused }) =>
			isPaused ? 'The zone is paused: Cloudflare neither proxies nor caches. Resume it in the dashboard.' : undefined,
	},
	{
		severity: 1,
		source: ZONES,
		find: ({ status }) =>
			status && status !== 'active'
				? `The zone is not active (${quote(status, 30)}): no traffic passes through it. Activate it in the dashboard.`
				: undefined,
	},
	{
		severity: 1,
		source: `${DOCS}/cache/reference/development-mode/`,
		find: ({ developmentModeS: left = 0 }) =>
			left > 0 ? `Development mode bypasses the cache for ${formatNumber(left)} s more.` : undefined,
		fix: () => ({ tool: 'development_mode_edit', arguments: { value: 'off' } }),
	},
	{
		severity: 2,
		source: `${DOCS}/cache/how-to/cache-rules/settings/`,
		find: ({ rules = [] }) => {
			const names = namesOf(rules.filter(isForGetOnly));
			return (
				names &&
				`${names} matches GET alone, so a purge by URL may miss what it caches. Purge by tag or prefix, or add PURGE to its expression in the dashboard.`
			);
		},
	},
	{
		severity: 2,
		source: RESERVE,
		find: ({ reserve, tiered }) =>
			reserve === 'on' && tiered === 'off'
				? 'Cache Reserve is on without Tiered Cache: each data centre reads it by itself, which costs more operations.'
				: undefined,
		fix: turnOn('tiered_cache_edit'),
	},
	{
		severity: 2,
		source: RESERVE,
		find: ({ reserve, storedBytes = 0, isClearing }) =>
			reserve === 'off' && storedBytes > 0 && isClearing === false
				? `Cache Reserve is off and still stores ${formatBytes(storedBytes)}, which is billed.`
				: undefined,
		fix: () => ({ tool: 'cache_reserve_clear', arguments: {} }),
	},
	{
		severity: 2,
		source: TIERED,
		find: ({ tiered, smart, zonePlan }) =>
			tiered === 'on' && smart === 'off' && ['free', 'pro', 'business'].includes(zonePlan)
				? `Tiered Cache is on without Smart Tiered Cache, and the ${zonePlan} plan has no other topology.`
				: undefined,
		fix: turnOn('smart_tiered_cache_edit'),
	},
	{
		severity: 2,
		source: TIERED,
		find: ({ tiered, reserve }) =>
			tiered === 'off' && reserve !== 'on'
				? 'Tiered Cache is off: every data centre asks the origin. It is free on all plans.'
				: undefined,
		fix: turnOn('tiered_cache_edit'),
	},
	{
		severity: 3,
		source: TIERED,
		find: ({ tiered, smart, regional }) => {
			const on = [...(smart === 'on' ? ['Smart'] : []), ...(regional === 'on' ? ['Regional'] : [])];
			return tiered === 'off' && on.length > 0
				? `${on.join(' and ')} Tiered Cache is on while Tiered Cache is off.`
				: undefined;
		},
		fix: turnOn('tiered_cache_edit'),
	},
	{
		severity: 3,
		source: TIERED,
		find: ({ tiered, smart, regional }) =>
			regional === 'on' && tiered === 'on' && smart === 'off'
				? 'Regional Tiered Cache is on without Smart Tiered Cache, so it brings nothing unless a custom topology is set.'
				: undefined,
		fix: turnOn('smart_tiered_cache_edit'),
	},
	{
		severity: 3,
		source: `${DOCS}/changelog/post/2026-04-17-origin-cloud-regions/`,
		find: ({ mappings = 0, tiered, smart }) =>
			mappings > 0 && (tiered === 'off' || smart === 'off')
				? `${formatNumber(mappings)} origins are mapped to cloud regions, which only Tiered Cache with Smart Tiered Cache uses.`
				: undefined,
		fix: ({ tiered }) => turnOn(tiered === 'off' ? 'tiered_cache_edit' : 'smart_tiered_cache_edit')(),
	},
	{
		severity: 3,
		source: RESERVE,
		find: ({ reserve, variants = {} }) =>
			reserve === 'on' && Object.keys(variants).length > 0
				? 'Cache Reserve does not store the images that have variants. Choose one: variants_delete, or cache_reserve_edit with value off.'
				: undefined,
	},
	{
		severity: 3,
		source: `${DOCS}/cache/advanced-configuration/vary-for-images/`,
		find: ({ variants = {} }) => {
			const missing = TWINS.flatMap(([one, other]) =>
				one in variants === other in variants
					? []
					: [one in variants ? `.${other} beside .${one}` : `.${one} beside .${other}`],
			);
			return missing.length > 0
				? `Image variants are matched by extension, and ${missing.join(' and ')} has none. Add it with variants_edit, mode merge.`
				: undefined;
		},
	},
	{
		severity: 4,
		source: RESERVE,
		find: ({ isClearing }) =>
			isClearing
				? 'A clear of Cache Reserve is running. Until it ends, within about 24 hours, Cache Reserve cannot be turned on.'
				: undefined,
	},
	{
		severity: 4,
		source: `${DOCS}/cache/how-to/purge-cache/purge-cache-key/`,
		find: ({ rules = [] }) => {
			const names = namesOf(
				rules.filter((rule) => rule.enabled !== false && keyPartsOf(rule).some(({ kind }) => kind !== 'query')),
			);
			return (
				names &&
				`${names} keeps several versions of a URL, and a purge by URL clears one. Purge by tag or prefix, or by files with headers.`
			);
		},
	},
	{
		severity: 4,
		source: `${DOCS}/version-management/`,
		find: ({ reserve, environments = 0 }) =>
			reserve === 'on' && environments >= 2 ? 'Cache Reserve serves the production environment only.' : undefined,
	},
	{
		severity: 4,
		source: `${DOCS}/api/`,
		find: ({ mappings = 0 }) =>
			mappings >= MANY_MAPPINGS
				? `${formatNumber(mappings)} of at most 3,500 mappings are used. Delete old ones.`
				: undefined,
	},
	{
		severity: 4,
		source: `${DOCS}/cache/concepts/cache-responses/`,
		find: ({ traffic }) => {
			if (!traffic || traffic.eligible < MIN_ELIGIBLE) return undefined;
			const ratio = 1 - traffic.served / traffic.eligible;
			if (ratio <= MAX_FETCHED_RATIO) return undefined;
			const paths = traffic.paths.slice(0, 3).map((path) => quote(path, 100));
			return `In the last 24 hours ${Math.round(ratio * 100)} % of the eligible requests went to the origin${paths.length > 0 ? `, most of them to ${paths.join(', ')}` : ''}.`;
		},
	},
];
