/** Reports what became of a plan: what was done, what was not, and how to finish it. */
import { type Reader, wordFor } from '../base/audience.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { ApiError, type Failure } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { formatCounts, formatNumber } from '../operations/wording.js';
import { readerOf, type ZoneCall } from './context.js';
import { refuseKept } from './kept.js';
import { type MergedAnswers, mergeAnswers } from './merge.js';
import { countItems, type Plan, totalOf } from './plan/plan.js';
import { answerOf } from './problem.js';
import { type CallResult, describeAdvice, done, partial, type Summary, toSummary } from './result.js';
import type { SendOutcome } from './send.js';
import { summarize } from './summarize.js';

/** A plan that was sent, at least in part. */
interface Execution {
	readonly call: ZoneCall;
	readonly operation: RoutedOperation;
	readonly plan: Plan;
	/** The value before the change; undefined when it was not read. */
	readonly before: unknown;
	readonly outcome: SendOutcome;
	/** What the change lacks, one sentence each. */
	readonly remarks: readonly string[];
	/** The handle that finishes the rest; undefined where nothing is left, or where the call is not kept. */
	readonly resume: string | undefined;
}

/** Where there is no handle. Such calls set or remove what they name, whatever was there before. */
const REPEAT_ALL =
	'To finish, repeat the call with all items, in several calls if they are many. Doing an item twice does no harm.';

/** The result of a plan of which at least one request was accepted. Throws an ApiError when every item was rejected. */
export function report(execution: Execution): CallResult {
	const { call, operation, plan, outcome, resume } = execution;
	const answers = outcome.answers.filter((answer) => answer !== undefined);
	const accepted = plan.requests.filter((_, index) => outcome.answers[index]);
	const items = countItems(accepted);
	const merged = mergeAnswers(
		operation,
		answers,
		accepted.flatMap((request) => request.items),
	);
	const [{ body: asked, kind }] = plan.requests;
	const [answer] = answers;
	if (answer && kind === undefined)
		refuseKept({ zoneName: call.zone.name, asked, result: merged.result, before: execution.before, answer });
	const { result, rejected, unreported } = merged;
	const sent = summarizeSent(execution, merged, { items, requests: answers.length });
	const summary = addSentences(sent, execution.remarks);
	const detail = detailOf(execution, answers, items);
	if (!outcome.problem && rejected === 0 && unreported === 0)
		return done(detail.cf_ray ? addRay(summary, detail.cf_ray) : summary, call.zone, result, detail);
	if (!outcome.problem && rejected === totalOf(items)) throw allRejected(summary.text, answers);
	const remaining = remainingOf(execution, rejected);
	const { why, next, source } = describeRest(execution, merged, remaining);
	call.context.onProblem?.(
		call.deps.toOutput({
			error: why.join(' '),
			changed: 'yes',
			next: next.join(' '),
			...answerOf(outcome.problem),
		}),
		outcome.problem,
	);
	return partial(addSentences(summary, [...why, ...next, ...source]), call.zone, {
		result,
		...detail,
		remaining,
		resume,
	});
}

/** Structured content has the ray in a member of its own. */
function addRay({ text, sentences }: Summary, ray: string): Summary {
	return { text: `${text}\ncf-ray ${ray}`, sentences };
}

function addSentences({ text, sentences }: Summary, more: readonly string[]): Summary {
	return { text: [text, ...more].join('\n'), sentences: [sentences, ...more].join('\n') };
}

function summarizeSent(
	{ call: { args, zone, environment }, operation, plan, before }: Execution,
	{ result, isKnown }: MergedAnswers,
	sent: { items: Readonly<Record<string, number>>; requests: number },
): Summary {
	const summary = isKnown
		? summarize(operation, { args, zone, environment, result, before, ...sent })
		: toSummary(`${operation.title}: done for ${zone.name}, but Cloudflare's response has an unexpected form.`);
	const { duplicates } = plan;
	if (duplicates === 0) return summary;
	return addSentences(summary, [
		duplicates === 1 ? '1 duplicate was left out.' : `${formatNumber(duplicates)} duplicates were left out.`,
	]);
}

function detailOf(
	{ operation, plan, before, outcome }: Execution,
	answers: readonly ApiAnswer[],
	items: Readonly<Record<string, number>>,
) {
	const rays = answers.flatMap(({ ray }) => ray ?? []);
	const several = plan.requests.length > 1;
	return {
		before,
		...(operation.split && {
			sent: { requests: answers.length, ...items, ...(several && { seconds: outcome.seconds }) },
		}),
		...(plan.duplicates > 0 && { duplicates: plan.duplicates }),
		cf_ray: rays.at(-1),
	};
}

/** The items that were not done, by kind. */
function remainingOf({ plan, outcome }: Execution, rejected: number): Readonly<Record<string, number>> {
	const unsent = countItems(plan.requests.filter((_, index) => !outcome.answers[index]));
	const [{ kind }] = plan.requests;
	return rejected > 0 && kind !== undefined ? { ...unsent, [kind]: (unsent[kind] ?? 0) + rejected } : unsent;
}

/** What was not done and why, what to do about it, and the answer behind it; one line each. */
function describeRest(
	{ call, plan, outcome: { problem }, resume }: Execution,
	{ rejected, unreported }: MergedAnswers,
	remaining: Readonly<Record<string, number>>,
): { why: string[]; next: string[]; source: string[] } {
	const [{ kind = '' }] = plan.requests;
	const reader = readerOf(call);
	const { why = [], next = [] } = problem ? describeProblem(problem, reader) : {};
	return {
		why: [
			...(totalOf(remaining) > 0 ? [`Not done: ${formatCounts(remaining)}.`] : []),
			...(unreported > 0
				? [
						`Cloudflare did not report on ${formatCounts({ [kind]: unreported })}. ${describeAdvice({ again: 'check' })}`,
					]
				: []),
			...why,
		],
		next: [
			...next,
			...(rejected > 0 ? ['Correct or leave out the items that failed.'] : []),
			...(resume ? [describeAdvice({ resume }, reader)] : []),
			...(problem && !resume ? [REPEAT_ALL] : []),
		],
		source: problem?.source ? [problem.source] : [],
	};
}

/** Why the rest was not sent, and whether the request that failed may still have had an effect. */
function describeProblem(problem: Failure, reader: Reader): { why: string[]; next: string[] } {
	const what = wordFor(problem.what, reader);
	if (problem.changed === 'unknown')
		return { why: [what, 'The request that failed may still have been applied.'], next: [] };
	const { also } = problem.advice;
	return { why: [what], next: also === undefined ? [] : [wordFor(also, reader)] };
}

function allRejected(summary: string, [first]: readonly ApiAnswer[]): ApiError {
	const { status = 0, ray } = first ?? {};
	return new ApiError(summary, {
		status,
		ray,
		advice: 'Correct or leave out the items that failed, then call again.',
	});
}
