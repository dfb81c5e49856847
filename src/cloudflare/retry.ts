/** Repeats failed requests where that is safe, within a number of attempts, a deadline and Cloudflare's rate limits. */
import { either, type Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import type { Metrics } from '../base/metrics.js';
import { ApiError, cancelled, Failure, TimeoutError } from '../errors.js';
import type { Api, ApiAnswer, ApiRequest, RequestOptions } from './api.js';
import { isRead } from './http/send.js';
import { LONGEST_PAUSE_MS } from './limits.js';
import type { RateLimiter, Reservation } from './rate-limiter.js';
import type { RequestLimiter } from './request-limiter.js';
import { isRateLimited, mayRepeat } from './retry-rules.js';
import { waitBeforeRetry } from './retry-timing.js';

/** How requests are repeated. */
interface RetryOptions {
	readonly clock: Clock;
	/** The limits of accounts. */
	readonly rateLimiter: RateLimiter;
	/** The limit of the credential that the Api authenticates with. */
	readonly requestLimiter: RequestLimiter;
	/** Further attempts at a request after its first. */
	readonly retries: number;
	/** Returns a number from 0 to 1. */
	readonly random?: () => number;
	/** Told of each attempt when it has ended. */
	readonly observe?: ((attempt: Attempt) => void) | undefined;
	/** Told how long requests wait for limits. */
	readonly metrics?: Pick<Metrics, 'waited'> | undefined;
}

/** One attempt at a request. */
export interface Attempt {
	readonly request: ApiRequest;
	readonly callId: string | undefined;
	readonly requestId: string | undefined;
	/** Counted from 1. */
	readonly number: number;
	/** How long the request waited before it, for a rate limit or after a failure. */
	readonly waitedMs: number;
	readonly tookMs: number;
	readonly end: { readonly answer: ApiAnswer } | { readonly error: unknown };
}

type RetrySettings = RetryOptions & Required<Pick<RetryOptions, 'random'>>;

/** `api` with retries. Throws what its last attempt failed with, or an earlier failure that may have changed something. */
export function withRetries(api: Api, { random = Math.random, ...options }: RetryOptions): Api {
	return async (request, about) => {
		const { signal, release } = either(about.signal, about.closing);
		try {
			return await new RetriedRequest(api, { random, ...options }, request, about, signal).send();
		} catch (error) {
			throw about.repeatable ? adviseRepeating(error) : error;
		} finally {
			release();
		}
	};
}

/** One request, with what its attempts have shown so far. */
class RetriedRequest {
	private readonly api: Api;
	private readonly options: RetrySettings;
	private readonly request: ApiRequest;
	private readonly about: RequestOptions;
	/** Ends each wait: aborts when the call is cancelled or the server closes. */
	private readonly ending: Signal | undefined;
	private last: Failure | undefined;
	/** The last failure that may have been applied. A later refusal does not undo it, so it is the one that is thrown. */
	private maybeApplied: Failure | undefined;

	constructor(
		api: Api,
		options: RetrySettings,
		request: ApiRequest,
		about: RequestOptions,
		ending: Signal | undefined,
	) {
		this.api = api;
		this.options = options;
		this.request = request;
		this.about = about;
		this.ending = ending;
	}

	async send(): Promise<ApiAnswer> {
		const { clock, requestLimiter } = this.options;
		for (let attempt = 0, idleSince = clock.now(); ; attempt++) {
			await this.untilTurn();
			const startedMs = clock.now();
			const waitedMs = startedMs - idleSince;
			try {
				const answer = await this.api(this.request, this.about);
				this.about.attempted?.(answer.status, answer.ray);
				if (answer.limits) requestLimiter.learn(answer.limits);
				this.observe({ number: attempt + 1, waitedMs, startedMs, end: { answer } });
				return answer;
			} catch (error) {
				idleSince = clock.now();
				this.observe({ number: attempt + 1, waitedMs, startedMs, end: { error } });
				this.reportAttempt(error);
				if (!(error instanceof Failure)) throw error;
				await this.untilRetry(error, attempt);
			}
		}
	}

	private observe({ startedMs, ...seen }: Pick<Attempt, 'number' | 'waitedMs' | 'end'> & { startedMs: number }): void {
		const { observe, clock } = this.options;
		const { callId, requestId } = this.about;
		observe?.({ ...seen, request: this.request, callId, requestId, tookMs: clock.now() - startedMs });
	}

	/** Waits until the rate limits allow an attempt. Throws when none may start any more. */
	private async untilTurn(): Promise<void> {
		const { clock, rateLimiter, requestLimiter, metrics } = this.options;
		const { reservation, deadline = Number.POSITIVE_INFINITY } = this.about;
		const latest = this.isRead ? Math.min(deadline, clock.now() + LONGEST_PAUSE_MS) : deadline;
		for (;;) {
			if (reservation) await this.untilBucket(reservation);
			// A wait that was aborted has taken nothing.
			if (this.ending?.aborted) throw this.obstacle();
			const waitMs = this.isCounted ? await requestLimiter.take(this.isRead) : 0;
			if (waitMs === 0) break;
			// Those that wait for the limit of their credential hold no tokens of their account meanwhile.
			if (reservation) rateLimiter.release(reservation);
			if (clock.now() + waitMs > latest) throw this.failure ?? usedUp(this.isRead, waitMs);
			metrics?.waited('token', waitMs / 1_000);
			await clock.sleep(waitMs, this.ending);
		}
		const obstacle = this.obstacle();
		if (!obstacle) return;
		if (reservation) rateLimiter.release(reservation);
		if (this.isCounted) requestLimiter.release();
		throw obstacle;
	}

	/** Waits for the tokens of an account. Throws when that is too late. */
	private async untilBucket(reservation: Reservation): Promise<void> {
		const { clock, rateLimiter, metrics } = this.options;
		const startedMs = clock.now();
		if (!(await rateLimiter.acquire(reservation, this.ending, this.about.deadline)))
			throw this.failure ?? tooLate("The zone's rate limit would delay the next request past this call's time limit.");
		const waitedMs = clock.now() - startedMs;
		if (waitedMs > 0) metrics?.waited(reservation.group, waitedMs / 1_000);
	}

	/** Why no attempt may start any more; undefined where one may. */
	private obstacle(): Failure | undefined {
		const { signal, closing, deadline = Number.POSITIVE_INFINITY } = this.about;
		if (signal?.aborted) return this.cancelledBy(signal);
		if (this.options.clock.now() > deadline)
			return this.failure ?? tooLate('This call ran out of time before the request was sent.');
		return closing?.aborted ? this.cancelledBy(closing) : undefined;
	}

	/** Whether the request counts against the limit of all requests. Purges by URL do not (Cloudflare, August 2022). */
	private get isCounted(): boolean {
		return this.about.reservation?.group !== 'urls';
	}

	/** Whether the request leaves a part of the limit to changes. */
	private get isRead(): boolean {
		return isRead(this.request) && !this.about.isForChange;
	}

	/** Waits before another attempt. Throws when the request may not be repeated, or not in time. */
	private async untilRetry(failure: Failure, attempt: number): Promise<void> {
		const { clock, rateLimiter, retries, random } = this.options;
		const { reservation, repeatable = false, deadline = Number.POSITIVE_INFINITY } = this.about;
		this.last = failure;
		if (!isRead(this.request) && failure.changed === 'unknown') this.maybeApplied = failure;
		if (!mayRepeat(failure, this.request, repeatable)) throw this.failure;
		const waitMs = waitBeforeRetry(failure, attempt, random);
		const limited = isRateLimited(failure) ? reservation : undefined;
		// All requests that draw from this bucket wait, also when this one gives up.
		if (limited) rateLimiter.pause(limited, Math.min(waitMs, LONGEST_PAUSE_MS));
		if (attempt >= retries || waitMs > LONGEST_PAUSE_MS || clock.now() + waitMs > deadline) throw this.failure;
		// A request that draws from a paused bucket waits for its turn instead.
		if (!limited) await clock.sleep(waitMs, this.ending);
	}

	/** Reports an attempt that may have reached the API: one that was answered, or whose effect is unknown. */
	private reportAttempt(error: unknown): void {
		if (error instanceof ApiError) this.about.attempted?.(error.status, error.ray);
		else if (!(error instanceof Failure) || error.changed === 'unknown') this.about.attempted?.(0, undefined);
	}

	/** What the request fails with when no further attempt is made. */
	private get failure(): Failure | undefined {
		return this.maybeApplied ?? this.last;
	}

	private cancelledBy(signal: Signal): Failure {
		return cancelled(signal.reason, this.maybeApplied ? 'unknown' : 'no');
	}
}

function tooLate(message: string): TimeoutError {
	return new TimeoutError(message, { advice: { again: 'later' } });
}

function usedUp(isRead: boolean, waitMs: number): TimeoutError {
	const what = isRead
		? "Reads have used up their share of Cloudflare's limit of requests; the rest is kept for changes."
		: "Cloudflare's limit of requests is used up.";
	return new TimeoutError(what, { advice: `Wait ${Math.ceil(waitMs / 1_000)} s, then call again.` });
}

/** Replaces the advice to check what happened: repeating a repeatable request does no harm. */
function adviseRepeating(error: unknown): unknown {
	if (!(error instanceof Failure) || error.changed !== 'unknown') return error;
	return error.withAdvice({ ...error.advice, again: 'repeat' });
}
