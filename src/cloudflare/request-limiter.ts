/** Keeps the limit of all requests with a credential, so that no read locks a purge out. */
import type { Clock } from '../base/clock.js';
import { type LimitHeaders, RequestBudget } from './request-budget.js';

/** The limit of all requests with one credential, whatever they ask for. */
export interface RequestLimiter {
	/**
	 * Takes a request, where it may leave now: the result is 0 then. Otherwise it is the milliseconds until one may, and
	 * nothing is taken. A read may leave the less often: it leaves a part of the limit to changes.
	 */
	take(isRead: boolean): Promise<number>;
	/** Puts back what {@link take} took for a request that does not leave. */
	release(): void;
	/** Learns from an answer what the limit is, and what others have used of it. */
	learn(headers: LimitHeaders): void;
	/** Requests that are left, as the last answer said; undefined while no answer has said it. */
	readonly left: number | undefined;
}

/** The limit of the requests of this process. */
export class LocalRequestLimiter implements RequestLimiter {
	private readonly budget = new RequestBudget();
	private readonly clock: Clock;

	constructor(clock: Clock) {
		this.clock = clock;
	}

	/** @param kept how much of the limit is left to other processes */
	async take(isRead: boolean, kept = 0): Promise<number> {
		const now = this.clock.now();
		const waitMs = this.budget.waitMs(isRead, now, kept);
		if (waitMs === 0) this.budget.note(now);
		return waitMs;
	}

	get left(): number | undefined {
		return this.budget.left;
	}

	/** What a request is measured by, for a limiter that counts elsewhere. */
	termsOf(isRead: boolean): ReturnType<RequestBudget['termsOf']> {
		return this.budget.termsOf(isRead, this.clock.now());
	}

	/** Requests of this process in the window. */
	get sent(): number {
		return this.budget.sent(this.clock.now());
	}

	/** Counts a request that was taken elsewhere. */
	note(): void {
		this.budget.note(this.clock.now());
	}

	release(): void {
		this.budget.forgetLast();
	}

	learn(headers: LimitHeaders): void {
		this.budget.learn(headers, this.clock.now());
	}
}
