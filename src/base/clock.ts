/** Tells the time and waits, so that tests can replace both. */
import { Cancel, type Signal } from './cancel.js';

/** A source of time. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Resolves after `milliseconds`, or at once when the signal aborts. Never rejects. */
	sleep(milliseconds: number, signal?: Signal): Promise<void>;
}

/** Calls `beat` every `intervalMs`, until the function that it returns is called. */
export function repeatEvery(clock: Clock, intervalMs: number, beat: () => void): () => void {
	const over = new Cancel();
	const run = async () => {
		for (;;) {
			await clock.sleep(intervalMs, over);
			if (over.aborted) return;
			beat();
		}
	};
	// A clock never rejects. A beat that throws ends the beats, and nothing else.
	run().catch(() => undefined);
	return () => over.abort();
}

/** The clock of the machine. */
export const systemClock: Clock = {
	now: Date.now,
	sleep: (milliseconds, signal) =>
		new Promise((resolve) => {
			if (signal?.aborted) return resolve();
			const end = () => {
				clearTimeout(timer);
				signal?.removeEventListener('abort', end);
				resolve();
			};
			const timer = setTimeout(end, milliseconds);
			signal?.addEventListener('abort', end, { once: true });
		}),
};
