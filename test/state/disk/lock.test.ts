/** Lock files: however processes come and die, at most one holds a lock. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import type * as Os from 'node:os';
import { join, resolve } from 'node:path';
import { pid, ppid } from 'node:process';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { FileLocks } from '../../../src/state/disk/lock.js';
import { temporaryFolder } from '../../support/files.js';
import { DAY_MS } from '../../support/unfinished.js';

const MONTH_S = 30 * 24 * 60 * 60;
const machine = { uptimeS: MONTH_S };
afterEach(() => {
	machine.uptimeS = MONTH_S;
});
vi.mock('node:os', async (load) => ({ ...(await load<typeof Os>()), uptime: () => machine.uptimeS }));

const NAME = '0123456789ab';
/** The id of a process that has ended. */
const deadProcessId = () => spawnSync(process.execPath, ['-e', '']).pid;

const locks = new FileLocks(systemClock, DAY_MS);
const newPath = () => join(temporaryFolder(), 'lock');

/** Writes a lock file of this age. */
function createLock(text: string, ageMs = 0): string {
	const path = newPath();
	writeFileSync(path, text);
	const seconds = (Date.now() - ageMs) / 1_000;
	utimesSync(path, seconds, seconds);
	return path;
}

describe('a lock file', () => {
	test('holds the process id from the first moment that it exists', async () => {
		const path = newPath();
		const seen = new Set<string>();
		let isOver = false;
		const watch = async () => {
			while (!isOver) {
				try {
					seen.add(readFileSync(path, 'utf8'));
				} catch {}
				await new Promise(setImmediate);
			}
		};
		const watching = watch();
		for (let round = 0; round < 100; round++) await (await locks.take(path))?.release();
		isOver = true;
		await watching;
		expect([...seen].filter((text) => !text.startsWith(`${pid} `))).toEqual([]);
	});

	test('is removed by release, together with every file that was made to take it', async () => {
		const path = createLock(`${deadProcessId()} ${NAME}\n`);
		const lock = await locks.take(path);
		expect(await locks.isHeld(path)).toBe(true);
		await lock?.release();
		expect(readdirSync(join(path, '..'))).toEqual([]);
	});

	test('that another process has taken over is not removed by release', async () => {
		const path = newPath();
		const lock = await locks.take(path);
		writeFileSync(path, `${ppid} ${NAME}\n`);
		await lock?.release();
		expect(readFileSync(path, 'utf8')).toBe(`${ppid} ${NAME}\n`);
	});

	test('that is a pipe counts as held, and is not waited for', async () => {
		const path = newPath();
		spawnSync('mkfifo', [path]);
		expect(await locks.isHeld(path)).toBe(true);
		expect(await locks.take(path)).toBeUndefined();
	});

	test('of a terabyte is not read, and is stale', async () => {
		const path = createLock(`${ppid} ${NAME}\n`);
		truncateSync(path, 2 ** 40);
		utimesSync(path, 0, 0);
		expect(await locks.isHeld(path)).toBe(false);
	});

	test('in a folder that does not exist is an error of the system', async () => {
		await expect(locks.take(join(temporaryFolder(), 'no', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
	});
});

describe('a lock cannot be taken', () => {
	test.for<readonly [what: string, text: () => string]>([
		['while another process holds it', () => `${ppid} ${NAME}\n`],
		['while its file is new and empty, because its process is about to write its name', () => ''],
		['while its file is new and half written', () => `${pid}`],
	])('%s', async ([, text]) => {
		const path = createLock(text());
		expect(await locks.isHeld(path)).toBe(true);
		expect(await locks.take(path)).toBeUndefined();
		expect(readFileSync(path, 'utf8')).toBe(text());
	});

	test('while this process holds it', async () => {
		const path = newPath();
		expect(await locks.take(path)).toBeDefined();
		expect(await locks.take(path)).toBeUndefined();
	});

	test('while this process holds it through another FileLocks', async () => {
		const path = newPath();
		expect(await locks.take(path)).toBeDefined();
		expect(await new FileLocks(systemClock, DAY_MS).take(path)).toBeUndefined();
	});
});

describe('a lock can be taken over', () => {
	test.for<readonly [what: string, text: () => string, ageMs?: number]>([
		['when its process has ended', () => `${deadProcessId()} ${NAME}\n`],
		['when an earlier process with the id of this one held it', () => `${pid} ${NAME}\n`],
		['when it is older than the longest hold', () => `${ppid} ${NAME}\n`, DAY_MS + 60_000],
		['when its file has been empty for a minute', () => '', 60_000],
		['when its file has held no process id for a minute', () => 'rubbish', 60_000],
		['when its file has held an impossible process id for a minute', () => '-1', 60_000],
	])('%s', async ([, text, ageMs]) => {
		const path = createLock(text(), ageMs);
		expect(await locks.isHeld(path)).toBe(false);
		expect(await locks.take(path)).toBeDefined();
		expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${pid} `));
	});

	test('when the machine started after it was taken', async () => {
		const path = createLock(`${ppid} ${NAME}\n`, 120_000);
		expect(await locks.isHeld(path)).toBe(true);
		machine.uptimeS = 60;
		expect(await locks.isHeld(path)).toBe(false);
		expect(await locks.take(path)).toBeDefined();
	});

	test('when an earlier process died while it took the lock over', async () => {
		const path = createLock(`${deadProcessId()} ${NAME}\n`);
		writeFileSync(`${path}.${NAME}`, `${deadProcessId()} ba9876543210\n`);
		expect(await locks.take(path)).toBeDefined();
		expect(readdirSync(join(path, '..'))).toEqual(['lock']);
	});
});

describe('the lock of a dead process', () => {
	test('goes to exactly one of eight takers in this process, in each of 100 rounds', async () => {
		const dead = deadProcessId();
		for (let round = 0; round < 100; round++) {
			const path = createLock(`${dead} ${NAME}\n`);
			const taken = await Promise.all(Array.from({ length: 8 }, () => locks.take(path)));
			expect(taken.filter(Boolean), `round ${round}`).toHaveLength(1);
			await taken.find(Boolean)?.release();
		}
	});

	test('is never held by two of four processes that take it over, each 50 times and more', async () => {
		const folder = temporaryFolder();
		const program = join(folder, 'contender.mjs');
		buildSync({
			entryPoints: [resolve(import.meta.dirname, '../../support/lock-contender.ts')],
			bundle: true,
			platform: 'node',
			format: 'esm',
			outfile: program,
		});
		const args = [program, join(folder, 'lock'), String(deadProcessId())];
		const contenders = Array.from({ length: 4 }, () => {
			const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
			const contender = { child, turns: 0, closed: once(child, 'close') };
			child.stdout.on('data', (printed: Buffer) => {
				contender.turns += printed.length;
				if (contenders.every(({ turns }) => turns >= 50)) end();
			});
			// One that has found the lock held by two ends, and gets no more turns.
			child.once('exit', () => end());
			return contender;
		});
		const end = () => {
			for (const { child } of contenders) child.stdin.end();
		};
		const ended = await Promise.all(contenders.map(({ closed }) => closed));
		expect(ended.map(([code]) => code)).toEqual([0, 0, 0, 0]);
	});
});
