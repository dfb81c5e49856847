/** Computes the figures of the analytics from the rows of a query. Pure. */
import { z } from '../../zod.js';
import { FETCHED, INELIGIBLE, SERVED } from '../cache-statuses.js';
import { rows } from '../fields.js';
import { recordedPurge } from './purge-history.js';

/** Below this many eligible requests a ratio says little. */
const MIN_FOR_RATIO = 100;

const count = z.number().nonnegative().catch(0);
const word = z.string().max(2_048).catch('');

/** A row of any part, as far as it is known. */
export const row = z.object({
	count,
	avg: z.object({ sampleInterval: z.number() }).optional().catch(undefined),
	sum: z.object({ edgeResponseBytes: count, requests: count }).partial().optional().catch(undefined),
	max: z.object({ objectCount: count, storedBytes: count }).partial().optional().catch(undefined),
	dimensions: z
		.object({
			cacheStatus: word,
			clientRequestHTTPHost: word,
			clientRequestPath: word,
			datetimeHour: word,
			date: word,
			operationClass: word,
		})
		.partial()
		.catch({}),
});
export type Row = z.output<typeof row>;

/** The result of cache_analytics. */
export const analytics = z.object({
	hours: z.number(),
	since: z.string(),
	until: z.string(),
	requests: z.number(),
	eligible: z.number(),
	served: z.number(),
	hit_ratio: z.number().optional(),
	ineligible_ratio: z.number().optional(),
	bytes: z.number(),
	sample_interval: z.number().optional(),
	statuses: z.record(z.number()),
	uncached: rows(
		z.object({ status: z.string(), host: z.string(), path: z.string(), requests: z.number(), bytes: z.number() }),
	),
	series: rows(z.object({ time: z.string(), requests: z.number(), eligible: z.number(), served: z.number() })),
	reserve: z
		.object({
			stored_bytes: z.number(),
			objects: z.number(),
			class_a: z.number(),
			class_b: z.number(),
			usd_a_month: z.number(),
		})
		.optional(),
	purges: rows(recordedPurge).optional(),
	/** The most hours that the zone's plan shows at once, where fewer were asked for. */
	limit_hours: z.number().optional(),
	missing: z.array(z.string()).optional(),
});
export type Analytics = z.output<typeof analytics>;

/** Requests by what the cache did with them. */
export interface Traffic {
	readonly requests: number;
	/** Requests that the cache may serve. */
	readonly eligible: number;
	readonly served: number;
	/** Served by eligible, from 0 to 1; absent below MIN_FOR_RATIO eligible requests. */
	readonly hit_ratio?: number;
	/** Requests that the cache does not handle, by all that it or the origin answered, from 0 to 1. */
	readonly ineligible_ratio?: number;
}

/** Sums the counts of rows by their status. */
export function countTraffic(rows: readonly Row[]): Traffic {
	const sum = (statuses?: readonly string[]) =>
		rows
			.filter(({ dimensions }) => !statuses || statuses.includes(dimensions.cacheStatus ?? ''))
			.reduce((total, one) => total + one.count, 0);
	const [served, fetched, ineligible] = [sum(SERVED), sum(FETCHED), sum(INELIGIBLE)];
	const eligible = served + fetched;
	return {
		requests: sum(),
		eligible,
		served,
		...(eligible >= MIN_FOR_RATIO && { hit_ratio: roundRatio(served / eligible) }),
		...(eligible + ineligible >= MIN_FOR_RATIO && {
			ineligible_ratio: roundRatio(ineligible / (eligible + ineligible)),
		}),
	};
}

/** The traffic of each step of time, in the order of time. */
export function toSeries(
	rows: readonly Row[],
): readonly (Pick<Traffic, 'requests' | 'eligible' | 'served'> & { time: string })[] {
	const steps = new Map<string, Row[]>();
	for (const one of rows) {
		const time = one.dimensions.datetimeHour || one.dimensions.date;
		if (time) steps.set(time, [...(steps.get(time) ?? []), one]);
	}
	return [...steps].map(([time, own]) => {
		const { requests, eligible, served } = countTraffic(own);
		return { time, requests, eligible, served };
	});
}

/** What Cache Reserve holds, does and costs. */
export interface ReserveUse {
	readonly stored_bytes: number;
	readonly objects: number;
	readonly class_a: number;
	readonly class_b: number;
	/** US dollars, of the size now and the operations of the time asked for, extrapolated to a month. */
	readonly usd_a_month: number;
}

/** Cloudflare's prices of 2026: a GB for a month, and a million operations. Operations are billed by whole millions. */
const PRICES_USD = { gigabyte: 0.015, classA: 4.5, classB: 0.36 };
const HOURS_A_MONTH = 730;

/** The use of Cache Reserve, or undefined where it holds and does nothing. */
export function toReserveUse(
	parts: { operations?: readonly Row[]; size?: readonly Row[] },
	hours: number,
): ReserveUse | undefined {
	const { storedBytes = 0, objectCount = 0 } = parts.size?.at(-1)?.max ?? {};
	const operations = (letter: string) =>
		(parts.operations ?? [])
			.filter(({ dimensions }) => dimensions.operationClass?.toLowerCase().endsWith(letter))
			.reduce((total, { sum }) => total + (sum?.requests ?? 0), 0);
	const [classA, classB] = [operations('a'), operations('b')];
	if (storedBytes + classA + classB === 0) return undefined;
	const millions = (amount: number) => Math.ceil((amount * HOURS_A_MONTH) / hours / 1e6);
	const usd =
		(storedBytes / 1e9) * PRICES_USD.gigabyte +
		millions(classA) * PRICES_USD.classA +
		millions(classB) * PRICES_USD.classB;
	return {
		stored_bytes: storedBytes,
		objects: objectCount,
		class_a: classA,
		class_b: classB,
		usd_a_month: Math.round(usd * 100) / 100,
	};
}

function roundRatio(ratio: number): number {
	return Math.round(ratio * 1_000) / 1_000;
}
