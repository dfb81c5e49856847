/** Sends the requests of a plan, as many at once as the limits allow. */
import { type Clock, repeatEvery } from '../base/clock.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { costOf } from '../cloudflare/limits.js';
import type { Reservation } from '../cloudflare/rate-limiter.js';
import { ApiError, cancelled, Failure, InternalError } from '../errors.js';
import { permissionOf, type RoutedOperation } from '../operations/operation.js';
import { type Call, type Context, limitsOf } from './context.js';
import type { Plan, PlannedRequest } from './plan/plan.js';
import type { Lease } from './unfinished.js';

/** Purge requests under way at once, for each bucket: enough to fill it at the latency of a far data centre. */
const MAX_PURGES_IN_FLIGHT = 8;
/** Longest silence towards a client that wants progress (milliseconds). */
export const HEARTBEAT_MS = 5_000;

/** What became of a plan. */
export interface SendOutcome {
	/** By index of the request; undefined where there is none. */
	readonly answers: readonly (ApiAnswer | undefined)[];
	/** Why sending ended before the end. */
	readonly stop: Failure | undefined;
	/** Requests that Cloudflare refused for what is in them. */
	readonly refused: readonly Failure[];
	readonly seconds: number;
}

/** Sends all requests of a plan, noting each that was accepted in the lease. Never throws. */
export async function sendAll(
	call: Call,
	operation: RoutedOperation,
	plan: Plan,
	lease: Lease | undefined,
): Promise<SendOutcome> {
	const { api, context, deps } = call;
	const { clock } = deps;
	const started = clock.now();
	const limits = limitsOf(call);
	const answers: (ApiAnswer | undefined)[] = plan.requests.map(() => undefined);
	const refused: Failure[] = [];
	let stop: Failure | undefined;
	// One request is still made when the server is asked to close; of several the rest can wait.
	const closing = plan.requests.length > 1 ? context.closing : undefined;
	const tell = createProgressReporter(context, plan, answers, clock);

	const sendOne = async (request: PlannedRequest, index: number, reservation: Reservation | undefined) => {
		try {
			const about = {
				permission: permissionOf(operation),
				...limits,
				repeatable: operation.repeatable,
				reservation,
				closing,
			};
			const answer = await api(request, about);
			// What cannot be noted is sent again by whoever goes on: that does no harm, and the purge goes on.
			await lease?.done(lease.remaining[index] as number).catch(() => undefined);
			answers[index] = answer;
		} catch (error) {
			// What was done before is told all the same.
			const failure = error instanceof Failure ? error : new InternalError(error);
			// What is wrong with these items says nothing about the others.
			if (error instanceof ApiError && error.status === 400 && plan.requests.length > 1) refused.push(error);
			// Of several reasons the one is told that leaves open whether something was applied.
			else if (!stop || (stop.changed === 'no' && failure.changed === 'unknown')) stop = failure;
		}
	};
	const work = async (queue: [PlannedRequest, number, Reservation | undefined][]) => {
		for (let next = queue.shift(); next && !stop && !closing?.aborted; next = queue.shift()) {
			await sendOne(...next);
			if (plan.requests.length > 1) tell();
		}
	};

	const stopHeartbeat = context.progress && repeatEvery(clock, HEARTBEAT_MS, tell);
	// Where requests draw from no bucket, one waits for the other: their order may matter to whoever reads along.
	await Promise.all(
		[...queuesOf(call, operation, plan)].flatMap(([group, queue]) =>
			Array.from({ length: group ? Math.min(MAX_PURGES_IN_FLIGHT, queue.length) : 1 }, () => work(queue)),
		),
	);
	stopHeartbeat?.();
	if (closing?.aborted && answers.some((answer) => answer === undefined)) stop ??= cancelled(closing.reason);
	return { answers, stop, refused, seconds: Math.round((clock.now() - started) / 100) / 10 };
}

/** The requests of a plan by the bucket they draw from, with their index and what they take from it. */
function queuesOf(call: Call, { repeatable }: RoutedOperation, { requests }: Plan) {
	const { zone } = call;
	const queues = new Map<string, [PlannedRequest, number, Reservation | undefined][]>();
	requests.forEach((request, index) => {
		const cost = repeatable && zone ? costOf(request.kind, request.items.length) : undefined;
		const reservation = cost && zone && { account: zone.accountId, zonePlan: zonePlanOf(call), ...cost };
		const queue = queues.get(reservation?.group ?? '') ?? [];
		queue.push([request, index, reservation]);
		queues.set(reservation?.group ?? '', queue);
	});
	return queues;
}

/** Tells the client how far a plan is. */
function createProgressReporter(
	{ progress }: Context,
	{ requests }: Plan,
	answers: readonly unknown[],
	clock: Clock,
): () => void {
	const started = clock.now();
	const total = sum(countItems(requests));
	return () => {
		const sent = sum(countItems(requests.filter((_, index) => answers[index])));
		const elapsed = (clock.now() - started) / 1000;
		const left = sent > 0 ? `, about ${Math.ceil((elapsed / sent) * (total - sent))} s left` : '';
		if (total > 0) progress?.(sent, total, `${sent} of ${total} items${left}`);
		else progress?.(0, undefined, 'limits for Cloudflare');
	};
}

/** The plan whose limits are kept. */
export function zonePlanOf({ deps, zone }: Pick<Call, 'deps' | 'zone'>): string {
	return deps.settings.plan === 'auto' ? (zone?.plan ?? '') : deps.settings.plan;
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
