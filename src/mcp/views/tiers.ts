/** Finds which tiers a request passes on its way to the origin, and which of them are on. Pure. */
import { formatNumber } from '../../base/amounts.js';
import { isObject } from '../../base/json.js';

/** One setting of cache_overview: its value, or the reason why there is none. */
interface Fact {
	readonly value?: unknown;
	readonly reason?: string | undefined;
	/** The regions of the mappings that could be read, for `origin_cloud_regions`. */
	readonly regions?: unknown;
}

/** The settings of cache_overview, by name. */
export type Facts = Readonly<Record<string, Fact | undefined>>;

/**
 * `always` for the ends of the way; `idle` for a tier that is on and does nothing; `unknown` where the setting has no
 * value, because it was never set, is not in the plan or could not be read.
 */
export type TierState = 'always' | 'on' | 'idle' | 'off' | 'unknown';

/** A station on the way of a request. */
export interface Tier {
	readonly key: 'visitor' | 'lower' | 'regional' | 'upper' | 'reserve' | 'origin';
	readonly name: string;
	readonly state: TierState;
	/** What is to be said beside its state; empty where there is nothing. */
	readonly detail: string;
}

/** The state in words; empty for the ends of the way, and where the detail says why there is no value. */
export const STATE_WORDS: Readonly<Record<TierState, string>> = {
	always: '',
	on: 'on',
	idle: 'no effect',
	off: 'off',
	unknown: '',
};

/** The stations from the visitor to the origin. */
export function toTiers(facts: Facts): readonly Tier[] {
	const isBypassed = bypasses(facts.zone?.value);
	const tiered = stateOf(facts.tiered_caching);
	const regional = stateOf(facts.regional_tiered_cache);
	const tiers: readonly Tier[] = [
		{ key: 'visitor', name: 'Visitor', state: 'always', detail: '' },
		{ key: 'lower', name: 'Lower tier', state: 'on', detail: 'data centre near the visitor' },
		{
			key: 'regional',
			name: 'Regional hub',
			state: regional === 'on' && tiered !== 'on' ? 'idle' : regional,
			detail: regional === 'on' && tiered !== 'on' ? 'needs Tiered Cache' : reasonOf(facts.regional_tiered_cache),
		},
		{ key: 'upper', name: 'Upper tier', state: tiered, detail: describeUpper(facts, tiered) },
		{
			key: 'reserve',
			name: 'Cache Reserve',
			state: stateOf(facts.cache_reserve),
			detail: isClearing(facts) ? 'being cleared' : reasonOf(facts.cache_reserve),
		},
		{ key: 'origin', name: 'Origin', state: 'always', detail: describeMappings(facts.origin_cloud_regions) },
	];
	return isBypassed
		? tiers.map((tier) => (tier.state === 'on' ? { ...tier, state: 'idle', detail: 'bypassed' } : tier))
		: tiers;
}

/** Whether requests pass through the tier. */
export function isPassed({ state }: Tier): boolean {
	return state === 'always' || state === 'on';
}

function stateOf(fact: Fact | undefined): TierState {
	if (fact?.value === 'on') return 'on';
	return fact?.value === 'off' ? 'off' : 'unknown';
}

const reasonOf = (fact: Fact | undefined): string => (fact?.value === undefined ? (fact?.reason ?? 'not known') : '');

function describeUpper({ tiered_caching: tiered, smart_tiered_cache: smart }: Facts, state: TierState): string {
	if (state !== 'on') return reasonOf(tiered);
	return `Smart: ${typeof smart?.value === 'string' ? smart.value : (smart?.reason ?? 'not known')}`;
}

function describeMappings(fact: Fact | undefined): string {
	if (typeof fact?.value !== 'number' || fact.value === 0) return '';
	return `${formatNumber(fact.value)} mapped to regions`;
}

/** A paused zone caches nothing, and neither does one in development mode. */
function bypasses(zone: unknown): boolean {
	return isObject(zone) && (zone.paused === true || Number(zone.development_mode ?? 0) > 0);
}

function isClearing({ cache_reserve_clear: clear }: Facts): boolean {
	return isObject(clear?.value) && clear.value.state === 'In-progress';
}
