/** Time that passes only while everybody waits: hours of pacing in moments, and without a race. */
import { subscribe } from 'node:diagnostics_channel';
import { getActiveResourcesInfo } from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.js';
// Loaded here, so that no time passes while the first call loads it.
import '../../src/cloudflare/http/pool.js';

/** Turns of the event loop without any work before time moves on. */
const QUIET_TURNS = 4;

/** A request to the API, as undici has it. */
interface UnderWay {
	readonly method: string;
	readonly path: string;
	readonly body: unknown;
}

// One count for the process: undici tells of every request when it is made and when it has ended, however that was.
const underWay = new Set<UnderWay>();
const requestIn = (message: unknown) => (message as { request: UnderWay }).request;
subscribe('undici:request:create', (message) => underWay.add(requestIn(message)));
for (const end of ['undici:request:trailers', 'undici:request:error'])
	subscribe(end, (message) => underWay.delete(requestIn(message)));

interface Sleeper {
	until: number;
	wake: () => void;
}

/**
 * A clock that moves to the next sleeper when no request and no file is being worked on. `hangs` tells the requests that
 * get no answer: nobody waits for them.
 */
export function createVirtualClock(
	hangs: (request: UnderWay) => boolean = () => false,
): Clock & { advance(milliseconds: number): void } {
	let now = Date.UTC(2030, 0, 1);
	let running = false;
	const sleepers = new Set<Sleeper>();

	const run = async () => {
		if (running) return;
		running = true;
		while (sleepers.size > 0) {
			await untilQuiet(hangs);
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

async function untilQuiet(hangs: (request: UnderWay) => boolean): Promise<void> {
	for (let quiet = 0; quiet < QUIET_TURNS; ) {
		await turn();
		const busy = ![...underWay].every(hangs) || getActiveResourcesInfo().includes('FSReqPromise');
		quiet = busy ? 0 : quiet + 1;
	}
}
