/** Keeps unfinished calls on disk, one file each, so that another process can finish them. */
import { randomInt } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { quote } from '../../base/sanitize.js';
import { codeOf } from '../../base/system-error.js';
import type { Lease, PendingWork, Unfinished, UnfinishedCall } from '../../call/unfinished.js';
import { Failure, InputError, Refused } from '../../errors.js';
import { removeStaleFiles } from './cleanup.js';
import { type JournalContent, type JournalHead, parseJournal, printHead, printRequest } from './journal-format.js';
import { JournalLease } from './journal-lease.js';
import { FileLocks, type Lock } from './lock.js';
import { retryWhileBusy } from './retry-busy.js';

/** Letters and digits without those that look alike: 0 and o, and 1, i and l. */
const HANDLE_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
const HANDLE = /^[2-9a-z]{10}$/;
const HOUR_MS = 60 * 60_000;

/** What a journal needs. */
export interface JournalOptions {
	/** Created when the first call is kept. */
	readonly folder: string;
	/** How long an unfinished call can be resumed. */
	readonly keepHours: number;
	readonly clock: Clock;
	readonly log: Log;
}

/**
 * The unfinished calls of one folder. A file is written, synced and renamed before the first request is sent. After that
 * each accepted request adds one short line, so a crash costs at most that a request is sent again.
 */
export class Journal implements Unfinished {
	private readonly options: JournalOptions;
	private readonly keepMs: number;
	private readonly locks: FileLocks;

	constructor(options: JournalOptions) {
		this.options = options;
		this.keepMs = options.keepHours * HOUR_MS;
		this.locks = new FileLocks(options.clock, this.keepMs);
	}

	async begin(work: PendingWork): Promise<Lease> {
		const { folder, clock } = this.options;
		const resume = createHandle();
		const path = this.pathOf(resume, 'jsonl');
		await this.cleanUp();
		let lock: Lock | undefined;
		try {
			await mkdir(folder, { recursive: true, mode: 0o700 });
			lock = await this.takeLock(resume);
			if (!lock) throw Object.assign(new Error('another process drew the same handle'), { code: 'EEXIST' });
			await this.write(resume, work);
			return await JournalLease.open({ resume, work, remaining: [...work.requests.keys()], path, lock }, clock);
		} catch (error) {
			await rm(this.pathOf(resume, 'jsonl.new'), { force: true }).catch(() => undefined);
			await lock?.release();
			throw new Refused(`The plan of this call cannot be saved in the state directory (${codeOf(error)}).`, {
				advice: 'Ask the operator to make --state-dir writable, or send at most 100 items of one kind per call.',
				cause: error,
			});
		}
	}

	async lease(resume: string): Promise<Lease> {
		const found = HANDLE.test(resume) ? await this.read(resume) : undefined;
		if (!found?.remaining.length) throw await this.unknownHandle(resume);
		let lock: Lock | undefined;
		try {
			lock = await this.takeLock(resume);
			if (!lock)
				throw new Refused(`Another call is working on handle ${resume}.`, {
					advice: 'Wait until that call has ended. cache_overview shows what remains.',
				});
			return await this.open(resume, lock);
		} catch (error) {
			await lock?.release();
			if (error instanceof Failure) throw error;
			throw new Refused(`Handle ${resume} cannot be opened in the state directory (${codeOf(error)}).`, {
				advice: 'Ask the operator to make --state-dir writable, then call again.',
				cause: error,
			});
		}
	}

	async list(): Promise<UnfinishedCall[]> {
		await this.cleanUp();
		const names = await readdir(this.options.folder).catch(() => []);
		const handles = names
			.filter((name) => name.endsWith('.jsonl'))
			.map((name) => name.slice(0, -'.jsonl'.length))
			.filter((name) => HANDLE.test(name));
		const calls = await Promise.all(
			handles.map(async (resume) => {
				const found = await this.read(resume);
				return found?.remaining.length ? [toUnfinishedCall(resume, found)] : [];
			}),
		);
		return calls.flat().sort((a, b) => a.started.localeCompare(b.started));
	}

