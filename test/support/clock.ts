/** Clocks of the tests: a manual one that a test moves, and a virtual one that moves by itself when all work waits. */
import { subscribe } from 'node:diagnostics_channel';
import { getActiveResourcesInfo } from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.js';
// Loaded here, so that virtual time does not pass while the first call loads it.
import '../../src/cloudflare/http/pool.js';

/** Turns of the event loop without any work after which the process counts as idle. */
const IDLE_TURNS = 4;

/** A clock that stands still until something sleeps on it, or until the test moves it. */
export interface TestClock extends Clock {
	/** Milliseconds since the clock was made. */
	elapsed(): number;
	/** The length of each sleep so far, in milliseconds. */
	readonly slept: readonly number[];
	/** Moves time by `milliseconds`, which may be negative. Ends no sleep. */
	advance(milliseconds: number): void;
}

/** A clock whose sleeps end only when the test says so. */
export interface ManualClock extends TestClock {
	/** Ends each sleep in the order of their ends, up to `elapsedMs` since the clock was made; without it, all of them. */
	run(elapsedMs?: number): Promise<void>;
	/** Ends sleeps until `work` has settled, and returns its result. Throws when it waits for anything but the clock. */
	finish<Result>(work: Promise<Result>): Promise<Result>;
}

/** A clock for code that waits for nothing but the clock. */
export function createManualClock(): ManualClock {
	const time = new SleepQueue();
	return {
		...time.clock,
		async run(elapsedMs = Number.POSITIVE_INFINITY) {
			do await nextTurn();
			while (time.endNext(elapsedMs));
			if (Number.isFinite(elapsedMs)) time.clock.advance(elapsedMs - time.clock.elapsed());
		},
		async finish(work) {
			let settled = false;
			const settle = () => {
				settled = true;
			};
			work.then(settle, settle);
			for (;;) {
				await nextTurn();
				if (settled) return work;
				if (!time.endNext()) throw new Error('The work waits for something other than the clock.');
			}
		},
	};
}

/**
 * A clock for whole sessions: it moves to the end of the next sleep whenever the process is idle, so that hours of pacing
 * take moments. `hangs` tells which requests get no answer: time does not wait for those.
 */
export function createVirtualClock(hangs?: (request: RequestUnderWay) => boolean): TestClock {
	const time = new SleepQueue();
	let running = false;
	const run = async () => {
		if (running) return;
		running = true;
		while (time.hasSleepers()) {
			await untilIdle(hangs);
			if (!time.endNext()) break;
		}
		running = false;
	};
	return {
		...time.clock,
		sleep: (milliseconds, signal) => {
			const sleep = time.clock.sleep(milliseconds, signal);
			void run();
			return sleep;
		},
	};
}

interface Sleeper {
	readonly until: number;
	wake(): void;
}

/** The time of a clock, and the sleeps that have not ended. */
class SleepQueue {
	private static readonly START = Date.UTC(2030, 0, 1);
	private readonly sleepers = new Set<Sleeper>();
	private readonly slept: number[] = [];
	private now = SleepQueue.START;

	readonly clock: TestClock = {
		now: () => this.now,
		elapsed: () => this.now - SleepQueue.START,
		slept: this.slept,
		advance: (milliseconds) => {
			this.now += milliseconds;
		},
		sleep: (milliseconds, signal) =>
			new Promise((resolve) => {
				this.slept.push(milliseconds);
				if (signal?.aborted) return resolve();
				const sleeper: Sleeper = {
					until: this.now + milliseconds,
					wake: () => {
						this.sleepers.delete(sleeper);
						signal?.removeEventListener('abort', sleeper.wake);
						resolve();
					},
				};
				this.sleepers.add(sleeper);
				signal?.addEventListener('abort', sleeper.wake, { once: true });
			}),
	};

	hasSleepers(): boolean {
		return this.sleepers.size > 0;
	}

	/** Moves time to the next end of a sleep, and wakes all whose time has come. False when none ends by `elapsedMs`. */
	endNext(elapsedMs = Number.POSITIVE_INFINITY): boolean {
		const until = Math.min(...[...this.sleepers].map((sleeper) => sleeper.until));
		if (!Number.isFinite(until) || until > SleepQueue.START + elapsedMs) return false;
		this.now = Math.max(this.now, until);
		for (const sleeper of [...this.sleepers]) if (sleeper.until <= this.now) sleeper.wake();
		return true;
	}
}

/** A request to the API, as undici reports it. */
interface RequestUnderWay {
	readonly method: string;
	readonly path: string;
	readonly body: unknown;
}

// One set for the process: undici reports each request when it is made and when it has ended, in whatever way.
const underWay = new Set<RequestUnderWay>();
const requestOf = (message: unknown) => (message as { request: RequestUnderWay }).request;
subscribe('undici:request:create', (message) => underWay.add(requestOf(message)));
for (const end of ['undici:request:trailers', 'undici:request:error'])
	subscribe(end, (message) => underWay.delete(requestOf(message)));

/** Resolves when this process works on no request and no file. `hangs` tells which requests are not waited for. */
export async function untilIdle(hangs: (request: RequestUnderWay) => boolean = () => false): Promise<void> {
	for (let idleTurns = 0; idleTurns < IDLE_TURNS; ) {
		await nextTurn();
		const isBusy = ![...underWay].every(hangs) || getActiveResourcesInfo().includes('FSReqPromise');
		idleTurns = isBusy ? 0 : idleTurns + 1;
	}
}
