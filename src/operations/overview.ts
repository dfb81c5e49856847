/** All settings of a zone in one answer, read at once through the operations that read each. */

import { inline } from '../base/sanitize.js';
import { ApiError, Failure } from '../errors.js';
import { z } from '../zod.js';
import {
	defineOperation,
	type Inner,
	type InnerAnswer,
	type Operation,
	permissionOf,
	type UnfinishedCall,
	type ZoneRef,
} from './operation.js';
import { originCloudRegionsList } from './regions.js';
import { cacheReserveClearStatus, cacheReserveGet } from './reserve.js';
import { regionalTieredCacheGet, smartTieredCacheGet, tieredCacheGet } from './tiered.js';
import { describeMap, variantsGet } from './variants.js';
import { formatCount, formatCounts } from './wording.js';
import { environmentsList, remarks, zonesList } from './zone.js';

/** One thing of the overview. `value` is null where there is none, and `reason` says why. */
const fact = z.object({ value: z.unknown(), reason: z.string().optional() });
type Fact = z.output<typeof fact>;

interface Section {
	readonly label: string;
	readonly operation: Operation;
	args?(zone: ZoneRef): Record<string, unknown>;
	/** What it means that Cloudflare has no such value. */
	readonly missing?: string;
	/** What of the answer is kept. */
	keep(answer: InnerAnswer, zone: ZoneRef): unknown;
	/** The kept value in words; without it the value itself. */
	say?(value: never): string;
}

const keepValue = ({ result }: InnerAnswer) => (result as { value: unknown }).value;

const SECTIONS: Readonly<Record<string, Section>> = {
	cache_reserve: { label: 'Cache Reserve', operation: cacheReserveGet, keep: keepValue },
	cache_reserve_clear: {
		label: 'last clear',
		operation: cacheReserveClearStatus,
		missing: 'never',
		keep: ({ result }) => result,
		say: ({ state, start_ts }: { state: string; start_ts?: string }) =>
			`${inline(state)}${start_ts ? `, started ${inline(start_ts)}` : ''}`,
	},
	tiered_caching: { label: 'Tiered Cache', operation: tieredCacheGet, keep: keepValue },
	smart_tiered_cache: { label: 'Smart', operation: smartTieredCacheGet, keep: keepValue },
	regional_tiered_cache: { label: 'Regional', operation: regionalTieredCacheGet, keep: keepValue },
	variants: { label: 'Image variants', operation: variantsGet, keep: keepValue, say: describeMap },
	origin_cloud_regions: {
		label: 'Origin cloud regions',
		operation: originCloudRegionsList,
		args: () => ({ per_page: 1 }),
		keep: ({ result, page }) => page?.total_count ?? (result as unknown[]).length,
		say: (total: number) => formatCount(total, 'mappings'),
	},
	environments: {
		label: 'Environments',
		operation: environmentsList,
		keep: ({ result }) => (result as { environments: { name: string }[] }).environments.map(({ name }) => name),
		say: (names: string[]) => names.map(inline).join(', ') || 'none',
	},
	zone: {
		label: 'Zone',
		operation: zonesList,
		args: (zone) => ({ name: zone.name }),
		keep: ({ result }, zone) => (result as { id: string }[]).find(({ id }) => id === zone.id) ?? null,
	},
};

export const cacheOverview = defineOperation({
	name: 'cache_overview',
	title: 'Overview of all cache settings',
	description:
		'All cache settings of a zone in one answer: Cache Reserve and its clear, Tiered Cache, variants, origin cloud regions, environments. Start here. What the plan lacks, the token may not read or was never set is said as such.',
	toolset: 'zone',
	permission: 'Zone Settings',
	danger: 'read',
	input: z.object({}).strict(),
	output: z.record(fact),
	run: readOverview,
	summarize: ({ zone, result }) => {
		const say = (key: string) => {
			const part = SECTIONS[key];
			const one = result[key];
			if (!part || !one) return '';
			return `${part.label}: ${one.reason ?? (part.say ? part.say(one.value as never) : inline(one.value))}`;
		};
		return [
			[`${zone.name} (${zone.plan})`, ...remarks(result.zone?.value ?? {})].join(' · '),
			[say('cache_reserve'), say('cache_reserve_clear')].join(' · '),
			[say('tiered_caching'), say('smart_tiered_cache'), say('regional_tiered_cache')].join(' · '),
			[say('variants'), say('origin_cloud_regions')].join(' · '),
			say('environments'),
			...((result.unfinished?.value ?? []) as UnfinishedCall[]).map(
				(one) => `Unfinished: ${formatCounts(one.remaining)} of a ${one.tool}; go on with resume: "${one.resume}"`,
			),
		].join('\n');
	},
	example: {},
});

async function readOverview(
	inner: Inner,
	zone: ZoneRef,
	unfinished: readonly UnfinishedCall[],
): Promise<Record<string, Fact>> {
	const failures: unknown[] = [];
	const entries = await Promise.all(
		Object.entries(SECTIONS).map(async ([key, part]): Promise<[string, Fact]> => {
			try {
				return [key, { value: part.keep(await inner(part.operation, part.args?.(zone)), zone) }];
			} catch (error) {
				failures.push(error);
				return [key, { value: null, reason: explain(error, part) }];
			}
		}),
	);
	// When nothing could be read, that is one failure with one cause, not a list of facts.
	if (failures.length === entries.length) throw failures[0];
	return Object.fromEntries([
		...entries,
		...(unfinished.length > 0 ? [['unfinished', { value: unfinished }] as const] : []),
	]);
}

/** Why a part has no value: a fact of the zone or the token. Anything else is no fact, and is thrown. */
function explain(error: unknown, { operation, missing = 'never set' }: Section): string {
	if (!(error instanceof Failure)) throw error;
	if (!(error instanceof ApiError)) return error.message.replace(/\.$/, '');
	if (error.codes.includes(1142)) return missing;
	if (error.codes.includes(1135)) return 'not in this plan';
	if (error.status === 403 || error.status === 401)
		return `the token may not read it (needs ${permissionOf(operation)})`;
	return `could not be read (${error.source})`;
}
