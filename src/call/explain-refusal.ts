/** Says what a refusal means for this zone and operation, where the answer of the API alone does not tell. */
import { isObject } from '../base/json.js';
import { ApiError, ErrorCode } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { tieredCacheGet } from '../operations/tiered.js';
import type { ZoneCall } from './context.js';
import { readOnce } from './read.js';

/** A feature that not every zone has, known by a part of its routes. */
interface Feature {
	readonly route: string;
	/** What the feature needs. */
	readonly needs: string;
	/** Zone plans that include it; none where it is bought on its own. */
	readonly plans: readonly string[];
}

/** Sources: Cloudflare's documents on Cache Reserve, Tiered Cache, Vary for images and Version Management of 2026. */
const FEATURES: readonly Feature[] = [
	{
		route: '/cache/cache_reserve',
		needs: 'Cache Reserve needs a paid subscription of its own, on any plan',
		plans: [],
	},
	{ route: '/cache/regional_tiered_cache', needs: 'Regional Tiered Cache needs Enterprise', plans: ['enterprise'] },
	{
		route: '/cache/variants',
		needs: 'Image variants need Pro, Business or Enterprise',
		plans: ['pro', 'business', 'enterprise'],
	},
	{ route: '/environments', needs: 'Environments need Enterprise with Version Management', plans: ['enterprise'] },
];

const KNOWN_PLANS = ['free', 'pro', 'business', 'enterprise'];

/** The error with advice for this zone, or the error as it is. A further read that fails changes nothing. */
export async function explainRefusal(error: unknown, call: ZoneCall, operation: RoutedOperation): Promise<unknown> {
	if (!(error instanceof ApiError) || error.status >= 500) return error;
	const also = await adviceFor(error, call, operation);
	return also === undefined ? error : error.withAdvice({ ...error.advice, also });
}

async function adviceFor(error: ApiError, call: ZoneCall, operation: RoutedOperation): Promise<string | undefined> {
	const hasEnvironment = call.args.environment_id !== undefined;
	// The part in brackets is that of an environment.
	const path = hasEnvironment ? operation.route : operation.route.replace(/\[.*\]/, '');
	if (error.reason === 'plan') return explainPlan(call, path);
	if (error.has(ErrorCode.unroutable) || error.has(ErrorCode.unknownRoute)) return explainPath(call, hasEnvironment);
	const wantsTiered = operation.name === 'origin_cloud_regions_supported' && error.reason === undefined;
	return wantsTiered && (await isTieredCacheOff(call)) ? 'Turn Tiered Cache on first: tiered_cache_edit.' : undefined;
}

function explainPlan({ zone }: ZoneCall, path: string): string | undefined {
	const feature = FEATURES.find((one) => path.includes(one.route));
	if (!feature) return undefined;
	const plan = KNOWN_PLANS.includes(zone.plan) ? `, and ${zone.name} is on ${zone.plan}` : '';
	const next = feature.plans.includes(zone.plan)
		? "Ask Cloudflare's support why the zone lacks it."
		: 'Do not retry until the user has bought it.';
	return `${feature.needs}${plan}. ${next}`;
}

/** A path that Cloudflare does not know. The zone in it exists, unless the operator has pinned its id. */
function explainPath({ zone }: ZoneCall, hasEnvironment: boolean): string | undefined {
	const isPinned = zone.accountId === zone.id;
	if (isPinned) return undefined;
	if (hasEnvironment) return `${zone.name} has no such environment: environments_list shows those that it has.`;
	return `Cloudflare does not offer this operation for ${zone.name}. Do not retry.`;
}

async function isTieredCacheOff(call: ZoneCall): Promise<boolean> {
	const answer = await readOnce({ ...call, args: {} }, tieredCacheGet as RoutedOperation).catch(() => undefined);
	return isObject(answer?.result) && answer.result.value === 'off';
}
