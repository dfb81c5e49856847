/** Carries out a plan: what of it was done is said, and what was not is kept under a handle. */
import type { ApiAnswer } from '../cloudflare/api.js';
import { ApiError, type Failure, Interrupted, NEXT } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { counts } from '../operations/wording.js';
import type { Call } from './context.js';
import type { Plan } from './plan/plan.js';
import { type CallResult, describeDuplicates, describeFailure, done, partial } from './result.js';
import { countItems, type Delivery, sendAll, sum } from './send.js';
import { summarize, understand } from './summarize.js';
import { type Claim, toWork } from './unfinished.js';

/**
 * Sends a plan, or the rest of one (`claimed`). A failure before anything was accepted is thrown; a later one, and items
 * that Cloudflare rejected, give a partial result with a handle for the rest.
 */
export async function deliver(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	before: unknown,
	claimed?: Claim,
): Promise<CallResult> {
	const { parts, trail, args } = call;
	const claim =
		claimed ??
		(plan.requests.length > 1
			? await parts.unfinished.begin(toWork(operation.name, call.zone as never, args, plan))
			: undefined);
	// As long as nothing has left, a new call leaves nothing to take up.
	let finished = claimed === undefined;
	try {
		trail.start();
		finished = false;
		const delivery = await sendAll(call, operation, plan, claim);
		const nothing = delivery.answers.every((answer) => answer === undefined);
		const problem = delivery.stop ?? delivery.refused[0];
		if (nothing && problem) {
			// Nothing happened and the caller is told: there is nothing to take up. A cancelled caller is told nothing.
			finished = problem.changed === 'no' && !(problem instanceof Interrupted) && !claimed;
			throw finished || !claim
				? problem
				: problem.advising([...furtherAdvice(problem), goOn(operation, claim.resume)].join(' '));
		}
		finished = !problem;
		return report(call, operation, plan, before, delivery, finished ? undefined : claim?.resume);
	} finally {
		await claim?.release(finished);
	}
}

const goOn = ({ name }: RoutedOperation, resume: string) =>
	`To go on, call ${name} with resume: "${resume}" alone (24 hours).`;

/** What a failure advises beside doing the same again: where there is a handle, that is how it is done again. */
function furtherAdvice({ next }: Failure): string[] {
	return Object.values(NEXT).some((again) => again === next) ? [] : [next];
}

function report(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	before: unknown,
	delivery: Delivery,
	resume: string | undefined,
): CallResult {
	const answers = delivery.answers.filter((answer) => answer !== undefined);
	const items = countItems(plan.requests.filter((_, index) => delivery.answers[index]));
	const { result, rejected, untold, understood } = mergeAnswers(operation, answers, sum(items));
	const rays = answers.flatMap(({ ray }) => ray ?? []);
	const ray = rays.at(-1);
	const several = plan.requests.length > 1;
	const detail = {
		before,
		...(operation.split && {
			sent: { requests: answers.length, ...items, ...(several && { seconds: delivery.seconds }) },
		}),
		...(plan.duplicates > 0 && { duplicates: plan.duplicates }),
		cf_ray: ray,
		...(several && { cf_rays: rays.slice(0, MOST_RAYS) }),
	};
	const words = understood
		? summarize(operation, { args: call.args, zone: call.zone, result, before, items, requests: answers.length })
		: `${operation.title}: done for ${call.zone?.name}, but Cloudflare's answer has an unexpected form.`;
	const summary = words + describeDuplicates(plan.duplicates);
	const problem = delivery.stop ?? delivery.refused[0];
	if (!problem && rejected === 0 && untold === 0)
		return done(ray ? `${summary}\ncf-ray ${ray}` : summary, call.zone, result, detail);
	if (!problem && rejected === sum(items)) throw allRejected(summary, answers);
	const unsent = countItems(plan.requests.filter((_, index) => !delivery.answers[index]));
	const kind = plan.requests[0].kind as string;
	const remaining = rejected > 0 ? { ...unsent, [kind]: (unsent[kind] ?? 0) + rejected } : unsent;
	const lines = [
		summary,
		...(sum(remaining) > 0 ? [`Not done: ${counts(remaining)}.`] : []),
		...(untold > 0 ? [`Cloudflare's answer says nothing of ${counts({ [kind]: untold })}: ${NEXT.check}`] : []),
		...(problem ? explain(problem) : []),
		...(rejected > 0 ? ['Correct or leave out what failed.'] : []),
		...(resume ? [goOn(operation, resume)] : []),
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
	return new ApiError(summary, { status, ray, next: 'Correct or leave out what failed, then call again.' });
}

/** Why the rest was not sent; whether its first request had an effect stays open when no answer came. */
function explain(failure: Failure): string[] {
	const [what = ''] = describeFailure(failure);
	if (failure.changed === 'unknown') return [what, 'The request it happened in may have been applied.'];
	return [what, ...furtherAdvice(failure)];
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
	const { result } = understand(operation, merged);
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
	if (typeof sum !== 'object' || sum === null || typeof next !== 'object' || next === null) return next;
	const entries = Object.entries(next).map(([key, value]) => {
		const old = (sum as Record<string, unknown>)[key];
		return [key, Array.isArray(value) && Array.isArray(old) ? [...old, ...value] : value];
	});
	return { ...sum, ...Object.fromEntries(entries) };
}
