/** Keeps unfinished calls on disk, one file each, so that another process can finish them. */
import { rename, rm } from 'node:fs/promises';
import { askOperator, type Wording } from '../../base/audience.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { OwnershipError } from '../../base/own-files.js';
import { codeOf } from '../../base/system-error.js';
import type { Lease, PendingWork, Unfinished, UnfinishedCall, WorkRule } from '../../call/unfinished.js';
import { Failure, type InputError, Refused } from '../../errors.js';
import { createHandle } from '../handles.js';
import { createHead, isCountOf, isKept, type JournalHead, parseHead } from '../journal-head.js';
import { refuseLeased, refuseUnknownHandle } from '../refusals.js';
import { removeStaleFiles } from './cleanup.js';
import { JournalFolder } from './journal-folder.js';
import { countRemaining, parseJournal, printHead, printRequest } from './journal-format.js';
import { JournalLease, type LeasedFile } from './journal-lease.js';
import type { JournalReader } from './journal-reader.js';
import { FileLocks, type Lock } from './lock.js';
import { retryWhileBusy } from './retry-busy.js';
import { retryWhereRemoved } from './retry-removed.js';

const HOUR_MS = 60 * 60_000;

/** What a journal needs. */
export interface JournalOptions {
	/** Created when the first call is kept. */
	readonly folder: string;
	/** How long an unfinished call can be resumed. */
	readonly keepHours: number;
	/** Which calls may be seen and finished. */
	readonly rule: WorkRule;
	readonly clock: Clock;
	readonly log: Log;
}

/** What a list shows of a call, and what a lease begins with. */
interface Glimpse {
	readonly head: JournalHead;
	/** Items of each kind that are left. */
	readonly remaining: Readonly<Record<string, number>>;
}

/**
 * The unfinished calls of one folder. A file is written, synced and renamed before the first request is sent. After that
 * each accepted request adds one short line, so a crash costs at most that a request is sent again.
 */
export class Journal implements Unfinished {
	private readonly options: JournalOptions;
	private readonly folder: JournalFolder;
	private readonly keepMs: number;
	private readonly locks: FileLocks;

	constructor(options: JournalOptions) {
		this.options = options;
		this.folder = new JournalFolder(options.folder);
		this.keepMs = options.keepHours * HOUR_MS;
		this.locks = new FileLocks(options.clock, this.keepMs);
	}

	async begin(work: PendingWork): Promise<Lease> {
		const resume = createHandle();
		const path = this.folder.pathOf(resume, 'jsonl');
		await this.cleanUp();
		let lock: Lock | undefined;
		try {
			const maxBytes = await retryWhereRemoved(async () => {
				const bytes = await this.folder.reserve();
				lock = await this.takeLock(resume);
				return bytes;
			});
			if (!lock) throw Object.assign(new Error('another process drew the same handle'), { code: 'EEXIST' });
			await this.folder.writeDraft(resume, await this.print(work), maxBytes);
			await retryWhileBusy(this.options.clock, () => rename(this.folder.pathOf(resume, 'jsonl.new'), path));
			const remaining = [...work.requests.keys()];
			return await JournalLease.open({ resume, work, remaining, path, lock }, this.options.clock);
		} catch (error) {
			await rm(this.folder.pathOf(resume, 'jsonl.new'), { force: true }).catch(() => undefined);
			await lock?.release();
			if (error instanceof Failure) throw error;
			throw new Refused(`The plan of this call cannot be saved in the state directory (${describe(error)}).`, {
				advice: adviseOf(error, 'or send at most 100 items of one kind per call'),
				cause: error,
			});
		}
	}

	async lease(resume: string): Promise<Lease> {
		let lock: Lock | undefined;
		try {
			if (!(await this.glance(resume))) throw await this.unknownHandle(resume);
			lock = await this.takeLock(resume);
			if (!lock) throw refuseLeased(resume);
			return await this.open(resume, lock);
		} catch (error) {
			await lock?.release();
			if (error instanceof Failure) throw error;
			throw new Refused(`Handle ${resume} cannot be opened in the state directory (${describe(error)}).`, {
				advice: adviseOf(error, 'then call again'),
				cause: error,
			});
		}
	}

	async list(): Promise<UnfinishedCall[]> {
		await this.cleanUp();
		const calls: UnfinishedCall[] = [];
		try {
			// One after another: each takes a look at the beginning and the end of its file only.
			for (const resume of await this.folder.handles()) {
				const found = await this.glance(resume);
				if (!found) continue;
				const { tool, zone, started, expires } = found.head;
				const { id, name } = zone;
				calls.push({ resume, tool, zone: { id, name }, remaining: found.remaining, started, expires });
			}
		} catch (error) {
			this.options.log(
				'warn',
				`unfinished calls cannot be listed: the state directory or a file in it ${describe(error)}`,
			);
		}
		return calls.sort((a, b) => a.started.localeCompare(b.started));
	}

