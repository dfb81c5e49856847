/** Resumes a call that was not finished. Its tool, its zone and its items are judged by the rules of this server. */
import type { RoutedOperation } from '../operations/operation.js';
import { withAudit } from './audit.js';
import { obtainConsent, proposalOf } from './consent/obtain.js';
import { type Asked, type Deps, limitsOf, type StartedCall, type ZoneCall, zonePlanOf } from './context.js';
import { digestArguments } from './digest.js';
import { withEnvironment } from './environment.js';
import { execute } from './execute.js';
import { refuseForeignHosts } from './foreign-hosts.js';
import { estimatePlan } from './plan/estimate.js';
import { listsOf, planRest } from './plan/plan.js';
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
		const { work, remaining } = lease;
		const requests = remaining.flatMap((index) => work.requests[index] ?? []);
		const operation = operationOf(deps, lease);
		refuseBlocked(operation, listsOf(requests), deps.settings.confirm);
		// The zone rule may have changed since the call was begun.
		const zone = await deps.zoneRule.resolve(work.zone.id, limitsOf(started));
		auditRecord.zone = zone;
		const api = withAudit(deps.api, auditRecord);
		const begun: ZoneCall = { ...started, args: work.args, zone, reference: work.zone.id, api };
		const call = await withEnvironment(begun, operation, { ...work.args, ...listsOf(requests) });
		const plan = planRest(operation, call.args, zone, requests);
		auditRecord.plan = plan;
		// The zone may have been renamed, and a file is an input like any other.
		await refuseForeignHosts({ ...call, args: { ...work.args, ...listsOf(plan.requests) } }, operation);
		auditRecord.args = { resume: handle, ...work.args, ...listsOf(plan.requests) };
		const proposal = proposalOf(call, operation, plan, 'purge_resume');
		if (isDryRun) {
			const estimate = estimatePlan(plan, operation, zonePlanOf(call));
			return dryRun(zone, { plan, estimate, consequence: proposal?.consequence });
		}
		// The consent that the call was begun with is not proof: anything could have written the file.
		const consent = proposal ? await obtainConsent(call, proposal, confirm) : { agreed: call };
		if ('asks' in consent) return consent.asks;
		executing = true;
		return await execute(consent.agreed, operation, plan, { resumed: lease });
	} finally {
		// execute releases the lease itself.
		if (!executing) await lease.release(false);
	}
}

/** The operation that began the call. */
function operationOf({ operations }: Deps, { work }: Lease): RoutedOperation {
	const operation = operations.get(work.tool);
	if (!operation?.route) throw new TypeError(`an unfinished call of ${work.tool}, which sends no requests`);
	return operation;
}
