/** Repeats a request that may be repeated, within its attempts and its deadline, and in turn with all others. */
import { either, type Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { ApiError, cancelled, Failure, NEXT, NetworkError, TimeoutError } from '../errors.js';
import type { ApiAnswer, ApiRequest, Client } from './api.js';
import type { Pacer } from './rate-limiter.js';

/** First wait without word from Cloudflare, doubled each time (milliseconds). */
const FIRST_WAIT = 500;
/** Longest wait without word from Cloudflare (milliseconds). */
const LONGEST_WAIT = 15_000;
/** Longest wait that Cloudflare may ask for, where no deadline says otherwise (milliseconds). */
const LONGEST_PAUSE = 60_000;

/** A client with `retries` further attempts. `random` spreads the waits of many clients, from 0 to 1. */
export function createPatientClient(
	client: Client,
	{
		clock,
		pacer,
		retries,
		random = Math.random,
	}: { clock: Clock; pacer: Pacer; retries: number; random?: () => number },
): Client {
	const persist = async (
		request: ApiRequest,
		about: Parameters<Client>[1],
		waiting: Signal | undefined,
	): Promise<ApiAnswer> => {
		const { turn, signal, closing, deadline = Number.POSITIVE_INFINITY } = about;
		// What the last attempt failed with, and the last one that may have been applied: a later refusal does not undo it.
		let last: unknown;
		let doubt: unknown;
		for (let attempt = 0; ; attempt++) {
			if (turn && !(await pacer.take(turn, waiting, deadline))) throw doubt ?? last ?? tooLate(FULL);
			if (signal?.aborted) throw cancelled(signal.reason, doubt ? 'unknown' : 'no');
			if (clock.now() > deadline) throw doubt ?? last ?? tooLate(OVER);
			if (closing?.aborted) throw cancelled(closing.reason, doubt ? 'unknown' : 'no');
			try {
				const answer = await client(request, about);
				about.attempted?.(answer.status, answer.ray);
				return answer;
			} catch (error) {
				if (error instanceof ApiError) about.attempted?.(error.status, error.ray);
				else if (!(error instanceof Failure) || error.changed === 'unknown') about.attempted?.(0, undefined);
				if (!(error instanceof Failure)) throw error;
				last = error;
				if (request.method !== 'GET' && error.changed === 'unknown') doubt = error;
				if (!mayRepeat(error, request, about.repeatable ?? false)) throw doubt ?? error;
				const asked = error instanceof ApiError && error.retryAfter !== undefined ? error.retryAfter * 1000 : undefined;
				const limited = error instanceof ApiError && error.status === 429;
				// Full jitter where nobody named a time; none where Cloudflare did.
				const wait = asked ?? random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
				// Everyone who draws from the bucket waits, not only the one who was refused.
				if (limited && turn) pacer.pause(turn, Math.min(wait, LONGEST_PAUSE));
				if (attempt >= retries || wait > LONGEST_PAUSE || clock.now() + wait > deadline) throw doubt ?? error;
				if (!(limited && turn)) await clock.sleep(wait, waiting);
			}
		}
	};
	return async (request, about) => {
		const { signal, release } = either(about.signal, about.closing);
		try {
			return await persist(request, about, signal);
		} catch (error) {
			throw about.repeatable ? toHarmless(error) : error;
		} finally {
			release();
		}
	};
}

/** Nothing shows whether such a request was applied, and nobody need know: it may be repeated. */
function toHarmless(error: unknown): unknown {
	if (!(error instanceof Failure) || error.changed !== 'unknown') return error;
	const more = error.next.replace(NEXT.check, '').trim();
	return error.advising(more === '' ? NEXT.repeat : `Repeating it does no harm. ${more}`);
}

/** The time that a client waits would be over before the request's turn came. */
export class TooLate extends Failure {}

const FULL = 'The rate limit of the plan leaves no room for more within the time that clients wait.';
const OVER = 'The time that clients wait was over before the request could be sent.';

function tooLate(why: string): TooLate {
	return new TooLate(why, { next: NEXT.later });
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