	/** The lines of a new file. */
	private async print(work: PendingWork): Promise<Iterable<string>> {
		const head = createHead(work, await this.options.rule.owner(), this.options.clock.now(), this.keepMs);
		return (function* () {
			yield printHead(head);
			for (const request of work.requests) yield printRequest(request);
		})();
	}

	/** Opens the file of a handle whose lock this process holds. */
	private async open(resume: string, lock: Lock): Promise<Lease> {
		// The file is read again: the last holder of the lock may have done more of the call, or all of it.
		if (!(await this.glance(resume))) throw await this.unknownHandle(resume);
		const found = await this.folder.read(resume, (reader) => this.parse(reader));
		if (!found) {
			await this.setAside(resume);
			throw await this.unknownHandle(resume);
		}
		const path = this.folder.pathOf(resume, 'jsonl');
		return JournalLease.open({ resume, ...found, path, lock }, this.options.clock);
	}

	/** The work in a file and what remains of it; undefined when no call of this server could have been stored so. */
	private async parse(
		reader: JournalReader,
	): Promise<Pick<LeasedFile, 'work' | 'remaining' | 'wholeBytes'> | undefined> {
		try {
			const { head, requests, remaining } = await parseJournal(reader.lines());
			if (!isCountOf(head, requests)) return undefined;
			const { tool, zone, args } = head;
			const work = await this.options.rule.check({ tool, zone, args, requests });
			return { work, remaining, wholeBytes: reader.wholeBytes };
		} catch (error) {
			// What the system cannot read may be in order.
			if (codeOf(error) !== undefined) throw error;
			return undefined;
		}
	}

	/** What a list shows of a file; undefined when there is none, it has expired, is done, or the rule does not admit it. */
	private async glance(resume: string): Promise<Glimpse | undefined> {
		const seen = await this.folder.glance(resume);
		if (!seen) return undefined;
		let found: Glimpse;
		try {
			const head = parseHead(seen.head);
			found = { head, remaining: countRemaining(head, seen.tail) };
		} catch {
			await this.setAside(resume);
			return undefined;
		}
		const nowMs = this.options.clock.now();
		if (Date.parse(found.head.expires) <= nowMs) {
			await this.removeExpired(resume);
			return undefined;
		}
		if (!isKept(found.head, nowMs, this.keepMs) || Object.keys(found.remaining).length === 0) return undefined;
		return (await this.options.rule.admits(found.head)) ? found : undefined;
	}

	private async removeExpired(resume: string): Promise<void> {
		// A process that works on the call right now still needs the file.
		if (await this.locks.isHeld(this.folder.pathOf(resume, 'lock'))) return;
		await rm(this.folder.pathOf(resume, 'jsonl'), { force: true }).catch(() => undefined);
	}

	private async setAside(resume: string): Promise<void> {
		this.options.log('warn', `unfinished call ${resume} cannot be read: its file is now ${resume}.corrupt`);
		await rename(this.folder.pathOf(resume, 'jsonl'), this.folder.pathOf(resume, 'corrupt')).catch(() => undefined);
	}

	private async unknownHandle(resume: string): Promise<InputError> {
		const why = 'was begun by a server with another state directory, credential or scope';
		return refuseUnknownHandle(resume, await this.list(), { keepHours: this.options.keepHours, why });
	}

	private async cleanUp(): Promise<void> {
		if (this.folder.isOurs()) await removeStaleFiles(this.options.folder, this.keepMs, this.locks);
	}

	private takeLock(resume: string): Promise<Lock | undefined> {
		return this.locks.take(this.folder.pathOf(resume, 'lock'));
	}
}

/** The cause in a few words: what is wrong with a place, or the code of the system's error. */
function describe(error: unknown): string {
	return error instanceof OwnershipError ? error.message : String(codeOf(error));
}

function adviseOf(error: unknown, then: string): Wording {
	const isForeign = error instanceof OwnershipError;
	if (!isForeign) return askOperator(`make --state-dir writable, ${then}`);
	return {
		agent: `Ask the operator to name a folder of their own, mode 700, with --state-dir, ${then}.`,
		shell: `Name a folder of your own, mode 700, with --state-dir, ${then}.`,
	};
}
