/** Resumes a call that was not finished. Its tool, its zone and its items are judged by the rules of this server. */
import type { RoutedOperation } from '../operations/operation.js';
import { withAudit } from './audit.js';
import { obtainConsent, proposalOf } from './consent/obtain.js';
import { type Asked, type Deps, limitsOf, type StartedCall, type ZoneCall, zonePlanOf } from './context.js';
import { digestArguments } from './digest.js';
import { withEnvironment } from './environment.js';
import { execute } from './execute.js';
import { explainRefusals } from './explain-refusal.js';
import { refuseForeignHosts } from './foreign-hosts.js';
import { estimatePlan } from './plan/estimate.js';
import { listsOf, type Plan, planRest } from './plan/plan.js';
import { type CallResult, dryRun } from './result.js';
import { refuseBlocked } from './tool-rule.js';
import type { Lease } from './unfinished.js';

/** Sends the rest of the call that `handle` stands for, or shows it as a dry run and keeps it. */
export async function resume(
	started: StartedCall,
	{ handle, isDryRun, confirm }: Asked & { handle: string },
): Promise<CallResult> {
	const { deps, auditRecord } = started;
	auditRecord.digest = await digestArguments({ resume: handle });
	const lease = await deps.unfinished.lease(handle);
	let executing = false;
	try {
		const { call: begun, operation } = await reopen(started, lease);
		return await explainRefusals(begun, operation, async () => {
			const { call, plan } = await planLeft(begun, operation, lease);
			const proposal = proposalOf(call, operation, plan, 'purge_resume');
			if (isDryRun) {
				const estimate = estimatePlan(plan, operation, zonePlanOf(call));
				return dryRun(call.zone, { plan, estimate, consequence: proposal?.consequence });
			}
			// The consent that the call was begun with is not proof: anything could have written what is stored.
			const consent = proposal ? await obtainConsent(call, proposal, confirm) : { agreed: call };
			if ('asks' in consent) return consent.asks;
			executing = true;
			return await execute(consent.agreed, operation, plan, { resumed: lease });
		});
	} finally {
		// execute releases the lease itself.
		if (!executing) await lease.release(false);
	}
}

/** The call as it was begun, under the rules of this server. The zone rule may have changed since. */
async function reopen(
	started: StartedCall,
	lease: Lease,
): Promise<{ readonly call: ZoneCall; readonly operation: RoutedOperation }> {
	const { deps, auditRecord } = started;
	const { work } = lease;
	const operation = operationOf(deps, lease);
	refuseBlocked(operation, listsOf(requestsLeft(lease)), deps.settings.consentBlock);
	const zone = await deps.zoneRule.resolve(work.zone.id, limitsOf(started));
	auditRecord.zone = zone;
	const api = withAudit(deps.api, auditRecord);
	return { call: { ...started, args: work.args, zone, reference: work.zone.id, api }, operation };
}

/** The plan of what is left. The zone may have been renamed, and what is stored is an input like any other. */
async function planLeft(
	begun: ZoneCall,
	operation: RoutedOperation,
	lease: Lease,
): Promise<{ readonly call: ZoneCall; readonly plan: Plan }> {
	const { args, auditRecord } = begun;
	const requests = requestsLeft(lease);
	const call = await withEnvironment(begun, operation, { ...args, ...listsOf(requests) });
	const plan = planRest(operation, call.args, call.zone, requests);
	auditRecord.plan = plan;
	await refuseForeignHosts({ ...call, args: { ...args, ...listsOf(plan.requests) } }, operation);
	auditRecord.args = { resume: lease.resume, ...args, ...listsOf(plan.requests) };
	return { call, plan };
}

const requestsLeft = ({ work, remaining }: Lease) => remaining.flatMap((index) => work.requests[index] ?? []);

/** The operation that began the call. */
function operationOf({ operations }: Deps, { work }: Lease): RoutedOperation {
	const operation = operations.get(work.tool);
	if (!operation?.route) throw new TypeError(`an unfinished call of ${work.tool}, which sends no requests`);
	return operation;
}
