/** Sends the requests of a plan one after the other and says what of it was done. */
import type { ApiAnswer } from '../cloudflare/client.js';
import { ApiError, Failure } from '../errors.js';
import { type Operation, permissionOf, type RoutedOperation } from '../operations/operation.js';
import { counts } from '../operations/wording.js';

import { summarize, understand } from './outcome.js';
import type { Call } from './parts.js';
import type { Plan, PlannedRequest } from './plan.js';
import { type CallResult, describeDuplicates, describeFailure, done, partial } from './result.js';

/**
 * Sends a plan. A failure before anything was accepted is thrown; a later one, and items that Cloudflare rejected, give
 * a partial result.
 */
export async function deliver(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	before: unknown,
): Promise<CallResult> {
	call.trail.start();
	const { answers, failure } = await sendAll(call, operation, plan);
	const { result, rejected, understood } = mergeAnswers(operation, answers);
	const items = countItems(plan.requests.slice(0, answers.length));
	const ray = answers.at(-1)?.ray;
	const detail = {
		before,
		...(operation.split && { sent: { requests: answers.length, ...items } }),
		...(plan.duplicates > 0 && { duplicates: plan.duplicates }),
		cf_ray: ray,
	};
	const words = understood
		? summarize(operation, { args: call.args, zone: call.zone, result, before, items, requests: answers.length })
		: `${operation.title}: done for ${call.zone?.name}, but Cloudflare's answer has an unexpected form.`;
	const summary = words + describeDuplicates(plan.duplicates);
	if (!failure && rejected === 0) return done(ray ? `${summary}\ncf-ray ${ray}` : summary, call.zone, result, detail);
	if (!failure && rejected === Object.values(items).reduce((sum, amount) => sum + amount, 0))
		throw allRejected(summary, answers);
	const unsent = countItems(plan.requests.slice(answers.length));
	const kind = plan.requests[0].kind as string;
	const remaining = rejected > 0 ? { ...unsent, [kind]: (unsent[kind] ?? 0) + rejected } : unsent;
	const why = failure ? explain(failure) : ['Correct or leave out what failed.'];
	return partial([summary, `Not done: ${counts(remaining)}.`, ...why].join('\n'), call.zone, {
		result,
		...detail,
		remaining,
	});
}

async function sendAll(
	{ client, context }: Call,
	operation: Operation,
	plan: Plan,
): Promise<{ answers: ApiAnswer[]; failure?: Failure }> {
	const answers: ApiAnswer[] = [];
	for (const request of plan.requests) {
		try {
			answers.push(await client(request, { permission: permissionOf(operation), signal: context.signal }));
		} catch (error) {
			if (answers.length === 0 || !(error instanceof Failure)) throw error;
			return { answers, failure: error };
		}
		if (plan.requests.length > 1) context.progress?.(answers.length, plan.requests.length);
	}
	return { answers };
}

function allRejected(summary: string, [first]: readonly ApiAnswer[]): ApiError {
	const { status = 0, ray } = first ?? {};
	return new ApiError(summary, { status, ray, next: 'Correct or leave out what failed, then call again.' });
}

/** Why the rest was not sent; whether its first request had an effect stays open when no answer came. */
function explain(failure: Failure): string[] {
	const [what = '', , ...rest] = describeFailure(failure);
	const open = failure.changed === 'unknown' ? ['The request it happened in may have been applied.'] : [];
	return [what, ...open, 'Call again with what was not done.', ...rest];
}

function countItems(requests: readonly PlannedRequest[]): Record<string, number> {
	const items: Record<string, number> = {};
	for (const { kind, amount } of requests) if (kind) items[kind] = (items[kind] ?? 0) + amount;
	return items;
}

/** One result from several answers: lists are joined, everything else is that of the last. `rejected` counts failed items. */
function mergeAnswers(
	operation: Operation,
	answers: readonly ApiAnswer[],
): { result: unknown; rejected: number; understood: boolean } {
	const merged = answers.map(({ result }) => result).reduce(join);
	const { result } = understand(operation, merged);
	const { failed } = (merged ?? {}) as { failed?: unknown };
	return {
		result: result ?? merged,
		rejected: Array.isArray(failed) ? failed.length : 0,
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
