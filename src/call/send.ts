/** Sends the requests of a plan, as many at once as the rate limits allow. */
import { either } from '../base/cancel.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { costOf } from '../cloudflare/limits.js';
import type { Reservation } from '../cloudflare/rate-limiter.js';
import { ApiError, cancelled, Failure, InternalError } from '../errors.js';
import type { RoutedOperation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { limitsOf, type ZoneCall, zonePlanOf } from './context.js';
import type { Plan, PlannedRequest } from './plan/plan.js';
import { PlanProgress } from './plan-progress.js';
import type { Lease } from './unfinished.js';

/** Purge requests under way at once, for each bucket: enough to fill it at the latency of a far data centre. */
const MAX_PURGES_IN_FLIGHT = 8;

/** What became of a plan. */
export interface SendOutcome {
	/** By index of the request; undefined where Cloudflare did not accept it. */
	readonly answers: readonly (ApiAnswer | undefined)[];
	/** Why requests were not accepted; undefined when all were. */
	readonly problem: Failure | undefined;
	readonly seconds: number;
}

interface QueuedRequest {
	readonly request: PlannedRequest;
	readonly index: number;
	/** What it takes from a purge bucket. */
	readonly reservation: Reservation | undefined;
}

/** Sends one plan, once. */
export class Sender {
	private readonly call: ZoneCall;
	private readonly operation: RoutedOperation;
	private readonly plan: Plan;
	private readonly lease: Lease | undefined;
	private readonly startedMs: number;
	private readonly isOne: boolean;
	/** Undefined where the client wants to hear of no progress. */
	private readonly progress: PlanProgress | undefined;
	/**
	 * Aborts when the server closes, the client has gone, or another server has taken the plan over. A single request is still
	 * sent when the server closes; several can wait, since their lease remembers them.
	 */
	private readonly ending: ReturnType<typeof either>;
	private readonly answers: (ApiAnswer | undefined)[];
	/** The first refusal that concerns only the items of its request. */
	private refusal: Failure | undefined;
	/** Why no further request is sent. */
	private stop: Failure | undefined;

	/** @param lease where each accepted request is noted; undefined for a plan that is not kept */
	constructor(call: ZoneCall, operation: RoutedOperation, plan: Plan, lease: Lease | undefined) {
		this.call = call;
		this.operation = operation;
		this.plan = plan;
		this.lease = lease;
		this.startedMs = call.deps.clock.now();
		this.isOne = plan.requests.length === 1;
		this.ending = either(this.isOne ? call.context.gone : call.context.closing, lease?.lost);
		this.answers = plan.requests.map(() => undefined);
		const unsent = () => plan.requests.filter((_, index) => !this.answers[index]);
		const { progress } = call.context;
		this.progress = progress && new PlanProgress({ call, operation, plan, resume: lease?.resume, unsent }, progress);
	}

	/** Sends all requests. Never rejects: failures are in the outcome. */
	async sendAll(): Promise<SendOutcome> {
		const { clock } = this.call.deps;
		const stopTelling = this.progress?.start();
		await Promise.all(this.queues().map((queue) => this.sendQueue(queue)));
		stopTelling?.();
		const { signal } = this.ending;
		if (signal?.aborted && this.answers.includes(undefined)) this.stop ??= cancelled(signal.reason);
		this.ending.release();
		return {
			answers: this.answers,
			problem: this.stop ?? this.refusal,
			seconds: Math.round((clock.now() - this.startedMs) / 100) / 10,
		};
	}

	/** One queue for each bucket that requests draw from, and one for requests that draw from none. */
	private queues(): QueuedRequest[][] {
		const queues = new Map<string, QueuedRequest[]>();
		this.plan.requests.forEach((request, index) => {
			const reservation = this.reservationOf(request);
			const bucket = reservation?.group ?? '';
			const queue = queues.get(bucket) ?? [];
			queue.push({ request, index, reservation });
			queues.set(bucket, queue);
		});
		return [...queues.values()];
	}

	private reservationOf({ kind, items }: PlannedRequest): Reservation | undefined {
		if (!this.operation.repeatable) return undefined;
		return { account: this.call.zone.accountId, zonePlan: zonePlanOf(this.call), ...costOf(kind, items.length) };
	}

	private async sendQueue(queue: QueuedRequest[]): Promise<void> {
		// Requests without a rate limit are sent one after the other, in order.
		const inFlight = queue[0]?.reservation ? Math.min(MAX_PURGES_IN_FLIGHT, queue.length) : 1;
		await Promise.all(Array.from({ length: inFlight }, () => this.drain(queue)));
	}

	private async drain(queue: QueuedRequest[]): Promise<void> {
		for (let next = queue.shift(); next && !this.stop && !this.ending.signal?.aborted; next = queue.shift()) {
			await this.sendOne(next);
			if (!this.isOne) this.progress?.noteDone();
		}
	}

	private async sendOne({ request, index, reservation }: QueuedRequest): Promise<void> {
		const { call, operation, lease } = this;
		try {
			const answer = await call.api(request, {
				permission: permissionOf(operation),
				...limitsOf(call),
				repeatable: operation.repeatable,
				reservation,
				closing: this.ending.signal,
			});
			// A request that cannot be noted is sent again on resume, which does no harm; the plan goes on.
			const stored = lease?.remaining[index];
			if (stored !== undefined) await lease?.done(stored).catch(() => undefined);
			this.answers[index] = answer;
		} catch (error) {
			this.noteFailure(error instanceof Failure ? error : new InternalError(error));
		}
	}

	private noteFailure(failure: Failure): void {
		// A 400 is about the items of this request, so the other requests are still sent.
		if (failure instanceof ApiError && failure.status === 400 && !this.isOne) this.refusal ??= failure;
		// A failure that leaves open whether something was applied matters more than an earlier one.
		else if (!this.stop || (this.stop.changed === 'no' && failure.changed === 'unknown')) this.stop = failure;
	}
}
