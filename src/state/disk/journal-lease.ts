/** Reports the accepted requests of one unfinished call in its file, while this process works on the call. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Clock } from '../../base/clock.js';
import type { Lease, PendingWork } from '../../call/unfinished.js';
import { printDone } from './journal-format.js';
import type { Lock } from './lock.js';
import { retryWhileBusy } from './retry-busy.js';

/** What a lease takes over from the journal. */
export interface LeasedFile {
	readonly resume: string;
	readonly work: PendingWork;
	readonly remaining: readonly number[];
	readonly path: string;
	/** Length of the file up to its last line end; undefined where the file is new. */
	readonly wholeBytes?: number;
	/** Released together with the lease. */
	readonly lock: Lock;
}

/** An open file of an unfinished call. */
export class JournalLease implements Lease {
	readonly resume: string;
	readonly work: PendingWork;
	readonly remaining: readonly number[];
	private readonly leased: LeasedFile;
	private readonly file: FileHandle;
	private readonly clock: Clock;
	private lastWrite: Promise<void> = Promise.resolve();

	private constructor(leased: LeasedFile, file: FileHandle, clock: Clock) {
		this.resume = leased.resume;
		this.work = leased.work;
		this.remaining = leased.remaining;
		this.leased = leased;
		this.file = file;
		this.clock = clock;
	}

	/** Opens the file for reports. Throws the system's error. */
	static async open(leased: LeasedFile, clock: Clock): Promise<JournalLease> {
		const { path, wholeBytes } = leased;
		const file = await open(path, 'a', 0o600);
		// A line that a crash cut off would begin the next report.
		if (wholeBytes !== undefined) await file.truncate(wholeBytes);
		return new JournalLease(leased, file, clock);
	}

	done(index: number): Promise<void> {
		// Reports wait for each other, so that their lines do not mix. The sync makes them outlive a power failure.
		this.lastWrite = this.lastWrite.then(async () => {
			await this.file.appendFile(printDone(index));
			await this.file.datasync();
		});
		return this.lastWrite;
	}

	async release(finished: boolean): Promise<void> {
		const { path, lock } = this.leased;
		// The call has succeeded even if its file cannot be closed or removed: a later cleanup removes it.
		await this.lastWrite.catch(() => undefined);
		await this.file.close().catch(() => undefined);
		if (finished) await retryWhileBusy(this.clock, () => rm(path, { force: true })).catch(() => undefined);
		await lock.release();
	}
}
