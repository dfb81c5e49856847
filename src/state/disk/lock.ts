/** Takes lock files: each has at most one holder, and none once the process of its holder has ended. */
import { randomBytes } from 'node:crypto';
import { constants, link, open, rm, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { kill, pid } from 'node:process';
import { type Clock, systemClock } from '../../base/clock.js';
import { codeOf } from '../../base/system-error.js';
import { retryWhileBusy } from './retry-busy.js';

/** A file without a process id counts as held for this long, because its process may be about to write it. */
const CREATION_GRACE_MS = 10_000;
/** More than a process id and a name have. */
const MAX_LOCK_BYTES = 64;
/** Stands for the name in a file that holds none. */
const NO_NAME = 'none';

/** A lock that this process holds. */
export interface Lock {
	/** Removes the file. Never fails: a file that stays is stale, because no process holds its name. */
	release(): Promise<void>;
}

/** Names that this process holds. Its process id beside another name is that of an ended process with the same id. */
const heldNames = new Set<string>();

/** Takes and inspects lock files. A file holds the process id and the random name of its holder. */
export class FileLocks {
	private readonly clock: Clock;
	private readonly maxHoldMs: number;

	/** An older file than `maxHoldMs` is stale: its process id may belong to another process by then. */
	constructor(clock: Clock, maxHoldMs: number) {
		this.clock = clock;
		this.maxHoldMs = maxHoldMs;
	}

	/** Takes the lock at `path`; undefined while it is held. Throws the system's error when no file can be written. */
	async take(path: string): Promise<Lock | undefined> {
		const name = randomBytes(6).toString('hex');
		let isTaken = false;
		heldNames.add(name);
		try {
			for (let attempt = 0; attempt < 3 && !isTaken; attempt++) {
				isTaken = await createLockFile(path, name);
				if (!isTaken && !(await this.removeStale(path))) break;
			}
		} finally {
			if (!isTaken) heldNames.delete(name);
		}
		return isTaken ? { release: () => this.release(path, name) } : undefined;
	}

	/** Whether a process holds the lock at `path`. */
	async isHeld(path: string): Promise<boolean> {
		const found = await this.inspect(path);
		return found !== undefined && !found.isStale;
	}

	/**
	 * Removes the lock at `path` if it is stale, and tells whether the path is free. The process first takes a second lock
	 * that is named after the stale one. A process that comes late sees a different lock and leaves it.
	 */
	async removeStale(path: string): Promise<boolean> {
		const seen = await this.inspect(path);
		if (!seen?.isStale) return seen === undefined;
		const removal = await this.take(`${path}.${seen.name}`);
		if (!removal) return false;
		try {
			const now = await this.inspect(path);
			if (now?.isStale && now.name === seen.name) await this.remove(path);
			return true;
		} finally {
			await removal.release();
		}
	}

	private async release(path: string, name: string): Promise<void> {
		try {
			// Another process may have taken over a lock that was held for too long.
			if ((await this.inspect(path))?.name === name) await this.remove(path);
		} catch {
			// The file is stale from now on, and the next process that wants the lock removes it.
		} finally {
			heldNames.delete(name);
		}
	}

	private remove(path: string): Promise<void> {
		return retryWhileBusy(this.clock, () => rm(path, { force: true }));
	}

	/** Name and state of the lock at `path`; undefined when there is no file. A file that cannot be read counts as held. */
	private async inspect(path: string): Promise<{ name: string; isStale: boolean } | undefined> {
		try {
			// Opening a pipe would wait for its writer, and keep a thread of Node.js.
			const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
			try {
				// The file system sets this time, so it is compared with the machine's clock.
				const ageMs = systemClock.now() - (await file.stat()).mtimeMs;
				const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_LOCK_BYTES), 0, MAX_LOCK_BYTES, 0);
				const text = buffer.toString('utf8', 0, bytesRead);
				const [, owner, name = NO_NAME] = /^([1-9]\d{0,9}) ([0-9a-f]{12})\n$/.exec(text) ?? [];
				if (owner === undefined) return { name, isStale: ageMs > CREATION_GRACE_MS };
				const isTooOld = ageMs > this.maxHoldMs || ageMs > uptime() * 1_000;
				return { name, isStale: isTooOld || !isHolderAlive(Number(owner), name) };
			} finally {
				await file.close();
			}
		} catch (error) {
			return codeOf(error) === 'ENOENT' ? undefined : { name: NO_NAME, isStale: false };
		}
	}
}

/** Creates a lock file together with its content, so that no process ever reads it empty; false when a file is there. */
async function createLockFile(path: string, name: string): Promise<boolean> {
	const draft = `${path}.${name}.new`;
	const text = `${pid} ${name}\n`;
	await writeFile(draft, text, { flag: 'wx', mode: 0o600 });
	try {
		await link(draft, path).catch(async (error: unknown) => {
			if (codeOf(error) === 'EEXIST') throw error;
			// This file system has no links. CREATION_GRACE_MS covers the moment in which the file is empty.
			await writeFile(path, text, { flag: 'wx', mode: 0o600 });
		});
		return true;
	} catch (error) {
		if (codeOf(error) === 'EEXIST') return false;
		throw error;
	} finally {
		await rm(draft, { force: true }).catch(() => undefined);
	}
}

function isHolderAlive(owner: number, name: string): boolean {
	if (owner === pid) return heldNames.has(name);
	try {
		kill(owner, 0);
		return true;
	} catch (error) {
		// EPERM: the process lives and belongs to another user.
		return codeOf(error) === 'EPERM';
	}
}
