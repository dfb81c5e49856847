/** Gives each principal a folder in the state directory, and removes those that hold nothing of use any more. */
import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.js';
import { KEEP_MS as KEEP_SNAPSHOTS_MS } from '../snapshot-head.js';
import { removeStaleFiles } from './cleanup.js';
import { JournalFolder } from './journal-folder.js';
import { FileLocks } from './lock.js';
import { SnapshotFolder } from './snapshot-folder.js';

/** Ids of principals, which name folders. */
const PRINCIPAL_ID = /^[\w-]{1,64}$/;
/** The form of the ids that servers make. A folder of any other name may be the operator's own. */
const FOLDER_NAME = /^[\w-]{22}$/;
const SWEEP_EVERY_MS = 60 * 60_000;
/** A folder that has changed since then may be about to be used. */
const UNCHANGED_MS = 60 * 60_000;

interface PrincipalFoldersOptions {
	/** The state directory. */
	readonly stateFolder: string;
	/** The principal whose files lie in the state directory itself. */
	readonly home: string;
	/** How long unfinished calls are kept. */
	readonly keepCallsMs: number;
	readonly clock: Clock;
}

/** The folders of one state directory. */
export class PrincipalFolders {
	private readonly options: PrincipalFoldersOptions;
	private readonly locks: FileLocks;
	private sweptMs = Number.NEGATIVE_INFINITY;
	private sweeping = Promise.resolve();
	private isClosed = false;

	constructor(options: PrincipalFoldersOptions) {
		this.options = options;
		this.locks = new FileLocks(options.clock, options.keepCallsMs);
	}

	/** The path of a principal's folder. Those of principals that come no more are cleaned meanwhile, once an hour. */
	folderOf(principal: string): string {
		const { stateFolder, home, clock } = this.options;
		if (principal === home) return stateFolder;
		if (!PRINCIPAL_ID.test(principal)) throw new TypeError('the id of a principal names no folder');
		// A clock that was set back must not stop this for as long.
		if (Math.abs(clock.now() - this.sweptMs) >= SWEEP_EVERY_MS) {
			this.sweptMs = clock.now();
			this.sweeping = this.sweeping.then(() => this.sweep()).catch(() => undefined);
		}
		return join(stateFolder, principal);
	}

	/** Resolves when no folder is being cleaned. */
	settle(): Promise<void> {
		return this.sweeping;
	}

	/** Stops after the folder that is being cleaned. */
	close(): Promise<void> {
		this.isClosed = true;
		return this.settle();
	}

	/** One folder after another: there may be many, and nothing waits for them. */
	private async sweep(): Promise<void> {
		const { stateFolder } = this.options;
		for (const name of await readdir(stateFolder)) {
			if (this.isClosed) return;
			// A folder that cannot be cleaned now stays until the next time.
			if (FOLDER_NAME.test(name)) await this.clean(join(stateFolder, name)).catch(() => undefined);
		}
	}

	/** Removes what has expired from a folder, and the folder where nothing else is in it. */
	private async clean(folder: string): Promise<void> {
		if (!new JournalFolder(folder).isOurs()) return;
		const snapshots = join(folder, 'snapshots');
		const isUnused = (await isUnchanged(folder)) && (await isUnchanged(snapshots));
		await removeStaleFiles(folder, this.options.keepCallsMs, this.locks);
		await new SnapshotFolder(folder, this.options.clock).makeRoom('undo', KEEP_SNAPSHOTS_MS);
		if (!isUnused) return;
		// Both fail on a folder with files in it.
		await rmdir(snapshots).catch(() => undefined);
		await rmdir(folder);
	}
}

/** Whether no file has come to a folder or left it for a while. The file system sets its time, so the machine's clock tells its age. */
async function isUnchanged(folder: string): Promise<boolean> {
	const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.NEGATIVE_INFINITY }));
	return systemClock.now() - mtimeMs >= UNCHANGED_MS;
}
