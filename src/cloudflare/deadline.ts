/** Ends an attempt soon after its deadline, whatever the API does: a client that is told nothing hears an answer in time. */
import { Cancel } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { Interrupted, NEXT, TimeoutError } from '../errors.js';
import type { Client } from './api.js';

/** What an attempt that began in time may still take (milliseconds). */
const GRACE = 4_000;

/**
 * A client whose attempts end at their deadline and a little; without a deadline they take what they need. `limit` is
 * what an attempt may take of itself (milliseconds).
 */
export function endAtDeadline(client: Client, clock: Clock, limit: number): Client {
	const watch: Client = async (request, about) => {
		const { deadline = 0, signal } = about;
		const attempt = new Cancel();
		const settled = new Cancel();
		const release = signal && attempt.follow(signal);
		void clock.sleep(deadline + GRACE - clock.now(), settled).then(() => {
			if (clock.now() > deadline) attempt.abort();
		});
		try {
			return await client(request, { ...about, signal: attempt });
		} catch (error) {
			if (error instanceof Interrupted && !signal?.aborted) throw toTimeout(error);
			throw error;
		} finally {
			settled.abort();
			release?.();
		}
	};
	// Nearly every attempt ends by itself long before, and needs nobody to watch it.
	return (request, about) =>
		about.deadline === undefined || about.deadline + GRACE - clock.now() > limit
			? client(request, about)
			: watch(request, about);
}

function toTimeout(cause: Interrupted): TimeoutError {
	const { changed } = cause;
	return new TimeoutError('There was no answer within the time that clients wait.', {
		changed,
		next: changed === 'no' ? NEXT.later : NEXT.check,
		cause,
	});
}
