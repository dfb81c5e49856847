/** Sends the requests of a plan, as many at once as the limits allow, and says what of it was done. */
import type { ApiAnswer } from '../cloudflare/client.js';
import { costOf } from '../cloudflare/limits.js';
import type { Turn } from '../cloudflare/pace.js';
import { ApiError, closed, Failure, Interrupted } from '../errors.js';
import { permissionOf, type RoutedOperation } from '../operations/operation.js';
import { counts } from '../operations/wording.js';
import { summarize, understand } from './outcome.js';
import { type Call, deadlineOf } from './parts.js';
import type { Plan, PlannedRequest } from './plan.js';
import { type CallResult, describeDuplicates, describeFailure, done, partial } from './result.js';
import { type Claim, toWork } from './unfinished.js';

/** Purge requests under way at once, for each bucket: enough to fill it at the latency of a far data centre. */
const PURGES_AT_ONCE = 8;
/** Longest silence towards a client that wants progress (milliseconds). */
const HEARTBEAT = 5_000;

/** What became of a plan. */
interface Delivery {
	/** By index of the request; undefined where there is none. */
	readonly answers: readonly (ApiAnswer | undefined)[];
	/** Why sending ended before the end. */
	readonly stop: Failure | undefined;
	/** Requests that Cloudflare refused for what is in them. */
	readonly refused: readonly Failure[];
	readonly seconds: number;
}

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
			throw finished ? problem : withHandle(problem, operation, claim);
		}
		finished = !problem;
		return report(call, operation, plan, before, delivery, finished ? undefined : claim?.resume);
	} finally {
		await claim?.release(finished);
	}
}

async function sendAll(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	claim: Claim | undefined,
): Promise<Delivery> {
	const { client, context, parts, zone } = call;
	const { clock } = parts;
	const started = clock.now();
	const deadline = deadlineOf(call);
	const answers: (ApiAnswer | undefined)[] = plan.requests.map(() => undefined);
	const refused: Failure[] = [];
	let stop: Failure | undefined;
	let bug: unknown;
	// One request is still made when the server is asked to close; of several the rest can wait.
	const closing = plan.requests.length > 1 ? context.closing : undefined;

	const turnOf = ({ kind, items }: PlannedRequest): Turn | undefined => {
		if (!operation.repeatable || !zone) return undefined;
		return { account: zone.accountId, plan: planOf(call), ...costOf(kind, items.length) };
	};
	const sendOne = async (request: PlannedRequest, index: number, turn: Turn | undefined) => {
		try {
			const answer = await client(request, {
				permission: permissionOf(operation),
				signal: context.signal,
				deadline,
				repeatable: operation.repeatable,
				turn,
				closing,
			});
			// What cannot be noted is sent again by whoever goes on: that does no harm, and the purge goes on.
			await claim?.done(claim.left[index] as number).catch(() => undefined);
			answers[index] = answer;
		} catch (error) {
			if (!(error instanceof Failure)) bug = error;
			// What is wrong with these items says nothing about the others.
			else if (error instanceof ApiError && error.status === 400 && plan.requests.length > 1) refused.push(error);
			// Of several reasons the one is told that leaves open whether something was applied.
			else if (!stop || (stop.changed === 'no' && error.changed === 'unknown')) stop = error;
		}
	};

	const queues = new Map<string, (() => Promise<void>)[]>();
	plan.requests.forEach((request, index) => {
		const turn = turnOf(request);
		const queue = queues.get(turn?.group ?? '') ?? [];
		queue.push(() => sendOne(request, index, turn));
		queues.set(turn?.group ?? '', queue);
	});
	const work = async (queue: (() => Promise<void>)[]) => {
		for (let next = queue.shift(); next && !stop && bug === undefined && !closing?.aborted; next = queue.shift()) {
			await next();
			tell();
		}
	};
	const total = sum(countItems(plan.requests));
	const tell = () => {
		if (plan.requests.length < 2) return;
		const sent = sum(countItems(plan.requests.filter((_, index) => answers[index])));
		const elapsed = (clock.now() - started) / 1000;
		const left = sent > 0 ? Math.ceil((elapsed / sent) * (total - sent)) : undefined;
		context.progress?.(sent, total, `${sent} of ${total} items${left === undefined ? '' : `, about ${left} s left`}`);
	};

	const heart = context.progress && plan.requests.length > 1 ? setInterval(tell, HEARTBEAT) : undefined;
	// Where requests draw from no bucket, one waits for the other: their order may matter to whoever reads along.
	await Promise.all(
		[...queues].flatMap(([group, queue]) => Array.from({ length: group ? PURGES_AT_ONCE : 1 }, () => work(queue))),
	);
	clearInterval(heart);
	if (bug !== undefined) throw bug;
	if (closing?.aborted && answers.some((answer) => answer === undefined)) stop ??= closed();
	return { answers, stop, refused, seconds: Math.round((clock.now() - started) / 100) / 10 };
}

/** The same failure, with how to go on. */
function withHandle(problem: Failure, operation: RoutedOperation, claim: Claim | undefined): Failure {
	if (!claim) return problem;
	return Object.assign(Object.create(problem) as Failure, {
		next: `${problem.next} ${goOn(operation, claim.resume)}`,
	});
}

const goOn = ({ name }: RoutedOperation, resume: string) =>
	`To go on, call ${name} with resume: "${resume}" alone (24 hours).`;

/** The plan whose limits are kept. */
export function planOf({ parts, zone }: Pick<Call, 'parts' | 'zone'>): string {
	return parts.settings.plan === 'auto' ? (zone?.plan ?? '') : parts.settings.plan;
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
	const { result, rejected, understood } = mergeAnswers(operation, answers);
	const items = countItems(plan.requests.filter((_, index) => delivery.answers[index]));
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
	if (!problem && rejected === 0) return done(ray ? `${summary}\ncf-ray ${ray}` : summary, call.zone, result, detail);
	if (!problem && rejected === sum(items)) throw allRejected(summary, answers);
	const unsent = countItems(plan.requests.filter((_, index) => !delivery.answers[index]));
	const kind = plan.requests[0].kind as string;
	const remaining = rejected > 0 ? { ...unsent, [kind]: (unsent[kind] ?? 0) + rejected } : unsent;
	const next = resume ? goOn(operation, resume) : 'Correct or leave out what failed.';
	const why = problem ? explain(problem) : [];
	return partial(
		[summary, `Not done: ${counts(remaining)}.`, ...why, next, ...(problem?.source ? [problem.source] : [])].join('\n'),
		call.zone,
		{
			result,
			...detail,
			remaining,
			resume,
		},
	);
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
	return [what, failure.changed === 'unknown' ? 'The request it happened in may have been applied.' : failure.next];
}

function countItems(requests: readonly PlannedRequest[]): Record<string, number> {
	const items: Record<string, number> = {};
	for (const { kind, items: carried } of requests) if (kind) items[kind] = (items[kind] ?? 0) + carried.length;
	return items;
}

function sum(items: Readonly<Record<string, number>>): number {
	return Object.values(items).reduce((total, amount) => total + amount, 0);
}

/** One result from several answers: lists are joined, everything else is that of the last. `rejected` counts failed items. */
function mergeAnswers(
	operation: RoutedOperation,
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
