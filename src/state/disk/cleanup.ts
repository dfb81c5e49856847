/** What processes that ended badly left in the state directory: taken away when somebody looks in, never while in use. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.js';
import { clearStale, isHeld } from './lock.js';

/** How long unfinished work is kept; nothing in the directory is of use for longer (milliseconds). */
export const KEEP_MS = 24 * 60 * 60_000;
const OURS = /^([2-9a-z]{10})\.(jsonl|corrupt|jsonl\.new|lock(?:\.\w+)*?(\.new)?)$/;

/** Sweeps a state directory. Never fails: what cannot be removed now is left to the next time. */
export async function removeStaleFiles(folder: string, clock: Clock): Promise<void> {
	const names = new Set(await readdir(folder).catch(() => []));
	await Promise.all(
		[...names].map(async (name) => {
			const [, handle, ending = '', draft] = OURS.exec(name) ?? [];
			if (handle === undefined) return;
			const path = join(folder, name);
			const owner = draft === undefined ? join(folder, `${handle}.lock`) : path;
			try {
				// The lock beside unfinished work is taken over by whoever goes on with it.
				if (ending.startsWith('lock') && draft === undefined) {
					if (ending !== 'lock' || !names.has(`${handle}.jsonl`)) await clearStale(path, clock);
				} else if ((ending.endsWith('.new') || (await isOld(path))) && !(await isHeld(owner)))
					await rm(path, { force: true });
			} catch {}
		}),
	);
}

async function isOld(path: string): Promise<boolean> {
	return systemClock.now() - (await stat(path)).mtimeMs > KEEP_MS;
}
