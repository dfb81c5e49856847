/** Decides how long to wait before another attempt. */
import { ApiError, type Failure } from '../errors.js';

/** First wait where Cloudflare names none; it doubles with each attempt. */
const FIRST_WAIT_MS = 500;
/** Longest wait where Cloudflare names none. */
const LONGEST_WAIT_MS = 15_000;

/**
 * Milliseconds to wait after the failure of attempt number `attempt`, counted from 0: exactly what Cloudflare asks for,
 * otherwise a random part of a limit that doubles ("full jitter"), so that many clients do not return at once.
 * `random` returns a number from 0 to 1.
 */
export function waitBeforeRetry(failure: Failure, attempt: number, random: () => number): number {
	if (failure instanceof ApiError && failure.retryAfterSeconds !== undefined) return failure.retryAfterSeconds * 1000;
	return random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}
