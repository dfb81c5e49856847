/** Resumes a call that was not finished, in the zone and with the consent it was begun with. */
import type { RoutedOperation } from '../operations/operation.js';
import { withAudit } from './audit.js';
import { limitsOf, type StartedCall, type ZoneCall, zonePlanOf } from './context.js';
import { digestArguments } from './digest.js';
import { execute } from './execute.js';
import { estimatePlan } from './plan/estimate.js';
import { planRest } from './plan/plan.js';
import { type CallResult, dryRun } from './result.js';

/** Sends the rest of the call that `handle` stands for, or shows it as a dry run and keeps it. */
export async function resume(
	started: StartedCall,
	operation: RoutedOperation,
	{ handle, isDryRun }: { handle: string; isDryRun: boolean },
): Promise<CallResult> {
	const { deps, auditRecord } = started;
	const lease = await deps.unfinished.lease(handle, operation.name);
	const { work, remaining } = lease;
	let executing = false;
	try {
		// The zone rule may have changed since the call was begun.
		const zone = await deps.zoneRule.resolve(work.zone.id, limitsOf(started));
		auditRecord.zone = zone;
		auditRecord.digest = await digestArguments({ resume: handle });
		const api = withAudit(deps.api, auditRecord);
		const call: ZoneCall = { ...started, args: work.args, zone, reference: work.zone.id, api };
		const requests = remaining.flatMap((index) => work.requests[index] ?? []);
		const plan = planRest(operation, work.args, zone, requests);
		auditRecord.plan = plan;
		auditRecord.consent = operation.danger === 'destroy' ? 'resumed' : 'none';
		if (isDryRun) {
			const estimate = estimatePlan(plan, operation, zonePlanOf(call));
			return dryRun(zone, { plan, estimate });
		}
		executing = true;
		return await execute(call, operation, plan, undefined, lease);
	} finally {
		// execute releases the lease itself.
		if (!executing) await lease.release(false);
	}
}
