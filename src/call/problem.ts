/** Describes what went wrong in a call as data, for callers that are programs. */
import { type Reader, wordFor } from '../base/audience.js';
import { ApiError, type Changed, Failure, InternalError } from '../errors.js';
import { describeAdvice } from './result.js';

/** A failure as data. What is not known is null. */
export interface Problem {
	/** What happened. */
	readonly error: string;
	/** Whether anything changed. `yes` for a change of which a part was made. */
	readonly changed: Changed | 'yes';
	/** What to do next. */
	readonly next: string;
	/** Cloudflare's error code; of several the most specific. */
	readonly code: number | null;
	/** HTTP status of Cloudflare's answer. */
	readonly http: number | null;
	/** The request's id at Cloudflare. */
	readonly cf_ray: string | null;
	/** Seconds to wait before another attempt, where Cloudflare says so. */
	readonly retry_after: number | null;
}

/** Told what went wrong in a call, at most once, and the failure behind it where there is one. */
export type OnProblem = (problem: Problem, failure: Failure | undefined) => void;

/** A failure as data. */
export function toProblem(error: unknown, reader: Reader): Problem {
	const failure = error instanceof Failure ? error : new InternalError(error);
	const { what, changed, advice } = failure;
	return {
		error: wordFor(what, reader),
		changed,
		next: describeAdvice(advice, reader),
		...answerOf(failure),
	};
}

/** What is known of Cloudflare's answer behind a failure. */
export function answerOf(failure: Failure | undefined): Pick<Problem, 'code' | 'http' | 'cf_ray' | 'retry_after'> {
	if (!(failure instanceof ApiError)) return { code: null, http: null, cf_ray: null, retry_after: null };
	const { codes, status, ray, retryAfterSeconds } = failure;
	return {
		code: codes.at(-1) ?? null,
		http: status === 0 ? null : status,
		cf_ray: ray ?? null,
		retry_after: retryAfterSeconds ?? null,
	};
}
