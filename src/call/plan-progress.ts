/** Tells the client how far a plan is: at most once a second, and at least every HEARTBEAT_MS. */
import { repeatEvery } from '../base/clock.js';
import type { RoutedOperation } from '../operations/operation.js';
import { formatNumber } from '../operations/wording.js';
import { type ZoneCall, zonePlanOf } from './context.js';
import { type Estimate, estimatePlan } from './plan/estimate.js';
import { countItems, type Plan, type PlannedRequest, totalOf } from './plan/plan.js';
import { HEARTBEAT_MS, type Progress } from './progress.js';

/** Shortest time between two notes: a model or a user reads no more of them. */
const NOTE_INTERVAL_MS = 1_000;

/** What is told of. */
interface Subject {
	readonly call: ZoneCall;
	readonly operation: RoutedOperation;
	readonly plan: Plan;
	/** Handle of the call; undefined for a plan that is not kept. */
	readonly resume: string | undefined;
	/** The requests that are not done yet. */
	unsent(): readonly PlannedRequest[];
}

/** The notes of one plan to a client that wants them. */
export class PlanProgress {
	private readonly subject: Subject;
	private readonly tell: Progress;
	private readonly total: number;
	private readonly estimate: Estimate | undefined;
	private readonly startedMs: number;
	private lastMs: number;
	private lastSent = 0;

	constructor(subject: Subject, tell: Progress) {
		const { call, operation, plan } = subject;
		this.subject = subject;
		this.tell = tell;
		this.total = totalOf(countItems(plan.requests));
		this.estimate = estimatePlan(plan, operation, zonePlanOf(call));
		this.startedMs = call.deps.clock.now();
		this.lastMs = this.startedMs;
	}

	/** Begins to tell, and first which handle continues the call if it is cut off. Returns the function that ends it. */
	start(): () => void {
		const { resume, call } = this.subject;
		if (resume !== undefined)
			this.send(0, `${this.describe(0)}. If this call is cut off, call purge_resume with resume: ${resume}`);
		return repeatEvery(call.deps.clock, NOTE_INTERVAL_MS, () => this.beat());
	}

	/** Tells of a request that is done, unless the last note is too recent: then the next beat tells of it. */
	noteDone(): void {
		if (this.sinceLastMs() >= NOTE_INTERVAL_MS) this.sendState();
	}

	private beat(): void {
		const isNews = this.sent() > this.lastSent && this.sinceLastMs() >= NOTE_INTERVAL_MS;
		// The silence would be too long at the next beat.
		if (isNews || this.sinceLastMs() + NOTE_INTERVAL_MS > HEARTBEAT_MS) this.sendState();
	}

	private sendState(): void {
		const sent = this.sent();
		this.send(sent, this.total === 0 ? 'waiting for Cloudflare' : this.describe(sent));
	}

	private send(sent: number, message: string): void {
		this.lastMs = this.subject.call.deps.clock.now();
		this.lastSent = sent;
		this.tell(sent, this.total === 0 ? undefined : this.total, message, this.secondsLeft(sent));
	}

	private describe(sent: number): string {
		const secondsLeft = Math.ceil(this.secondsLeft(sent));
		const left = secondsLeft > 0 ? `, about ${formatNumber(secondsLeft)} s left` : '';
		return `${formatNumber(sent)} of ${formatNumber(this.total)} items${left}`;
	}

	/** By the plan's estimate. A plan that takes longer began with empty buckets, and one without estimate keeps its pace. */
	private secondsLeft(sent: number): number {
		const { call, operation, plan, unsent } = this.subject;
		const elapsed = (call.deps.clock.now() - this.startedMs) / 1000;
		const [first, ...others] = unsent();
		if (!first) return 0;
		if (!this.estimate) return sent > 0 ? (elapsed / sent) * (this.total - sent) : 0;
		if (elapsed <= this.estimate.seconds) return this.estimate.seconds - elapsed;
		const rest = { ...plan, requests: [first, ...others] as const };
		return estimatePlan(rest, operation, zonePlanOf(call), { isBucketFull: false })?.seconds ?? 0;
	}

	private sent(): number {
		return this.total - totalOf(countItems(this.subject.unsent()));
	}

	private sinceLastMs(): number {
		return this.subject.call.deps.clock.now() - this.lastMs;
	}
}
