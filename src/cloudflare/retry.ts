/** Repeats a request that may be repeated, within its attempts and its deadline, and in turn with all others. */
import { either, type Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { ApiError, cancelled, Failure, NetworkError, TimeoutError } from '../errors.js';
import type { Api, ApiAnswer, ApiRequest } from './api.js';
import type { RateLimiter } from './rate-limiter.js';

/** First wait without word from Cloudflare, doubled each time (milliseconds). */
const FIRST_WAIT_MS = 500;
/** Longest wait without word from Cloudflare (milliseconds). */
const LONGEST_WAIT_MS = 15_000;
/** Longest wait that Cloudflare may ask for, where no deadline says otherwise (milliseconds). */
const LONGEST_PAUSE_MS = 60_000;

/** A client with `retries` further attempts. `random` spreads the waits of many clients, from 0 to 1. */
export function withRetries(
	client: Api,
	{
		clock,
		rateLimiter,
		retries,
		random = Math.random,
	}: { clock: Clock; rateLimiter: RateLimiter; retries: number; random?: () => number },
): Api {
	const attemptUntilDone = async (
		request: ApiRequest,
		about: Parameters<Api>[1],
		waiting: Signal | undefined,
	): Promise<ApiAnswer> => {
		const { reservation, signal, closing, deadline = Number.POSITIVE_INFINITY } = about;
		// What the last attempt failed with, and the last one that may have been applied: a later refusal does not undo it.
		let last: unknown;
		let maybeApplied: unknown;
		for (let attempt = 0; ; attempt++) {
			if (reservation && !(await rateLimiter.acquire(reservation, waiting, deadline)))
				throw maybeApplied ?? last ?? tooLate(FULL);
			if (signal?.aborted) throw cancelled(signal.reason, maybeApplied ? 'unknown' : 'no');
			if (clock.now() > deadline) throw maybeApplied ?? last ?? tooLate(OVER);
			if (closing?.aborted) throw cancelled(closing.reason, maybeApplied ? 'unknown' : 'no');
			try {
				const answer = await client(request, about);
				about.attempted?.(answer.status, answer.ray);
				return answer;
			} catch (error) {
				if (error instanceof ApiError) about.attempted?.(error.status, error.ray);
				else if (!(error instanceof Failure) || error.changed === 'unknown') about.attempted?.(0, undefined);
				if (!(error instanceof Failure)) throw error;
				last = error;
				if (request.method !== 'GET' && error.changed === 'unknown') maybeApplied = error;
				if (!mayRepeat(error, request, about.repeatable ?? false)) throw maybeApplied ?? error;
				const asked = error instanceof ApiError && error.retryAfter !== undefined ? error.retryAfter * 1000 : undefined;
				const limited = error instanceof ApiError && error.status === 429;
				// Full jitter where nobody named a time; none where Cloudflare did.
				const wait = asked ?? random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
				// Everyone who draws from the bucket waits, not only the one who was refused.
				if (limited && reservation) rateLimiter.pause(reservation, Math.min(wait, LONGEST_PAUSE_MS));
				if (attempt >= retries || wait > LONGEST_PAUSE_MS || clock.now() + wait > deadline) throw maybeApplied ?? error;
				if (!(limited && reservation)) await clock.sleep(wait, waiting);
			}
		}
	};
	return async (request, about) => {
		const { signal, release } = either(about.signal, about.closing);
		try {
			return await attemptUntilDone(request, about, signal);
		} catch (error) {
			throw about.repeatable ? toHarmless(error) : error;
		} finally {
			release();
		}
	};
}

/** Repeating such a request does no harm, so the advice is to repeat it, not to check what happened. */
function toHarmless(error: unknown): unknown {
	if (!(error instanceof Failure) || error.changed !== 'unknown') return error;
	return error.withAdvice({ ...error.advice, again: 'repeat' });
}

/** The time that a client waits would be over before the request's turn came. */
export class TooLate extends Failure {}

const FULL = 'The rate limit of the plan leaves no room for more within the time that clients wait.';
const OVER = 'The time that clients wait was over before the request could be sent.';

function tooLate(why: string): TooLate {
	return new TooLate(why, { advice: { again: 'later' } });
}

/** A refusal by a rate limit was not applied; what got no usable answer may have been, and is repeated only where that does no harm. */
function mayRepeat(error: unknown, { method }: ApiRequest, repeatable: boolean): boolean {
	const harmless = repeatable || method === 'GET';
	if (error instanceof ApiError)
		return (
			error.status === 429 || (harmless && (error.status >= 500 || error.changed === 'unknown' || isUnreadable(error)))
		);
	if (error instanceof NetworkError) return harmless || !error.sent;
	return error instanceof TimeoutError && (harmless || error.changed === 'no');
}

/** A success without an envelope; to a read, where nothing is in doubt, it differs from a refusal in having no code. */
function isUnreadable({ status, codes }: ApiError): boolean {
	return status < 300 && codes.length === 0;
}
