/** The lock of a handle: whoever comes, and however others ended, at most one has it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type * as Os from 'node:os';
import { join, resolve } from 'node:path';
import { pid, ppid } from 'node:process';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { isHeld, takeLock } from '../../../src/state/disk/lock.js';
import { folder } from '../../support/unfinished.js';

/** Seconds since the machine started; by default a month. */
const machine = { uptime: 30 * 24 * 60 * 60 };
afterEach(() => {
	machine.uptime = 30 * 24 * 60 * 60;
});
vi.mock('node:os', async (load) => ({ ...(await load<typeof Os>()), uptime: () => machine.uptime }));

const NAME = '0123456789ab';
const gone = () => spawnSync(process.execPath, ['-e', '']).pid;

/** A lock file with this content, so many milliseconds old. */
function leaveLock(text: string, age = 0): string {
	const path = join(folder(), 'lock');
	writeFileSync(path, text);
	const then = (Date.now() - age) / 1_000;
	utimesSync(path, then, then);
	return path;
}

const take = (path: string) => takeLock(path, systemClock);

describe('a lock', () => {
	test('names its process from the first moment it is there', async () => {
		const path = join(folder(), 'lock');
		const seen = new Set<string>();
		let over = false;
		const watch = async () => {
			while (!over) {
				try {
					seen.add(readFileSync(path, 'utf8'));
				} catch {}
				await new Promise(setImmediate);
			}
		};
		const watching = watch();
		for (let round = 0; round < 100; round++) await (await take(path))?.release();
		over = true;
		await watching;
		expect([...seen].filter((text) => !text.startsWith(`${pid} `))).toEqual([]);
	});

	test('that is given back is gone, and so is everything made for it', async () => {
		const path = leaveLock(`${gone()} ${NAME}\n`);
		const lock = await take(path);
		expect(await isHeld(path)).toBe(true);
		await lock?.release();
		expect(readdirSync(join(path, '..'))).toEqual([]);
	});

	test('that passed to somebody else meanwhile is not given back', async () => {
		const path = join(folder(), 'lock');
		const lock = await take(path);
		writeFileSync(path, `${ppid} ${NAME}\n`);
		await lock?.release();
		expect(readFileSync(path, 'utf8')).toBe(`${ppid} ${NAME}\n`);
	});

	test('in a folder that is not there is an error of the system', async () => {
		await expect(take(join(folder(), 'no', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
	});
});

describe('a lock that is held is not taken:', () => {
	test.for<readonly [what: string, text: () => string, age?: number]>([
		['of another process that lives', () => `${ppid} ${NAME}\n`],
		['empty and young: its process is about to write its name', () => ''],
		['half written and young', () => `${pid}`],
	])('%s', async ([, text, age]) => {
		const path = leaveLock(text(), age);
		expect(await isHeld(path)).toBe(true);
		expect(await take(path)).toBeUndefined();
		expect(readFileSync(path, 'utf8')).toBe(text());
	});

	test('of this process', async () => {
		const path = join(folder(), 'lock');
		expect(await take(path)).toBeDefined();
		expect(await take(path)).toBeUndefined();
	});
});

describe('a lock that nobody has is taken over:', () => {
	test.for<readonly [what: string, text: () => string, age?: number]>([
		['of a process that has ended', () => `${gone()} ${NAME}\n`],
		['of an earlier process with the id of this one', () => `${pid} ${NAME}\n`],
		['older than 24 hours', () => `${ppid} ${NAME}\n`, 24 * 60 * 60_000 + 60_000],
		['empty for a while', () => '', 60_000],
		['without a name for a while', () => 'rubbish', 60_000],
		['with an impossible name for a while', () => '-1', 60_000],
	])('%s', async ([, text, age]) => {
		const path = leaveLock(text(), age);
		expect(await isHeld(path)).toBe(false);
		expect(await take(path)).toBeDefined();
		expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${pid} `));
	});

	test('from before the machine started', async () => {
		const path = leaveLock(`${ppid} ${NAME}\n`, 120_000);
		expect(await isHeld(path)).toBe(true);
		machine.uptime = 60;
		expect(await isHeld(path)).toBe(false);
		expect(await take(path)).toBeDefined();
	});

	test('also when the one before died while taking it over', async () => {
		const path = leaveLock(`${gone()} ${NAME}\n`);
		writeFileSync(`${path}.${NAME}`, `${gone()} ba9876543210\n`);
		expect(await take(path)).toBeDefined();
		expect(readdirSync(join(path, '..'))).toEqual(['lock']);
	});
});

describe('of many who want the lock of a dead process', () => {
	test('in one process exactly one gets it, in each of 100 rounds', async () => {
		const dead = gone();
		for (let round = 0; round < 100; round++) {
			const path = leaveLock(`${dead} ${NAME}\n`);
			const all = await Promise.all(Array.from({ length: 8 }, () => take(path)));
			expect(all.filter(Boolean), `round ${round}`).toHaveLength(1);
			await all.find(Boolean)?.release();
		}
	});

	test('in four processes never two have it at once', async () => {
		const state = folder();
		const script = join(folder(), 'contender.mjs');
		buildSync({
			stdin: {
				contents: contender(join(state, 'lock'), gone()),
				resolveDir: resolve(import.meta.dirname, '../../../src'),
			},
			bundle: true,
			platform: 'node',
			format: 'esm',
			outfile: script,
		});
		const ends = await Promise.all(
			Array.from({ length: 4 }, async () => {
				const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
				let said = '';
				child.stdout.on('data', (text: Buffer) => {
					said += text;
				});
				const [code] = await once(child, 'close');
				return { code, turns: Number(said) };
			}),
		);
		expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
		// Otherwise this would show nothing.
		for (const { turns } of ends) expect(turns).toBeGreaterThan(0);
	});
});

/** Takes the lock over and over, and each time leaves it as a process that died would; ends with 1 when it was not alone. */
const contender = (path: string, dead: number) => `
	import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
	import { setTimeout as wait } from 'node:timers/promises';
	import { systemClock } from './base/clock.ts';
	import { takeLock } from './state/disk/lock.ts';
	const path = ${JSON.stringify(path)};
	const end = Date.now() + 2_000;
	let turns = 0;
	while (Date.now() < end) {
		const lock = await takeLock(path, systemClock);
		if (!lock) continue;
		turns++;
		try {
			closeSync(openSync(path + '.alone', 'wx'));
			await wait(Math.random() * 2);
			rmSync(path + '.alone');
			const name = Math.random().toString(16).slice(2).padEnd(12, '0').slice(0, 12);
			writeFileSync(path + '.' + process.pid, ${JSON.stringify(`${dead} `)} + name + '\\n');
			renameSync(path + '.' + process.pid, path);
		} catch (error) {
			process.exitCode = 1;
			break;
		}
	}
	process.stdout.write(String(turns));
`;
