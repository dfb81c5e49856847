/** Time, so that tests can own it. */
import { Cancel, type Signal } from './cancel.js';

/** The current time and how to wait. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Resolves after `milliseconds`, at once when the signal aborts; never rejects. */
	sleep(milliseconds: number, signal?: Signal): Promise<void>;
}

/** Calls `beat` every so many milliseconds, until the function that it returns is called. */
export function repeatEvery(clock: Clock, milliseconds: number, beat: () => void): () => void {
	const over = new Cancel();
	const run = async () => {
		for (;;) {
			const before = clock.now();
			await clock.sleep(milliseconds, over);
			// Where no time passes while somebody sleeps there is no rhythm to keep.
			if (over.aborted || clock.now() - before < milliseconds / 2) return;
			beat();
		}
	};
	void run();
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
