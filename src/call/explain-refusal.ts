/** Says what a refusal means for this zone and operation, where the answer of the API alone does not tell. */
import { joinWordings, type Wording } from '../base/audience.js';
import { isObject } from '../base/json.js';
import { ApiError, ErrorCode } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { ENVIRONMENTS_PLANS, type Requirement } from '../operations/requirement.js';
import { tieredCacheGet } from '../operations/tiered.js';
import type { ZoneCall } from './context.js';
import { readOnce } from './read.js';

const KNOWN_PLANS = ['free', 'pro', 'business', 'enterprise'];

/** Runs a step of a call. Its refusals are explained, and a zone that may have moved or vanished is looked up again by the next call. */
export async function explainRefusals<Result>(
	call: ZoneCall,
	operation: RoutedOperation,
	run: () => Promise<Result>,
): Promise<Result> {
	try {
		return await run();
	} catch (error) {
		if (error instanceof ApiError && (error.status === 404 || error.has(ErrorCode.unroutable)))
			call.deps.zones.forget(call.zone);
		throw await explainRefusal(error, call, operation);
	}
}

/** The error with advice for this zone, or the error as it is. A further read that fails changes nothing. */
export async function explainRefusal<Thrown>(
	error: Thrown,
	call: ZoneCall,
	operation: RoutedOperation,
): Promise<Thrown> {
	if (!(error instanceof ApiError) || error.status >= 500) return error;
	const also = await adviceFor(error, call, operation);
	return also === undefined ? error : error.withAdvice({ ...error.advice, also });
}

async function adviceFor(error: ApiError, call: ZoneCall, operation: RoutedOperation): Promise<Wording | undefined> {
	const hasEnvironment = call.args.environment_id !== undefined;
	if (error.reason === 'plan') return explainPlan(call, hasEnvironment ? ENVIRONMENTS_PLANS : operation.requires);
	if (error.has(ErrorCode.unroutable) || error.has(ErrorCode.unknownRoute)) return explainPath(call, hasEnvironment);
	const wantsTiered = operation.name === 'origin_cloud_regions_supported' && error.reason === undefined;
	return wantsTiered && (await isTieredCacheOff(call)) ? 'Turn Tiered Cache on first: tiered_cache_edit.' : undefined;
}

function explainPlan({ zone }: ZoneCall, required: Requirement | undefined): Wording | undefined {
	if (!required) return undefined;
	const plan = KNOWN_PLANS.includes(zone.plan) ? `, and ${zone.name} is on ${zone.plan}` : '';
	const next = required.plans.includes(zone.plan)
		? "Ask Cloudflare's support why the zone lacks it."
		: { agent: 'Do not retry until the user has bought it.', shell: 'Call again once you have bought it.' };
	return joinWordings(`${required.subject} ${required.needs}${plan}.`, next);
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
