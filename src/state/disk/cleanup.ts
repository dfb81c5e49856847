/** Removes files that ended processes left in the state directory, and never a file in use. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.js';
import type { FileLocks } from './lock.js';

/** Names of our files: a handle, then what the file is. Every other file belongs to the user. */
const FILE_NAME = /^(?<handle>[2-9a-z]{10})\.(?<kind>jsonl|jsonl\.new|corrupt|lock(?:\.\w+)*)$/;

/**
 * Removes drafts and locks of ended processes, and work older than `keepMs`. Never fails: a file that cannot be removed
 * now stays until the next time.
 */
export async function removeStaleFiles(folder: string, keepMs: number, locks: FileLocks): Promise<void> {
	const names = new Set(await readdir(folder).catch(() => []));

	const removeUnlessHeld = async (path: string, lock: string) => {
		if (!(await locks.isHeld(lock))) await rm(path, { force: true });
	};
	const removeIfStale = async (name: string) => {
		const { handle, kind } = FILE_NAME.exec(name)?.groups ?? {};
		if (handle === undefined || kind === undefined) return;
		const path = join(folder, name);
		if (kind === 'jsonl.new') await removeUnlessHeld(path, join(folder, `${handle}.lock`));
		else if (kind === 'lock') {
			// The lock of unfinished work stays: the process that resumes the work takes it over.
			if (!names.has(`${handle}.jsonl`)) await locks.removeStale(path);
		} else if (kind.startsWith('lock')) {
			// The draft of a lock holds the same text as the lock.
			if (kind.endsWith('.new')) await removeUnlessHeld(path, path);
			else await locks.removeStale(path);
		} else if (await isOlderThan(keepMs, path)) await removeUnlessHeld(path, join(folder, `${handle}.lock`));
	};

	await Promise.all([...names].map((name) => removeIfStale(name).catch(() => undefined)));
}

/** Whether a file is older. The file system sets its time, so the machine's clock tells its age. */
async function isOlderThan(ageMs: number, path: string): Promise<boolean> {
	return systemClock.now() - (await stat(path)).mtimeMs > ageMs;
}
