/** Holds the lease of an unfinished call on Redis, while this process works on the call. */
import { Cancel } from '../../base/cancel.js';
import { type Clock, repeatEvery } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Lease, PendingWork } from '../../call/unfinished.js';
import { TAKEN_OVER } from '../../errors.js';
import type { Holding, JournalStore } from './journal-store.js';
import { type LateReleases, makeRelease } from './late-releases.js';

/** A call that this process has leased. */
export interface LeasedCall {
	readonly holding: Holding;
	readonly work: PendingWork;
	readonly remaining: readonly number[];
	/** The head of the call, as it is stored. */
	readonly head: string;
}

interface LeaseOptions {
	readonly store: JournalStore;
	readonly lateReleases: LateReleases;
	readonly clock: Clock;
	readonly log: Log;
	readonly renewEveryMs: number;
}

/** A lease that is renewed until it is released. While Redis is away the call goes on, and what was done is noted later. */
export class JournalLease implements Lease {
	readonly resume: string;
	readonly work: PendingWork;
	readonly remaining: readonly number[];
	readonly lost = new Cancel();
	private readonly leased: LeasedCall;
	private readonly options: LeaseOptions;
	private readonly stopRenewing: () => void;
	/** Indexes of the requests that are known to be done. */
	private readonly accepted: Set<number>;
	/** Those of them that are not noted yet. */
	private readonly unnoted = new Set<number>();
	private restoring: Promise<void> | undefined;
	private isReleased = false;
	private isRefused = false;

	constructor(leased: LeasedCall, options: LeaseOptions) {
		const { holding, work, remaining } = leased;
		this.resume = holding.resume;
		this.work = work;
		this.remaining = remaining;
		this.leased = leased;
		this.options = options;
		const left = new Set(remaining);
		this.accepted = new Set([...work.requests.keys()].filter((index) => !left.has(index)));
		this.stopRenewing = repeatEvery(options.clock, options.renewEveryMs, () => {
			// Redis is away: the next renewal or report tries again.
			this.note().catch(() => undefined);
		});
	}

	/** False once Redis has lost the call, and has refused to take it back. */
	get isKept(): boolean {
		return !this.isRefused;
	}

	/** Rejects while Redis is away. The index is noted together with a later one then. */
	done(index: number): Promise<void> {
		this.accepted.add(index);
		this.unnoted.add(index);
		return this.note();
	}

	async release(finished: boolean): Promise<void> {
		this.isReleased = true;
		this.stopRenewing();
		await this.restoring?.catch(() => undefined);
		const { store, lateReleases } = this.options;
		const release = { store, holding: this.leased.holding, done: [...this.unnoted], isFinished: finished };
		await makeRelease(release).catch(() => lateReleases.add(release));
	}

	/** Notes what is not noted yet, and renews the lease. Throws RedisError. */
	private async note(): Promise<void> {
		const noted = [...this.unnoted];
		const state = await this.options.store.hold(this.leased.holding, noted, true);
		if (state === 'gone') return this.restore();
		for (const index of noted) this.unnoted.delete(index);
		if (state === 'held') return;
		this.stopRenewing();
		this.lost.abort(TAKEN_OVER);
	}

	/** Stores the call anew: Redis has lost it, as one that keeps nothing on disk does when it restarts. */
	private restore(): Promise<void> {
		if (this.isReleased || this.isRefused) return Promise.resolve();
		this.restoring ??= this.storeAgain().finally(() => {
			this.restoring = undefined;
		});
		return this.restoring;
	}

	private async storeAgain(): Promise<void> {
		const { holding, head, work } = this.leased;
		const { store, log } = this.options;
		let outcome = await store.begin(holding, head, work.requests);
		if (outcome === 'torn') {
			// An earlier attempt was cut off: its requests are in the way.
			await store.dropRequests(this.resume);
			outcome = await store.begin(holding, head, work.requests);
		}
		if (outcome !== 'begun') {
			// The call goes on. Each further attempt would send all its requests to Redis again.
			this.isRefused = true;
			const message = `unfinished call ${this.resume} is not kept any more: Redis has lost it, and does not take it back`;
			return log('warn', message, { outcome });
		}
		const noted = [...this.accepted];
		// Another outcome leaves them for the next note, which hears it too.
		if ((await store.hold(holding, noted, true)) === 'held') for (const index of noted) this.unnoted.delete(index);
	}
}
