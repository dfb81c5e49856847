/** Time that passes only while everybody waits: hours of pacing in moments, and without a race. */
import { subscribe } from 'node:diagnostics_channel';
import { getActiveResourcesInfo } from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/clock.js';

/** Turns of the event loop without any work before time moves on. */
const QUIET_TURNS = 4;

// One count for the process: undici tells of every request when it is made and when it has ended, however that was.
const underWay = new Set<unknown>();
subscribe('undici:request:create', (message) => underWay.add((message as { request: unknown }).request));
for (const end of ['undici:request:trailers', 'undici:request:error'])
	subscribe(end, (message) => underWay.delete((message as { request: unknown }).request));

interface Sleeper {
	until: number;
	wake: () => void;
}

/** A clock that starts at `start` and moves to the next sleeper when no request and no file is being worked on. */
export function createVirtualClock(start = Date.UTC(2030, 0, 1)): Clock & { advance(milliseconds: number): void } {
	let now = start;
	let running = false;
	const sleepers = new Set<Sleeper>();

	const run = async () => {
		if (running) return;
		running = true;
		while (sleepers.size > 0) {
			await untilQuiet();
			const until = Math.min(...[...sleepers].map((one) => one.until));
			if (!Number.isFinite(until)) break;
			now = Math.max(now, until);
			for (const one of [...sleepers]) if (one.until <= now) one.wake();
		}
		running = false;
	};

	return {
		now: () => now,
		sleep: (milliseconds, signal) =>
			new Promise((resolve) => {
				if (signal?.aborted) return resolve();
				const one: Sleeper = {
					until: now + milliseconds,
					wake: () => {
						sleepers.delete(one);
						signal?.removeEventListener('abort', one.wake);
						resolve();
					},
				};
				sleepers.add(one);
				signal?.addEventListener('abort', one.wake, { once: true });
				void run();
			}),
		advance: (milliseconds) => {
			now += milliseconds;
		},
	};
}

async function untilQuiet(): Promise<void> {
	for (let quiet = 0; quiet < QUIET_TURNS; ) {
		await turn();
		const busy = underWay.size > 0 || getActiveResourcesInfo().includes('FSReqPromise');
		quiet = busy ? 0 : quiet + 1;
	}
}
