/** Makes up the traffic of a zone: the same for the same zone and hour, so that tests can compute it. */
import type { Zone } from '../zones.js';
import type { DataRow } from './groups.js';

const HOUR_MS = 3_600_000;

/** What visitors ask for: the cache's answer, requests an hour of a busy zone, and bytes a request. */
const PAGES = [
	{ path: '/assets/app.js', cacheStatus: 'hit', weight: 500, bytes: 40_000 },
	{ path: '/assets/app.css', cacheStatus: 'hit', weight: 300, bytes: 12_000 },
	{ path: '/img/hero.jpg', cacheStatus: 'revalidated', weight: 60, bytes: 250_000 },
	{ path: '/blog/', cacheStatus: 'miss', weight: 90, bytes: 20_000 },
	{ path: '/feed.xml', cacheStatus: 'expired', weight: 40, bytes: 9_000 },
	{ path: '/api/cart', cacheStatus: 'dynamic', weight: 220, bytes: 1_500 },
	{ path: '/account', cacheStatus: 'bypass', weight: 30, bytes: 15_000 },
	{ path: '/old', cacheStatus: 'none', weight: 10, bytes: 200 },
];

/** Share of a busy zone's traffic, by plan. A free zone has too little for a hit ratio of an hour. */
const SHARE = { enterprise: 10, business: 1, pro: 0.1, free: 0.005 };
const SAMPLE_INTERVAL = { enterprise: 10, business: 1, pro: 1, free: 1 };

/** Requests of each hour from `since` on, before `until` (milliseconds since 1970). Nights have half of the traffic of noon. */
export function requestsOf(zone: Zone, since: number, until: number): DataRow[] {
	const rows: DataRow[] = [];
	for (let time = Math.ceil(since / HOUR_MS) * HOUR_MS; time < until; time += HOUR_MS) {
		const daylight = 0.75 - 0.25 * Math.cos((new Date(time).getUTCHours() / 24) * 2 * Math.PI);
		for (const { path, cacheStatus, weight, bytes } of PAGES) {
			const count = Math.round(weight * SHARE[zone.plan] * daylight);
			if (count === 0) continue;
			rows.push({
				time,
				dimensions: {
					cacheStatus,
					clientRequestPath: path,
					clientRequestHTTPHost: `www.${zone.facts.name}`,
					requestSource: 'eyeball',
				},
				numbers: { count, edgeResponseBytes: count * bytes, sampleInterval: SAMPLE_INTERVAL[zone.plan] },
			});
		}
	}
	return rows;
}

/** Operations of Cache Reserve in each hour, where it is on: a write for each miss, and a read for each revalidation. */
export function reserveOperationsOf(zone: Zone, since: number, until: number): DataRow[] {
	if (!usesReserve(zone)) return [];
	const classOf: Record<string, string> = { miss: 'A', revalidated: 'B' };
	return requestsOf(zone, since, until).flatMap(({ time, dimensions, numbers }) => {
		const operationClass = classOf[dimensions.cacheStatus ?? ''];
		return operationClass ? [{ time, dimensions: { operationClass }, numbers: { requests: numbers.count ?? 0 } }] : [];
	});
}

/** What Cache Reserve stores at the end of each hour, where it is on. */
export function reserveStorageOf(zone: Zone, since: number, until: number): DataRow[] {
	if (!usesReserve(zone)) return [];
	const rows: DataRow[] = [];
	for (let time = Math.ceil(since / HOUR_MS) * HOUR_MS; time <= until; time += HOUR_MS)
		rows.push({ time, dimensions: {}, numbers: { storedBytes: 120_000_000_000, objectCount: 450_000 } });
	return rows;
}

function usesReserve(zone: Zone): boolean {
	return zone.settings.get('cache_reserve')?.value === 'on';
}
