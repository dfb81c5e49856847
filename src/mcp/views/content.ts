/** Reads the structured content of cache_overview and cache_analytics. Pure. What is malformed is left out. */
import { isObject } from '../../base/json.js';
import type { Analytics } from '../../operations/analytics/figures.js';
import type { Finding } from '../../operations/overview/findings.js';
import { SEVERITIES } from '../../operations/overview/severities.js';
import type { Facts } from './tiers.js';

/** How many origins are mapped to a region. */
interface RegionCount {
	readonly vendor: string;
	readonly region: string;
	readonly origins: number;
}

/** What one result holds of the picture. */
export interface Content {
	readonly zone?: string;
	readonly summary?: string;
	readonly facts?: Facts;
	readonly findings?: readonly Finding[];
	readonly analytics?: Analytics;
}

/** What a result of either tool says. */
export function readContent(structured: unknown): Content {
	if (!isObject(structured)) return {};
	const { zone, summary, result } = structured;
	return {
		...(isObject(zone) && typeof zone.name === 'string' && { zone: zone.name }),
		...(typeof summary === 'string' && { summary }),
		...(isObject(result) && ('series' in result ? readAnalytics(result) : readOverview(result))),
	};
}

function readOverview(result: Record<string, unknown>): Pick<Content, 'facts' | 'findings'> {
	const facts: Facts = Object.fromEntries(
		Object.entries(result).filter((entry): entry is [string, object] => isObject(entry[1])),
	);
	const { value } = facts.findings ?? {};
	return { facts, findings: Array.isArray(value) ? value.filter(isFinding) : [] };
}

function isFinding(value: unknown): value is Finding {
	if (!isObject(value) || typeof value.finding !== 'string' || !(String(value.severity) in SEVERITIES)) return false;
	const { fix } = value;
	return fix === undefined || (isObject(fix) && typeof fix.tool === 'string' && isObject(fix.arguments));
}

/** The server has checked its own result: only what a host could have cut is looked at. */
function readAnalytics(result: Record<string, unknown>): Pick<Content, 'analytics'> {
	const isWhole = Array.isArray(result.series) && isObject(result.statuses) && Array.isArray(result.uncached);
	return isWhole ? { analytics: result as Analytics } : {};
}

/** The regions of a zone's mappings, the one with the most origins first; empty where there are none. */
export function readRegions(facts: Facts): readonly RegionCount[] {
	const { regions } = facts.origin_cloud_regions ?? {};
	return Object.entries(isObject(regions) ? regions : {})
		.flatMap(([vendor, counts]) =>
			Object.entries(isObject(counts) ? counts : {}).map(([region, origins]) => ({
				vendor,
				region,
				origins: Number(origins),
			})),
		)
		.sort((one, other) => other.origins - one.origins);
}
