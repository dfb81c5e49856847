/** Executes a plan, and keeps what was not done under a handle that finishes it. */
import { CancelledError } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import type { ZoneCall } from './context.js';
import type { Plan } from './plan/plan.js';
import { report } from './report.js';
import type { CallResult } from './result.js';
import { Sender } from './send.js';
import { type Lease, toPendingWork } from './unfinished.js';

/**
 * Sends a plan. `resumed` is the lease of a plan that was begun by an earlier call. A failure before the first request was
 * accepted is thrown; a later one, and items that Cloudflare rejected, give a partial result. Only calls that may be sent
 * twice are kept: resuming sends again what may have arrived.
 */
export async function execute(
	call: ZoneCall,
	operation: RoutedOperation,
	plan: Plan,
	before: unknown,
	resumed?: Lease,
): Promise<CallResult> {
	const { deps, auditRecord, args, zone } = call;
	const lease =
		resumed ??
		(plan.requests.length > 1 && operation.repeatable
			? await deps.unfinished.begin(toPendingWork(operation.name, zone, args, plan))
			: undefined);
	// Until the first request is sent, a new plan has nothing to finish.
	let finished = resumed === undefined;
	try {
		auditRecord.start();
		finished = false;
		const outcome = await new Sender(call, operation, plan, lease).sendAll();
		const { answers, problem } = outcome;
		if (problem && answers.every((answer) => answer === undefined)) {
			// The caller hears that nothing was changed and can repeat the call. A cancelled call hears nothing.
			finished = problem.changed === 'no' && !(problem instanceof CancelledError) && !resumed;
			throw finished || !lease ? problem : problem.withAdvice({ also: problem.advice.also, resume: lease.resume });
		}
		finished = !problem;
		return report({ call, operation, plan, before, outcome, resume: finished ? undefined : lease?.resume });
	} finally {
		await lease?.release(finished);
	}
}
