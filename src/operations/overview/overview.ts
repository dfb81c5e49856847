/** Shows all settings of a zone in one answer. It reads them at the same time, each through its own operation. */
import { quote, showDate, showOnOff } from '../../base/sanitize.js';
import { ApiError, ErrorCode, Failure } from '../../errors.js';
import { z } from '../../zod.js';
import { countByRegion, type Located, regionCounts } from '../mapping.js';
import {
	type CompositeContext,
	defineOperation,
	type Operation,
	type ReadAnswer,
	type UnfinishedCall,
	type ZoneRef,
	type ZoneState,
} from '../operation.js';
import { originCloudRegionsList } from '../regions.js';
import { cacheReserveClearStatus, cacheReserveGet, showState } from '../reserve.js';
import { regionalTieredCacheGet, smartTieredCacheGet, tieredCacheGet } from '../tiered.js';
import { describeUnreadable } from '../unreadable.js';
import { describeVariants, variantsGet } from '../variants.js';
import { formatCount, formatCounts } from '../wording.js';
import { environmentsList, remarks, zoneGet } from '../zone.js';
import { describeRule, readRules, readUsage, type ShownRule, showRule, toZoneFacts } from './facts.js';
import { describeFinding, type Finding, findProblems } from './findings.js';

/** One setting of the overview: its value, or the reason why there is none. */
const fact = z.object({ value: z.unknown(), reason: z.string().optional() });
/** The mappings, with the regions of those that were read. */
const mappingsFact = fact.extend({ regions: regionCounts.optional() });
type Fact = z.output<typeof mappingsFact>;

/** How one setting is read and shown. */
interface Section {
	readonly label: string;
	/** The operation that reads it. */
	readonly operation: Operation;
	/** The arguments of that operation; none when absent. */
	args?(): Record<string, unknown>;
	/** Takes the value of the setting from the answer. */
	valueOf(answer: ReadAnswer): unknown;
	/** What the result holds beside the value. */
	detailOf?(answer: ReadAnswer): Partial<Fact>;
	/** Puts that value into words; without it the value is `on` or `off`. */
	describe?(value: never): string;
	/** The reason when Cloudflare has no such value; `never set` when absent. */
	readonly missing?: string;
}

const settingValueOf = ({ result }: ReadAnswer) => (result as { value: unknown }).value;

const SECTIONS: Readonly<Record<string, Section>> = {
	cache_reserve: { label: 'Cache Reserve', operation: cacheReserveGet, valueOf: settingValueOf },
	cache_reserve_clear: {
		label: 'last clear',
		operation: cacheReserveClearStatus,
		missing: 'never',
		valueOf: ({ result }) => result,
		describe: ({ state = 'state unknown', start_ts }: { state?: string; start_ts?: string }) =>
			`${showState(state)}${start_ts ? `, started ${showDate(start_ts)}` : ''}`,
	},
	tiered_caching: { label: 'Tiered Cache', operation: tieredCacheGet, valueOf: settingValueOf },
	smart_tiered_cache: {
		label: 'Smart',
		operation: smartTieredCacheGet,
		missing: 'never set (off)',
		valueOf: settingValueOf,
	},
	regional_tiered_cache: { label: 'Regional', operation: regionalTieredCacheGet, valueOf: settingValueOf },
	variants: {
		label: 'Image variants',
		operation: variantsGet,
		valueOf: settingValueOf,
		describe: describeVariants,
	},
	origin_cloud_regions: {
		label: 'Origin cloud regions',
		operation: originCloudRegionsList,
		// The most that one page holds. More would cost further requests, and few zones have more.
		args: () => ({ per_page: 100 }),
		valueOf: ({ result, page }) => page?.total_count ?? (result as unknown[]).length,
		detailOf: ({ result }) => {
			const regions = countByRegion(result as Located[]);
			return Object.keys(regions).length > 0 ? { regions } : {};
		},
		describe: (total: number) => formatCount(total, 'mappings'),
	},
	environments: {
		label: 'Environments',
		operation: environmentsList,
		valueOf: ({ result }) => (result as { environments: { name: string }[] }).environments.map(({ name }) => name),
		describe: (names: string[]) => names.map((name) => quote(name, 100)).join(', ') || 'none',
	},
	zone: {
		label: 'Zone',
		operation: zoneGet,
		valueOf: ({ result }) => selectState(result as ZoneState),
	},
};

