/** Ends an attempt soon after its deadline, whatever the API does, so that a client without progress is answered in time. */
import { Cancel } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { CancelledError, TimeoutError } from '../errors.js';
import type { Api } from './api.js';

/** How long an attempt that began before its deadline may still take. */
const GRACE_MS = 4_000;

interface DeadlineOptions {
	readonly clock: Clock;
	/** When to watch the deadline: always, or only where the attempt's own time limit could outlast it. */
	readonly watch: 'always' | { readonly attemptsEndAfterMs: number };
}

/**
 * `api` with each attempt ended {@link GRACE_MS} after its deadline. Such an attempt throws a TimeoutError. An attempt
 * without a deadline is not watched.
 */
export function withDeadline(api: Api, { clock, watch }: DeadlineOptions): Api {
	return (request, options) => {
		const { deadline } = options;
		if (deadline === undefined) return api(request, options);
		// An attempt that ends in time by itself needs no timer: most requests would pay for one in vain.
		if (watch !== 'always' && deadline + GRACE_MS - clock.now() > watch.attemptsEndAfterMs)
			return api(request, options);
		return attemptUntil(deadline, api, clock, request, options);
	};
}

async function attemptUntil(
	deadline: number,
	api: Api,
	clock: Clock,
	...[request, options]: Parameters<Api>
): ReturnType<Api> {
	const { signal } = options;
	const attempt = new Cancel();
	const settled = new Cancel();
	const unfollow = signal && attempt.follow(signal);
	const abortLate = async () => {
		await clock.sleep(deadline + GRACE_MS - clock.now(), settled);
		if (clock.now() > deadline) attempt.abort();
	};
	abortLate().catch(() => attempt.abort());
	try {
		return await api(request, { ...options, signal: attempt });
	} catch (error) {
		if (error instanceof CancelledError && !signal?.aborted) throw toTimeout(error);
		throw error;
	} finally {
		settled.abort();
		unfollow?.();
	}
}

function toTimeout(cause: CancelledError): TimeoutError {
	const { changed } = cause;
	return new TimeoutError("No answer arrived within this call's time limit.", {
		changed,
		advice: { again: changed === 'no' ? 'later' : 'check' },
		cause,
	});
}
