/** Reports what became of a change in steps: what stands, what does not, and how to go on. */
import { type Reader, wordFor } from '../base/audience.js';
import type { Failure } from '../errors.js';
import type { Steps } from '../operations/composite.js';
import type { Operation } from '../operations/operation.js';
import { formatCount, joinRows } from '../operations/wording.js';
import { readerOf, type ZoneCall } from './context.js';
import { answerOf } from './problem.js';
import { type CallResult, describeAdvice, done, partial, type Summary } from './result.js';
import type { Change, StepSender } from './step-sender.js';
import type { Undo } from './undo.js';

/** A change whose requests were sent, at least in part. */
interface SentSteps {
	readonly composed: Steps<Operation>;
	readonly sender: StepSender;
	readonly undo: Undo;
}

/** The lines of all changes, by what became of them. */
type Outcome = Readonly<Record<Change['state'], readonly string[]>>;

const GO_ON = 'Repeat the call to go on: it compares again, and makes only what is missing.';

/** The result. Throws the first failure when no change was made. */
export function reportSteps(call: ZoneCall, { composed, sender, undo }: SentSteps): CallResult {
	const { changes, failures, rays } = sender;
	const [failure] = failures;
	if (failure && sender.changedNothing) throw failure;
	const of = (state: Change['state']) => changes.filter((one) => one.state === state).map(({ line }) => line);
	const outcome: Outcome = { made: of('made'), 'not made': of('not made'), unknown: of('unknown') };
	const notes = [...composed.remarks, ...(undo.sentence ? [undo.sentence] : [])];
	const result = {
		made: outcome.made,
		...(outcome['not made'].length > 0 && { not_made: outcome['not made'] }),
		...(outcome.unknown.length > 0 && { unknown: outcome.unknown }),
	};
	const cf_ray = rays.at(-1);
	if (outcome.made.length === changes.length)
		return done(toSummary(composed.achieved, outcome, notes, cf_ray), call.zone, result, { cf_ray });
	const head = describePart(call.zone.name, outcome);
	const reader = readerOf(call);
	const reasons = [...new Set(failures.flatMap((one) => describeReason(one, reader)))];
	call.context.onProblem?.(
		call.deps.toOutput({ error: head, changed: 'yes', next: GO_ON, ...answerOf(failure) }),
		failure,
	);
	return partial(toSummary(head, outcome, [...reasons, GO_ON, ...notes], cf_ray), call.zone, {
		result,
		cf_ray,
		remaining: { changes: changes.length - outcome.made.length },
	});
}

/** Structured content has the changes and the ray in members of their own. */
function toSummary(head: string, outcome: Outcome, notes: readonly string[], ray: string | undefined): Summary {
	const rows = [
		...outcome.made,
		...outcome['not made'].map((line) => `Not made: ${line}`),
		...outcome.unknown.map((line) => `Unknown: ${line}`),
	];
	return {
		text: [joinRows({ sentences: [head], rows }), ...notes, ...(ray ? [`cf-ray ${ray}`] : [])].join('\n'),
		sentences: [head, ...notes].join('\n'),
	};
}

function describePart(zoneName: string, outcome: Outcome): string {
	const counts = [
		`${formatCount(outcome.made.length, 'changes')} made`,
		...(outcome['not made'].length > 0 ? [`${outcome['not made'].length} not made`] : []),
		...(outcome.unknown.length > 0 ? [`${outcome.unknown.length} unknown`] : []),
	];
	return `${zoneName} is restored in part: ${counts.join(', ')}.`;
}

/** What happened, what to do about it, and the answer behind it. */
function describeReason({ what, advice, source }: Failure, reader: Reader): string[] {
	return [wordFor(what, reader), describeAdvice(advice, reader), source ?? ''].filter((line) => line !== '');
}
