/** Sends the requests of a plan, as many at once as the limits allow. */
import { beatEvery, type Clock } from '../base/clock.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { costOf } from '../cloudflare/limits.js';
import type { Turn } from '../cloudflare/rate-limiter.js';
import { ApiError, Bug, cancelled, Failure } from '../errors.js';
import { permissionOf, type RoutedOperation } from '../operations/operation.js';
import { type Call, type Context, waitingOf } from './context.js';
import type { Plan, PlannedRequest } from './plan/plan.js';
import type { Claim } from './unfinished.js';

/** Purge requests under way at once, for each bucket: enough to fill it at the latency of a far data centre. */
const PURGES_AT_ONCE = 8;
/** Longest silence towards a client that wants progress (milliseconds). */
export const HEARTBEAT = 5_000;

/** What became of a plan. */
export interface Delivery {
	/** By index of the request; undefined where there is none. */
	readonly answers: readonly (ApiAnswer | undefined)[];
	/** Why sending ended before the end. */
	readonly stop: Failure | undefined;
	/** Requests that Cloudflare refused for what is in them. */
	readonly refused: readonly Failure[];
	readonly seconds: number;
}

/** Sends all requests of a plan, noting each that was accepted in the claim. Never throws. */
export async function sendAll(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	claim: Claim | undefined,
): Promise<Delivery> {
	const { client, context, parts } = call;
	const { clock } = parts;
	const started = clock.now();
	const waiting = waitingOf(call);
	const answers: (ApiAnswer | undefined)[] = plan.requests.map(() => undefined);
	const refused: Failure[] = [];
	let stop: Failure | undefined;
	// One request is still made when the server is asked to close; of several the rest can wait.
	const closing = plan.requests.length > 1 ? context.closing : undefined;
	const tell = teller(context, plan, answers, clock);

	const sendOne = async (request: PlannedRequest, index: number, turn: Turn | undefined) => {
		try {
			const about = {
				permission: permissionOf(operation),
				...waiting,
				repeatable: operation.repeatable,
				turn,
				closing,
			};
			const answer = await client(request, about);
			// What cannot be noted is sent again by whoever goes on: that does no harm, and the purge goes on.
			await claim?.done(claim.left[index] as number).catch(() => undefined);
			answers[index] = answer;
		} catch (error) {
			// What was done before is told all the same.
			const failure = error instanceof Failure ? error : new Bug(error);
			// What is wrong with these items says nothing about the others.
			if (error instanceof ApiError && error.status === 400 && plan.requests.length > 1) refused.push(error);
			// Of several reasons the one is told that leaves open whether something was applied.
			else if (!stop || (stop.changed === 'no' && failure.changed === 'unknown')) stop = failure;
		}
	};
	const work = async (queue: [PlannedRequest, number, Turn | undefined][]) => {
		for (let next = queue.shift(); next && !stop && !closing?.aborted; next = queue.shift()) {
			await sendOne(...next);
			if (plan.requests.length > 1) tell();
		}
	};

	const quiet = context.progress && beatEvery(clock, HEARTBEAT, tell);
	// Where requests draw from no bucket, one waits for the other: their order may matter to whoever reads along.
	await Promise.all(
		[...queuesOf(call, operation, plan)].flatMap(([group, queue]) =>
			Array.from({ length: group ? Math.min(PURGES_AT_ONCE, queue.length) : 1 }, () => work(queue)),
		),
	);
	quiet?.();
	if (closing?.aborted && answers.some((answer) => answer === undefined)) stop ??= cancelled(closing.reason);
	return { answers, stop, refused, seconds: Math.round((clock.now() - started) / 100) / 10 };
}

/** The requests of a plan by the bucket they draw from, with their index and what they take from it. */
function queuesOf(call: Call, { repeatable }: RoutedOperation, { requests }: Plan) {
	const { zone } = call;
	const queues = new Map<string, [PlannedRequest, number, Turn | undefined][]>();
	requests.forEach((request, index) => {
		const cost = repeatable && zone ? costOf(request.kind, request.items.length) : undefined;
		const turn = cost && zone && { account: zone.accountId, plan: planOf(call), ...cost };
		const queue = queues.get(turn?.group ?? '') ?? [];
		queue.push([request, index, turn]);
		queues.set(turn?.group ?? '', queue);
	});
	return queues;
}

/** Tells the client how far a plan is. */
function teller({ progress }: Context, { requests }: Plan, answers: readonly unknown[], clock: Clock): () => void {
	const started = clock.now();
	const total = sum(countItems(requests));
	return () => {
		const sent = sum(countItems(requests.filter((_, index) => answers[index])));
		const elapsed = (clock.now() - started) / 1000;
		const left = sent > 0 ? `, about ${Math.ceil((elapsed / sent) * (total - sent))} s left` : '';
		if (total > 0) progress?.(sent, total, `${sent} of ${total} items${left}`);
		else progress?.(0, undefined, 'waiting for Cloudflare');
	};
}

/** The plan whose limits are kept. */
export function planOf({ parts, zone }: Pick<Call, 'parts' | 'zone'>): string {
	return parts.settings.plan === 'auto' ? (zone?.plan ?? '') : parts.settings.plan;
}

/** Items by kind. */
export function countItems(requests: readonly PlannedRequest[]): Record<string, number> {
	const items: Record<string, number> = {};
	for (const { kind, items: carried } of requests) if (kind) items[kind] = (items[kind] ?? 0) + carried.length;
	return items;
}

/** Items of all kinds. */
export function sum(items: Readonly<Record<string, number>>): number {
	return Object.values(items).reduce((total, amount) => total + amount, 0);
}
