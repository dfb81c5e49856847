/** A lock that is a file: it has one holder at most, and none once the process of its holder is gone. */
import { randomBytes } from 'node:crypto';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { kill, pid } from 'node:process';
import { type Clock, systemClock } from '../../base/clock.js';
import { codeOf } from '../../base/system-error.js';
import { retryWhileBusy } from './retry-busy.js';

/** No call lasts so long: by then its process id belongs to somebody else (milliseconds). */
const MAX_HOLD_MS = 24 * 60 * 60_000;
/** A lock that names nobody yet may be about to (milliseconds). */
const CREATION_GRACE_MS = 10_000;
/** Name of a lock without one. */
const NAMELESS = 'none';

/** A lock in the hands of this process. */
export interface Lock {
	/** Gives it back; never fails, since a lock that cannot be removed is stale as soon as it has no holder. */
	release(): Promise<void>;
}

/** Names of the locks that this process holds. Its own id beside another name is that of a process that had the id before. */
const held = new Set<string>();

/** Takes the lock at `path`; undefined while somebody has it. Throws the system's error when none can be written. */
export async function takeLock(path: string, clock: Clock): Promise<Lock | undefined> {
	const name = randomBytes(6).toString('hex');
	held.add(name);
	try {
		for (let attempt = 0; attempt < 3; attempt++) {
			if (await create(path, name)) return { release: () => release(path, name, clock) };
			if (!(await clearStale(path, clock))) break;
		}
	} catch (error) {
		held.delete(name);
		throw error;
	}
	held.delete(name);
	return undefined;
}

/** Whether somebody has the lock at `path`. */
export async function isHeld(path: string): Promise<boolean> {
	const found = await inspect(path);
	return found !== undefined && !found.stale;
}

/**
 * Removes the lock at `path` when nobody has it any more; whether there is none now. The right to remove a lock is a lock
 * of its own, with the name of that lock in its path: who comes late finds another lock than the one it saw, and leaves it.
 */
export async function clearStale(path: string, clock: Clock): Promise<boolean> {
	const seen = await inspect(path);
	if (!seen?.stale) return seen === undefined;
	const right = await takeLock(`${path}.${seen.name}`, clock);
	if (!right) return false;
	try {
		const now = await inspect(path);
		if (now?.stale && now.name === seen.name) await retryWhileBusy(clock, () => rm(path, { force: true }));
		return true;
	} finally {
		await right.release();
	}
}

/** Creates the lock with its content in one step, so that nobody ever reads it empty; false when there is one already. */
async function create(path: string, name: string): Promise<boolean> {
	const draft = `${path}.${name}.new`;
	const text = `${pid} ${name}\n`;
	await writeFile(draft, text, { flag: 'wx', mode: 0o600 });
	try {
		await link(draft, path).catch(async (error: unknown) => {
			if (codeOf(error) === 'EEXIST') throw error;
			// A file system without links: whoever finds it empty gives it a moment.
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

async function release(path: string, name: string, clock: Clock): Promise<void> {
	try {
		// One that was held for longer than locks live may have passed to somebody else.
		if ((await inspect(path))?.name === name) await retryWhileBusy(clock, () => rm(path, { force: true }));
	} catch {
		// It is stale without its holder, and whoever wants it next takes it away.
	} finally {
		held.delete(name);
	}
}

/** Name and state of the lock at `path`; undefined when there is none. What cannot be read counts as held. */
async function inspect(path: string): Promise<{ name: string; stale: boolean } | undefined> {
	try {
		const file = await open(path, 'r');
		try {
			const age = systemClock.now() - (await file.stat()).mtimeMs;
			const [, owner, name = NAMELESS] = /^([1-9]\d{0,9}) ([0-9a-f]{12})\n$/.exec(await file.readFile('utf8')) ?? [];
			if (owner === undefined) return { name, stale: age > CREATION_GRACE_MS };
			const gone = age > MAX_HOLD_MS || age > uptime() * 1_000;
			return { name, stale: gone || !isAlive(Number(owner), name) };
		} finally {
			await file.close();
		}
	} catch (error) {
		return codeOf(error) === 'ENOENT' ? undefined : { name: NAMELESS, stale: false };
	}
}

function isAlive(owner: number, name: string): boolean {
	if (owner === pid) return held.has(name);
	try {
		kill(owner, 0);
		return true;
	} catch (error) {
		return codeOf(error) === 'EPERM';
	}
}
