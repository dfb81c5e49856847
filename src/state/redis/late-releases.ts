/** Ends leases that could not be ended while Redis was away, so that a call that is done does not stay listed for a day. */
import { Cancel } from '../../base/cancel.js';
import type { Clock } from '../../base/clock.js';
import type { Holding, JournalStore } from './journal-store.js';
import { isBroken } from './redis.js';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Beyond that the oldest are forgotten: their leases end by themselves, and their calls stay listed for a day. */
const MAX_RELEASES = 1_000;

/** A lease that has ended in this process. */
export interface LateRelease {
	readonly store: JournalStore;
	readonly holding: Holding;
	/** Indexes of requests that were accepted and could not be noted. */
	readonly done: readonly number[];
	readonly isFinished: boolean;
}

/** The late releases of one process, for all its principals. */
export class LateReleases {
	private readonly clock: Clock;
	/** After that no call is listed any more. */
	private readonly keepMs: number;
	private readonly waiting = new Map<LateRelease, number>();
	private readonly closing = new Cancel();
	private isRunning = false;

	constructor(clock: Clock, keepMs: number) {
		this.clock = clock;
		this.keepMs = keepMs;
	}

	/** Tries a release again and again, until it is made or of no use. */
	add(release: LateRelease): void {
		if (this.closing.aborted) return;
		const [oldest] = this.waiting.keys();
		if (oldest && this.waiting.size >= MAX_RELEASES) this.waiting.delete(oldest);
		this.waiting.set(release, this.clock.now() + this.keepMs);
		if (!this.isRunning) this.run().catch(() => undefined);
	}

	/** Tries what is waiting for `limitMs` at most, and ends all further tries. Resolves with how many releases were not made. */
	async finish(limitMs: number): Promise<number> {
		if (this.waiting.size > 0) {
			const work = this.tryUntilDone();
			await Promise.race([work, this.clock.sleep(limitMs, this.closing)]);
		}
		this.close();
		return this.waiting.size;
	}

	/** Ends all further tries. */
	close(): void {
		this.closing.abort();
	}

	/** Waits no longer than at first between two tries: the process is about to end. */
	private async tryUntilDone(): Promise<void> {
		while (!(await this.tryAll()) && !this.closing.aborted) await this.clock.sleep(FIRST_WAIT_MS, this.closing);
	}

	private async run(): Promise<void> {
		this.isRunning = true;
		for (let waitMs = FIRST_WAIT_MS; this.waiting.size > 0 && !this.closing.aborted; ) {
			await this.clock.sleep(waitMs, this.closing);
			if (this.closing.aborted) break;
			waitMs = (await this.tryAll()) ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
		}
		this.isRunning = false;
	}

	/** Whether none is left of those that were waiting. The first that fails ends the round: Redis is still away. */
	private async tryAll(): Promise<boolean> {
		for (const [release, expiresMs] of [...this.waiting]) {
			if (this.closing.aborted) return false;
			try {
				if (expiresMs > this.clock.now()) await makeRelease(release);
			} catch (error) {
				if (!isBroken(error)) return false;
			}
			this.waiting.delete(release);
		}
		return true;
	}
}

/** Notes what was done, and ends the lease. Throws RedisError. */
export async function makeRelease({ store, holding, done, isFinished }: LateRelease): Promise<void> {
	// A call that is finished is deleted even where Redis has no memory to note anything.
	if (isFinished) await store.release(holding, true);
	if (done.length > 0) await store.hold(holding, done, false);
	if (!isFinished) await store.release(holding, false);
}
