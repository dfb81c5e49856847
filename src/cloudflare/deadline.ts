/** Ends an attempt soon after its deadline, whatever the API does: a client that is told nothing hears an answer in time. */
import { Cancel } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { CancelledError, TimeoutError } from '../errors.js';
import type { Api } from './api.js';

/** What an attempt that began in time may still take (milliseconds). */
const GRACE_MS = 4_000;

/** When the deadline of an attempt is watched: always, or only where the attempt's own time limit could outlast it. */
export interface DeadlineOptions {
	readonly clock: Clock;
	readonly watch: 'always' | { readonly attemptsEndAfterMs: number };
}

/** Ends each attempt of `api` GRACE_MS after its deadline; an attempt without a deadline takes what time it needs. */
export function withDeadline(api: Api, { clock, watch: when }: DeadlineOptions): Api {
	const attemptMs = when === 'always' ? Number.POSITIVE_INFINITY : when.attemptsEndAfterMs;
	const watch: Api = async (request, about) => {
		const { deadline = 0, signal } = about;
		const attempt = new Cancel();
		const settled = new Cancel();
		const release = signal && attempt.follow(signal);
		void clock.sleep(deadline + GRACE_MS - clock.now(), settled).then(() => {
			if (clock.now() > deadline) attempt.abort();
		});
		try {
			return await api(request, { ...about, signal: attempt });
		} catch (error) {
			if (error instanceof CancelledError && !signal?.aborted) throw toTimeout(error);
			throw error;
		} finally {
			settled.abort();
			release?.();
		}
	};
	// Watching costs as much as the rest of a call, and nearly every attempt ends long before its deadline.
	return (request, about) =>
		about.deadline === undefined || about.deadline + GRACE_MS - clock.now() > attemptMs
			? api(request, about)
			: watch(request, about);
}

function toTimeout(cause: CancelledError): TimeoutError {
	const { changed } = cause;
	return new TimeoutError('There was no answer within the time that clients wait.', {
		changed,
		advice: { again: changed === 'no' ? 'later' : 'check' },
		cause,
	});
}
