/** Gathers what the findings of an overview are judged by: settings, rules, and what the analytics tell. */
import { quote } from '../../base/sanitize.js';
import { ApiError, ErrorCode, Failure } from '../../errors.js';
import { readAnalytics } from '../analytics/analytics.js';
import { type CacheRule, cacheResponseRulesGet, cacheRulesGet, describeEffects } from '../cache-rules.js';
import { FETCHED } from '../cache-statuses.js';
import type { CompositeContext, Operation, ZoneState } from '../operation.js';
import type { ZoneFacts } from './finding-rules.js';

/** What the rules of findings look at. Where Cloudflare has no value, its default holds. */
export function toZoneFacts(
	known: Readonly<Record<string, { readonly value?: unknown } | undefined>>,
	unset: ReadonlySet<string>,
): Omit<ZoneFacts, 'zonePlan'> {
	const standing = <Value>(key: string, standard?: Value) =>
		(unset.has(key) ? standard : known[key]?.value) as Value | undefined;
	const state = standing<ZoneState>('zone');
	const clear = standing<{ state?: string }>('cache_reserve_clear', {});
	return {
		...(state && { status: state.status, isPaused: state.paused, developmentModeS: state.development_mode }),
		reserve: standing('cache_reserve', 'off'),
		isClearing: clear && clear.state === 'In-progress',
		tiered: standing('tiered_caching', 'off'),
		smart: standing('smart_tiered_cache', 'off'),
		regional: standing('regional_tiered_cache', 'off'),
		variants: standing('variants', {}),
		mappings: standing('origin_cloud_regions', 0),
		environments: standing<readonly string[]>('environments')?.length,
	};
}

/** What the analytics tell; nothing where the token may not read them. They are read beside the settings. */
export async function readUsage(context: CompositeContext): Promise<Pick<ZoneFacts, 'storedBytes' | 'traffic'>> {
	try {
		const { reserve, eligible, served, uncached } = await readAnalytics({ ...context, args: { top: 25 } });
		const fetched = uncached.filter(({ status }) => FETCHED.includes(status));
		const paths = fetched.map(({ path }) => path);
		return { storedBytes: reserve?.stored_bytes, traffic: { eligible, served, paths } };
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return {};
	}
}

/** A rule as the result of the overview has it. */
export interface ShownRule {
	readonly description: string;
	readonly enabled: boolean;
	/** What it does, in words. */
	readonly does: string;
}

/** The Cache Rules and Cache Response Rules of the zone; undefined where the token may not read them. */
export async function readRules({ read }: CompositeContext): Promise<readonly CacheRule[] | undefined> {
	const [requests, responses] = await Promise.all([
		readPhase(read, cacheRulesGet),
		readPhase(read, cacheResponseRulesGet),
	]);
	return requests && responses && [...requests, ...responses];
}

async function readPhase(read: CompositeContext['read'], phase: Operation): Promise<readonly CacheRule[] | undefined> {
	try {
		return ((await read(phase)).result as { rules: readonly CacheRule[] }).rules;
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		// A phase that was never used has no rules.
		return error instanceof ApiError && error.has(ErrorCode.noEntrypoint) ? [] : undefined;
	}
}

/** The rule in words. */
export function showRule(rule: CacheRule): ShownRule {
	return {
		description: rule.description || rule.expression || '',
		enabled: rule.enabled !== false,
		does: describeEffects(rule),
	};
}

/** A rule in one line, such as `Rule "Static files" (off): makes it eligible`. */
export function describeRule({ description, enabled, does }: ShownRule): string {
	return `Rule ${quote(description, 60)}${enabled ? '' : ' (off)'}: ${does}`;
}
