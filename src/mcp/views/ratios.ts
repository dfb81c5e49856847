/** Finds the hit ratio at each step of a series, and what became of requests by status. Pure. */
import type { Analytics } from '../../operations/analytics/figures.js';
import { FETCHED, INELIGIBLE, SERVED } from '../../operations/cache-statuses.js';

/** The share of eligible requests that the cache served, from 0 to 1; undefined where there were none. */
export interface RatioPoint {
	readonly time: string;
	readonly ratio: number | undefined;
	readonly requests: number;
}

/** The hit ratio of each step, in the order of time. */
export function toRatios(series: Analytics['series']): readonly RatioPoint[] {
	return series.map(({ time, requests, eligible, served }) => ({
		time,
		requests,
		ratio: eligible > 0 ? Math.min(1, served / eligible) : undefined,
	}));
}

/** The series in at most `most` steps: neighbours are added up where it has more. */
export function mergeSteps(series: Analytics['series'], most: number): Analytics['series'] {
	const size = Math.ceil(series.length / most);
	const merged: Analytics['series'] = [];
	for (const [index, step] of series.entries()) {
		const last = merged.at(-1);
		if (!last || index % size === 0) merged.push({ ...step });
		else for (const name of ['requests', 'eligible', 'served'] as const) last[name] += step[name];
	}
	return merged;
}

/** What became of requests: `served` by the cache, `fetched` from the origin, `ineligible` for the cache, or `other`, such as none. */
export type Fate = 'served' | 'fetched' | 'ineligible' | 'other';

/** Requests of one status. */
export interface StatusCount {
	readonly status: string;
	readonly requests: number;
	readonly fate: Fate;
}

/** The statuses with the most requests first. */
export function toStatuses(statuses: Analytics['statuses']): readonly StatusCount[] {
	return Object.entries(statuses)
		.map(([status, requests]) => ({ status, requests, fate: fateOf(status) }))
		.sort((one, other) => other.requests - one.requests);
}

function fateOf(status: string): Fate {
	if (SERVED.includes(status)) return 'served';
	if (FETCHED.includes(status)) return 'fetched';
	return INELIGIBLE.includes(status) ? 'ineligible' : 'other';
}
