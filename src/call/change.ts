/** Carries out a call that changes something: reads the current value, plans, obtains consent, and only then sends. */
import { joinWordings, type Reader, wordFor } from '../base/audience.js';
import { ApiError, Failure, type Refused } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { obtainConsent, proposalOf } from './consent/obtain.js';
import { type Asked, limitsOf, readerOf, type ZoneCall, zonePlanOf } from './context.js';
import { readRemarks } from './dependencies.js';
import { withEnvironment } from './environment.js';
import { execute } from './execute.js';
import { refuseForeignHosts } from './foreign-hosts.js';
import { estimatePlan } from './plan/estimate.js';
import { type Plan, planRequests } from './plan/plan.js';
import { fillRoute } from './plan/route.js';
import { previewGroups } from './preview.js';
import { readOnce } from './read.js';
import { type CallResult, describeAdvice, done, dryRun, toSummary } from './result.js';
import { isUnset, parseResult, unexpectedAnswer } from './summarize.js';
import { keepLoss } from './undo.js';
import { previewVerification, Verifier } from './verify.js';

/** Changes something, or shows what a dry run would change. `confirm` is the caller's proof of consent, if any. */
export async function change(
	given: ZoneCall,
	operation: RoutedOperation,
	{ isDryRun, confirm, verifies }: Asked,
): Promise<CallResult> {
	const call = await withEnvironment(given, operation);
	const { args, zone } = call;
	await refuseForeignHosts(call, operation);
	const before = await readCurrent(call, operation);
	const plan = await planRequests(operation, args, zone, zonePlanOf(call), before);
	call.auditRecord.plan = plan;
	const proposal = proposalOf(call, operation, plan);
	const obstacle = await findObstacle(call, operation, before);
	const remarks = readRemarks(call, operation);
	if (isDryRun)
		return dryRun(zone, {
			plan,
			estimate: estimatePlan(plan, operation, zonePlanOf(call)),
			before,
			label: operation.current?.label,
			consequence: proposal?.consequence,
			remarks: [
				...describeObstacle(obstacle, readerOf(call)),
				...(await remarks),
				...(verifies ? [await previewVerification(call, plan)] : []),
			],
			groups: await previewGroups(call, operation),
		});
	if (obstacle) throw obstacle;
	const consent = proposal ? await obtainConsent(call, proposal, confirm) : { agreed: call };
	if ('asks' in consent) return consent.asks;
	const verifier = verifies ? await Verifier.begin(consent.agreed, operation, plan) : undefined;
	const result = await executeWithUndo(consent.agreed, operation, plan, { before, remarks });
	return verifier ? verifier.conclude(result) : result;
}

/** Keeps what the change loses, executes it, and ends its answer with the call that brings that back. */
async function executeWithUndo(
	call: ZoneCall,
	operation: RoutedOperation,
	plan: Plan,
	{ before, remarks }: { before: unknown; remarks: Promise<readonly string[]> },
): Promise<CallResult> {
	const undo = await keepLoss(call, operation, plan, before);
	try {
		return await executeUnlessUnset(call, operation, plan, {
			before,
			remarks: remarks.then((sentences) => [...sentences, ...(undo.sentence ? [undo.sentence] : [])]),
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		if (error.changed === 'no') await undo.discard();
		else if (undo.sentence) {
			const { also, ...advice } = error.advice;
			throw error.withAdvice({
				...advice,
				also: also === undefined ? undo.sentence : joinWordings(also, undo.sentence),
			});
		}
		throw error;
	}
}

/** What stands in the way of the change. A read that fails shows nothing: Cloudflare itself refuses what it does not allow. */
async function findObstacle(call: ZoneCall, operation: RoutedOperation, before: unknown): Promise<Refused | undefined> {
	return operation.obstacle?.(before as never, async (other) => {
		try {
			return (await readOnce({ ...call, args: {} }, other as RoutedOperation)).result;
		} catch (error) {
			if (error instanceof ApiError) return undefined;
			throw error;
		}
	});
}

function describeObstacle(obstacle: Refused | undefined, reader: Reader): string[] {
	if (!obstacle) return [];
	return [
		`The call would be refused now: ${wordFor(obstacle.what, reader)} ${describeAdvice(obstacle.advice, reader)}`,
	];
}

/** Executes a plan. A deletion finds nothing where nothing was ever set, and that is no failure. */
async function executeUnlessUnset(
	call: ZoneCall,
	operation: RoutedOperation,
	plan: Plan,
	known: { before: unknown; remarks: Promise<readonly string[]> },
): Promise<CallResult> {
	try {
		return await execute(call, operation, plan, known);
	} catch (error) {
		if (!operation.unset || !isUnset(error)) throw error;
		const { text, sentences } = toSummary(operation.unset(call.args as never, call.zone));
		return done({ text: error.ray ? `${text}\ncf-ray ${error.ray}` : text, sentences }, call.zone, null, {
			before: known.before,
			cf_ray: error.ray,
		});
	}
}

/** The current value before a change: null when it was never set, undefined when the operation reads none. */
async function readCurrent({ api, deps, context, args, zone }: ZoneCall, operation: RoutedOperation): Promise<unknown> {
	if (!operation.current) return undefined;
	const { route, required } = operation.current;
	const { method, path, query } = fillRoute(route, args, zone);
	try {
		const answer = await api(
			{ method, path, query },
			{ permission: permissionOf(operation), ...limitsOf({ deps, context }) },
		);
		const { result } = parseResult(operation, answer.result);
		if (result === undefined && required)
			throw unexpectedAnswer(answer, 'The current value has an unexpected form, so the new one cannot be computed.');
		return result;
	} catch (error) {
		if (isUnset(error)) return null;
		throw error;
	}
}