/** What explains how the cache of the zone behaves. */
function selectState({ status, paused, development_mode }: ZoneState): ZoneState {
	return { status, ...(paused && { paused }), ...(development_mode && { development_mode }) };
}

const cacheOverview = defineOperation({
	name: 'cache_overview',
	title: 'Get an overview of all cache settings',
	description:
		'Shows all cache settings of a zone in one answer: Cache Reserve and its last clear, Tiered Cache, image variants, origin cloud regions, environments. Start here. It marks what the plan lacks, the token may not read, or was never set.',
	toolset: 'zone',
	permission: 'Zone Settings',
	danger: 'read',
	input: z.object({}).strict(),
	output: z
		.object(
			Object.fromEntries(
				[...Object.keys(SECTIONS), 'cache_rules', 'findings', 'unfinished'].map((key) => [key, fact.optional()]),
			),
		)
		.extend({ origin_cloud_regions: mappingsFact.optional() }),
	run: readOverview,
	summarize: ({ zone, result }) => ({
		sentences: [
			[`${zone.name} (${zone.plan})`, ...remarks(result.zone?.value ?? {})].join(' · '),
			...((result.unfinished?.value ?? []) as UnfinishedCall[]).map(
				(one) =>
					`Unfinished ${one.tool}: ${formatCounts(one.remaining)} left; purge_resume continues it with resume: ${one.resume}`,
			),
		],
		rows: [
			...((result.findings?.value ?? []) as Finding[]).map(describeFinding),
			describeSections(result, ['cache_reserve', 'cache_reserve_clear']),
			describeSections(result, ['tiered_caching', 'smart_tiered_cache', 'regional_tiered_cache']),
			describeSections(result, ['variants', 'origin_cloud_regions']),
			describeSections(result, ['environments']),
			...((result.cache_rules?.value ?? []) as ShownRule[]).map(describeRule),
		],
	}),
	example: {},
});

/** One line about some of the sections, such as `Cache Reserve: on · last clear: never`. */
function describeSections(facts: Readonly<Record<string, Fact | undefined>>, keys: readonly string[]): string {
	return keys.map((key) => describeSection(facts[key], SECTIONS[key])).join(' · ');
}

function describeSection(fact: Fact | undefined, section: Section | undefined): string {
	if (!fact || !section) return '';
	const words = section.describe ?? showOnOff;
	return `${section.label}: ${fact.reason ?? words(fact.value as never)}`;
}

async function readOverview(context: CompositeContext): Promise<Record<string, Fact>> {
	const { zone, read } = context;
	const failures: unknown[] = [];
	const unset = new Set<string>();
	const sections = Promise.all(
		Object.entries(SECTIONS).map(async ([key, section]): Promise<[string, Fact]> => {
			try {
				const answer = await read(section.operation, section.args?.());
				return [key, { value: section.valueOf(answer), ...section.detailOf?.(answer) }];
			} catch (error) {
				if (isUnset(error)) unset.add(key);
				else if (key !== 'zone') failures.push(error);
				return [key, { reason: explain(error, section, zone) }];
			}
		}),
	);
	const [facts, usage, rules, unfinished] = await Promise.all([
		sections,
		readUsage(context),
		readRules(context),
		context.unfinished(),
	]);
	// When no setting could be read there is one cause, which is clearer as a failure than repeated in each section.
	if (failures.length === facts.length - 1) throw failures[0];
	const known = Object.fromEntries(facts);
	const findings = findProblems({ zonePlan: zone.plan, ...toZoneFacts(known, unset), ...usage, rules });
	return {
		...known,
		...(rules && rules.length > 0 && { cache_rules: { value: rules.map(showRule) } }),
		...(findings.length > 0 && { findings: { value: findings } }),
		...(unfinished.length > 0 && { unfinished: { value: unfinished } }),
	};
}

function isUnset(error: unknown): boolean {
	return error instanceof ApiError && error.has(ErrorCode.notSet);
}

/** The reason why a section has no value. Throws what is not a Failure, such as an error of our own. */
function explain(error: unknown, { operation, missing = 'never set' }: Section, zone: ZoneRef): string {
	if (!(error instanceof Failure)) throw error;
	return isUnset(error) ? missing : describeUnreadable(error, operation, zone);
}

/** The tools of this family, in listing order. */
export const overviewOperations = [cacheOverview];
