/** Executes a plan, and keeps what was not done under a handle that finishes it. */
import { CancelledError } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import type { Deps, ZoneCall } from './context.js';
import { explainRefusal } from './explain-refusal.js';
import type { Plan } from './plan/plan.js';
import { report } from './report.js';
import type { CallResult } from './result.js';
import { Sender } from './send.js';
import { type Lease, toPendingWork } from './unfinished.js';

/** What is known of a plan beside its requests. */
interface ExecuteOptions {
	/** The value before the change. */
	readonly before?: unknown;
	/** Sentences about what the change lacks, for the result. Never rejects. */
	readonly remarks?: Promise<readonly string[]>;
	/** The lease of a plan that an earlier call began. */
	readonly resumed?: Lease;
}

/**
 * Sends a plan. A failure before the first request was accepted is thrown; a later one, and items that Cloudflare rejected,
 * give a partial result. Only calls that may be sent twice are kept: resuming sends again what may have arrived.
 */
export async function execute(
	call: ZoneCall,
	operation: RoutedOperation,
	plan: Plan,
	{ before, remarks, resumed }: ExecuteOptions = {},
): Promise<CallResult> {
	const { deps, auditRecord, args, zone } = call;
	const lease =
		resumed ??
		(plan.requests.length > 1 && operation.repeatable && mayResume(deps)
			? await deps.unfinished.begin(toPendingWork(operation.name, zone, args, plan))
			: undefined);
	// Until the first request is sent, a new plan has nothing to finish.
	let finished = resumed === undefined;
	try {
		auditRecord.start();
		finished = false;
		const sent = await new Sender(call, operation, plan, lease).sendAll();
		const { answers } = sent;
		const problem = sent.problem && (await explainRefusal(sent.problem, call, operation));
		if (problem && answers.every((answer) => answer === undefined)) {
			// The caller hears that nothing was changed and can repeat the call. A cancelled call hears nothing.
			finished = problem.changed === 'no' && !(problem instanceof CancelledError) && !resumed;
			const resume = finished ? undefined : handleOf(lease);
			throw resume ? problem.withAdvice({ also: problem.advice.also, resume }) : problem;
		}
		finished = !problem;
		return report({
			call,
			operation,
			plan,
			before,
			outcome: { ...sent, problem },
			remarks: (await remarks) ?? [],
			resume: finished ? undefined : handleOf(lease),
		});
	} finally {
		await lease?.release(finished);
	}
}

/** The handle under which the rest of a plan is kept; undefined where it is not. */
function handleOf(lease: Lease | undefined): string | undefined {
	return lease?.isKept === false ? undefined : lease?.resume;
}

/** Whether a handle would be of use: the operator's flags or a policy may forbid the tool that takes it. */
function mayResume({ operations, blockOf }: Deps): boolean {
	return [...operations.values()].some((one) => one.resumes && blockOf(one) === undefined);
}
