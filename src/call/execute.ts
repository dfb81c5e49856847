/** Carries out a plan: what of it was done is said, and what was not is kept under a handle. */
import { isObject } from '../base/json.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { type Advice, ApiError, CancelledError, type Failure } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { formatCounts } from '../operations/wording.js';
import type { Call } from './context.js';
import type { Plan } from './plan/plan.js';
import { type CallResult, describeAdvice, describeDuplicates, describeFailure, done, partial } from './result.js';
import { countItems, type SendOutcome, sendAll, sum } from './send.js';
import { parseResult, summarize } from './summarize.js';
import { type Lease, toPendingWork } from './unfinished.js';

/**
 * Sends a plan, or the rest of one (`leased`). A failure before anything was accepted is thrown; a later one, and items
 * that Cloudflare rejected, give a partial result with a handle for the rest.
 */
export async function execute(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	before: unknown,
	leased?: Lease,
): Promise<CallResult> {
	const { deps, auditRecord, args } = call;
	const lease =
		leased ??
		(plan.requests.length > 1
			? await deps.unfinished.begin(toPendingWork(operation.name, call.zone as never, args, plan))
			: undefined);
	// As long as nothing has left, a new call leaves nothing to take up.
	let finished = leased === undefined;
	try {
		auditRecord.start();
		finished = false;
		const outcome = await sendAll(call, operation, plan, lease);
		const nothing = outcome.answers.every((answer) => answer === undefined);
		const problem = outcome.stop ?? outcome.refused[0];
		if (nothing && problem) {
			// Nothing happened and the caller is told: there is nothing to take up. A cancelled caller is told nothing.
			finished = problem.changed === 'no' && !(problem instanceof CancelledError) && !leased;
			throw finished || !lease ? problem : problem.withAdvice(resumeAdvice(problem.advice, operation, lease.resume));
		}
		finished = !problem;
		return report(call, operation, plan, before, outcome, finished ? undefined : lease?.resume);
	} finally {
		await lease?.release(finished);
	}
}

/** The advice where there is a handle: the handle takes the place of repeating the call. */
function resumeAdvice({ also }: Advice, { name: tool }: RoutedOperation, handle: string): Advice {
	return { also, resume: { handle, tool } };
}

function report(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	before: unknown,
	outcome: SendOutcome,
	resume: string | undefined,
): CallResult {
	const answers = outcome.answers.filter((answer) => answer !== undefined);
	const items = countItems(plan.requests.filter((_, index) => outcome.answers[index]));
	const { result, rejected, untold, understood } = mergeAnswers(operation, answers, sum(items));
	const rays = answers.flatMap(({ ray }) => ray ?? []);
	const ray = rays.at(-1);
	const several = plan.requests.length > 1;
	const detail = {
		before,
		...(operation.split && {
			sent: { requests: answers.length, ...items, ...(several && { seconds: outcome.seconds }) },
		}),
		...(plan.duplicates > 0 && { duplicates: plan.duplicates }),
		cf_ray: ray,
		...(several && { cf_rays: rays.slice(0, MOST_RAYS) }),
	};
	const words = understood
		? summarize(operation, { args: call.args, zone: call.zone, result, before, items, requests: answers.length })
		: `${operation.title}: done for ${call.zone?.name}, but Cloudflare's answer has an unexpected form.`;
	const summary = words + describeDuplicates(plan.duplicates);
	const problem = outcome.stop ?? outcome.refused[0];
	if (!problem && rejected === 0 && untold === 0)
		return done(ray ? `${summary}\ncf-ray ${ray}` : summary, call.zone, result, detail);
	if (!problem && rejected === sum(items)) throw allRejected(summary, answers);
	const unsent = countItems(plan.requests.filter((_, index) => !outcome.answers[index]));
	const kind = plan.requests[0].kind as string;
	const remaining = rejected > 0 ? { ...unsent, [kind]: (unsent[kind] ?? 0) + rejected } : unsent;
	const lines = [
		summary,
		...(sum(remaining) > 0 ? [`Not done: ${formatCounts(remaining)}.`] : []),
		...(untold > 0
			? [`Cloudflare did not report on ${formatCounts({ [kind]: untold })}. ${describeAdvice({ again: 'check' })}`]
			: []),
		...(problem ? explain(problem) : []),
		...(rejected > 0 ? ['Correct or leave out what failed.'] : []),
		...(resume ? [describeAdvice({ resume: { handle: resume, tool: operation.name } })] : []),
		...(problem?.source ? [problem.source] : []),
	];
	return partial(lines.join('\n'), call.zone, {
		result,
		...detail,
		remaining,
		resume,
	});
}

/** Rays that are shown; the last one is always told. */
const MOST_RAYS = 20;

function allRejected(summary: string, [first]: readonly ApiAnswer[]): ApiError {
	const { status = 0, ray } = first ?? {};
	return new ApiError(summary, { status, ray, advice: 'Correct or leave out what failed, then call again.' });
}

/** Why the rest was not sent; whether its first request had an effect stays open when no answer came. */
function explain(failure: Failure): string[] {
	const [what = ''] = describeFailure(failure);
	if (failure.changed === 'unknown') return [what, 'The request it happened in may have been applied.'];
	const { also } = failure.advice;
	return also === undefined ? [what] : [what, also];
}

/**
 * One result from several answers: lists are joined, everything else is that of the last. `rejected` counts the items that
 * failed, `untold` those of which an answer that tells them apart says nothing.
 */
function mergeAnswers(
	operation: RoutedOperation,
	answers: readonly ApiAnswer[],
	sent: number,
): { result: unknown; rejected: number; untold: number; understood: boolean } {
	const merged = answers.map(({ result }) => result).reduce(join);
	const { result } = parseResult(operation, merged);
	const { succeeded, failed } = (merged ?? {}) as { succeeded?: unknown; failed?: unknown };
	const rejected = Array.isArray(failed) ? failed.length : 0;
	return {
		result: result ?? merged,
		rejected,
		untold: Array.isArray(succeeded) ? Math.max(0, sent - succeeded.length - rejected) : 0,
		understood: result !== undefined,
	};
}

function join(sum: unknown, next: unknown): unknown {
	if (!isObject(sum) || !isObject(next)) return next;
	const entries = Object.entries(next).map(([key, value]) => {
		const old = sum[key];
		return [key, Array.isArray(value) && Array.isArray(old) ? [...old, ...value] : value];
	});
	return { ...sum, ...Object.fromEntries(entries) };
}
