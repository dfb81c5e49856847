/**
 * A process that takes the lock in its first argument again and again, until its stdin ends. It never releases the lock: it
 * writes the process id of its second argument, which belongs to no living process, into it. So every turn after the first
 * takes over a stale lock. The process prints a letter for each turn, and exits with 1 when another process had the lock too.
 */

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.js';
import { FileLocks } from '../../src/state/disk/lock.js';

const [, , path = '', deadProcessId = ''] = process.argv;
const locks = new FileLocks(systemClock, 24 * 60 * 60_000);
const occupied = `${path}.occupied`;
const draft = `${path}.${process.pid}`;

let isOver = false;
process.stdin.resume().once('end', () => {
	isOver = true;
});
while (!isOver && process.exitCode === undefined) {
	if (!(await locks.take(path))) continue;
	process.stdout.write('t');
	try {
		// Fails when another process is between these two lines, which the lock has to prevent.
		closeSync(openSync(occupied, 'wx'));
		for (let turn = Math.floor(Math.random() * 20); turn > 0; turn--) await setImmediate();
		rmSync(occupied);
		writeFileSync(draft, `${deadProcessId} ${randomBytes(6).toString('hex')}\n`);
		renameSync(draft, path);
	} catch {
		process.exitCode = 1;
	}
}
process.stdin.destroy();