	/** Writes a new file under a temporary name, and renames it once it is complete. */
	private async write(resume: string, { tool, zone, args, requests }: PendingWork): Promise<void> {
		const started = this.options.clock.now();
		const head: JournalHead = {
			version: 1,
			tool,
			zone,
			args,
			started: new Date(started).toISOString(),
			expires: new Date(started + this.keepMs).toISOString(),
		};
		const path = this.pathOf(resume, 'jsonl.new');
		const draft = await open(path, 'wx', 0o600);
		try {
			await draft.appendFile(printHead(head));
			// Request by request, so that a large purge neither blocks the event loop nor is in memory twice.
			for (const request of requests) await draft.appendFile(printRequest(request));
			await draft.datasync();
		} finally {
			await draft.close();
		}
		await retryWhileBusy(this.options.clock, () => rename(path, this.pathOf(resume, 'jsonl')));
	}

	/** Opens the file of a handle whose lock this process holds. */
	private async open(resume: string, lock: Lock): Promise<Lease> {
		// The file is read again: the last holder of the lock may have done more of the call, or all of it.
		const found = await this.read(resume);
		if (!found?.remaining.length) throw await this.unknownHandle(resume);
		const path = this.pathOf(resume, 'jsonl');
		await dropTornLine(path);
		const { head, requests, remaining } = found;
		const work = { tool: head.tool, zone: head.zone, args: head.args, requests };
		return JournalLease.open({ resume, work, remaining, path, lock }, this.options.clock);
	}

	/** The content of a file; undefined when there is none, it has expired, or it cannot be parsed. */
	private async read(resume: string): Promise<JournalContent | undefined> {
		const path = this.pathOf(resume, 'jsonl');
		const text = await readFile(path, 'utf8').catch(() => undefined);
		if (text === undefined) return undefined;
		let found: JournalContent;
		try {
			found = parseJournal(text);
		} catch {
			this.options.log('warn', `unfinished call ${resume} cannot be read: its file is now ${resume}.corrupt`);
			await rename(path, this.pathOf(resume, 'corrupt')).catch(() => undefined);
			return undefined;
		}
		if (Date.parse(found.head.expires) > this.options.clock.now()) return found;
		// A process that works on the call right now still needs the file.
		if (!(await this.locks.isHeld(this.pathOf(resume, 'lock')))) await rm(path, { force: true }).catch(() => undefined);
		return undefined;
	}

	private async unknownHandle(resume: string): Promise<InputError> {
		const known = (await this.list()).slice(0, 5).map((one) => `${one.resume} (${one.tool}, ${one.zone.name})`);
		return new InputError(
			`No unfinished call has the handle ${quote(resume, 40)}. It is finished, older than ${this.options.keepHours} hours, or in another state directory.`,
			{
				advice:
					known.length > 0
						? `Unfinished calls: ${known.join(', ')}.`
						: 'No call is unfinished. If the items are still to be purged, call again with all of them.',
			},
		);
	}

	private cleanUp(): Promise<void> {
		return removeStaleFiles(this.options.folder, this.keepMs, this.locks);
	}

	private takeLock(resume: string): Promise<Lock | undefined> {
		return this.locks.take(this.pathOf(resume, 'lock'));
	}

	private pathOf(resume: string, kind: 'jsonl' | 'jsonl.new' | 'corrupt' | 'lock'): string {
		return join(this.options.folder, `${resume}.${kind}`);
	}
}

function createHandle(): string {
	return Array.from({ length: 10 }, () => HANDLE_ALPHABET[randomInt(HANDLE_ALPHABET.length)]).join('');
}

function toUnfinishedCall(resume: string, { head, requests, remaining }: JournalContent): UnfinishedCall {
	const { tool, zone, started, expires } = head;
	const items: Record<string, number> = {};
	for (const index of remaining) {
		const request = requests[index];
		if (request) items[request.kind] = (items[request.kind] ?? 0) + request.items.length;
	}
	return { resume, tool, zone: { id: zone.id, name: zone.name }, remaining: items, started, expires };
}

/** Removes a last line that a crash cut off, so that the next report does not continue it. */
async function dropTornLine(path: string): Promise<void> {
	const bytes = await readFile(path);
	if (bytes.at(-1) !== 0x0a) await truncate(path, bytes.lastIndexOf(0x0a) + 1);
}
