/** The folders of principals that come no more are removed, and nothing that is still of use to somebody. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ppid } from 'node:process';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { PrincipalFolders } from '../../../src/state/disk/principal-folders.js';
import { SnapshotFolder } from '../../../src/state/disk/snapshot-folder.js';
import { createManualClock } from '../../support/clock.js';
import { temporaryFolder } from '../../support/files.js';
import { ZONE } from '../../support/session.js';
import { openTeam, principal } from '../../support/team.js';
import { DAY_MS, openJournal } from '../../support/unfinished.js';

const HOUR_MS = 60 * 60_000;
/** An id as servers make them. */
const ID = 'abcdefghijklmnopqrst_-';
const OTHER = 'ABCDEFGHIJKLMNOPQRST_-';
const HANDLE = 'abcdefghjk';

/** Makes a file or a folder as old as that, and then the folders around it. */
function age(state: string, path: string, ageMs: number): void {
	const seconds = (Date.now() - ageMs) / 1_000;
	for (let at = path; at !== state; at = dirname(at)) utimesSync(at, seconds, seconds);
}

/** A state directory in which the folder of a principal holds files of these ages. */
function createState(files: Readonly<Record<string, number>>, name = ID): string {
	const state = temporaryFolder();
	const folder = join(state, name);
	mkdirSync(folder, { mode: 0o700 });
	age(state, folder, 2 * HOUR_MS);
	for (const [file, ageMs] of Object.entries(files)) {
		const path = join(folder, file);
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		writeFileSync(path, 'text');
		age(state, path, ageMs);
		age(state, dirname(path), 2 * HOUR_MS);
	}
	return state;
}

/** Lets the folder of another principal be asked for, and resolves when the others have been cleaned. */
async function sweep(stateFolder: string, clock = systemClock): Promise<PrincipalFolders> {
	const folders = new PrincipalFolders({ stateFolder, home: 'local', keepCallsMs: DAY_MS, clock });
	expect(folders.folderOf(OTHER)).toBe(join(stateFolder, OTHER));
	await folders.settle();
	return folders;
}

test.for<readonly [what: string, files: Readonly<Record<string, number>>]>([
	['no file', {}],
	['an unfinished call that has expired', { [`${HANDLE}.jsonl`]: DAY_MS + HOUR_MS }],
	['a snapshot that has expired', { [`snapshots/${HANDLE}.taken.json`]: 91 * DAY_MS }],
	['what a change replaced 91 days ago', { [`snapshots/${HANDLE}.undo.json`]: 91 * DAY_MS }],
	['drafts and locks of ended processes', { [`${HANDLE}.jsonl.new`]: HOUR_MS, [`${HANDLE}.lock`]: HOUR_MS }],
])('a folder with %s is removed', async ([, files]) => {
	const state = createState(files);
	await sweep(state);
	expect(readdirSync(state)).toEqual([]);
});

test.for<readonly [what: string, file: string, ageMs: number]>([
	['an unfinished call of yesterday', `${HANDLE}.jsonl`, DAY_MS - HOUR_MS],
	['a snapshot of last month', `snapshots/${HANDLE}.taken.json`, 31 * DAY_MS],
	['what a change replaced last month', `snapshots/${HANDLE}.undo.json`, 31 * DAY_MS],
	['a file of the operator', 'notes.txt', 1_000 * DAY_MS],
])('a folder with %s stays as it is', async ([, file, ageMs]) => {
	const state = createState({ [file]: ageMs });
	await sweep(state);
	expect(existsSync(join(state, ID, file))).toBe(true);
});

test('a folder with a call that a living process works on stays', async () => {
	const state = createState({ [`${HANDLE}.jsonl.new`]: HOUR_MS });
	writeFileSync(join(state, ID, `${HANDLE}.lock`), `${ppid} 0123456789ab\n`);
	age(state, join(state, ID), 2 * HOUR_MS);
	await sweep(state);
	expect(readdirSync(join(state, ID)).sort()).toEqual([`${HANDLE}.jsonl.new`, `${HANDLE}.lock`]);
});

test.for(['.', 'snapshots'])('an empty folder %s that a call may be about to use stays for an hour', async (used) => {
	const state = createState({});
	const path = join(state, ID, used);
	mkdirSync(path, { recursive: true });
	age(state, join(state, ID), 2 * HOUR_MS);
	utimesSync(path, Date.now() / 1_000, (Date.now() - HOUR_MS / 2) / 1_000);
	await sweep(state);
	expect(existsSync(path)).toBe(true);
});

test('a folder of another name stays, with old files too', async () => {
	for (const name of ['snapshots', 'backup', `${ID}x`]) {
		const state = createState({ [`${HANDLE}.jsonl`]: 2 * DAY_MS }, name);
		await sweep(state);
		expect(readdirSync(join(state, name))).toEqual([`${HANDLE}.jsonl`]);
	}
});

test('a folder that others can write, and one behind a link, stay with what is in them', async () => {
	const state = createState({ [`${HANDLE}.jsonl`]: 2 * DAY_MS });
	chmodSync(join(state, ID), 0o777);
	await sweep(state);
	const linking = temporaryFolder();
	chmodSync(join(state, ID), 0o700);
	symlinkSync(join(state, ID), join(linking, ID));
	await sweep(linking);
	expect([readdirSync(linking), readdirSync(join(state, ID))]).toEqual([[ID], [`${HANDLE}.jsonl`]]);
});

test('a folder that cannot be removed, and a file of such a name, keep no other folder from being removed', async () => {
	const state = temporaryFolder();
	const names = ['1', '2', '3', '4', '5'].map((digit) => digit.padEnd(22, '_'));
	for (const [at, name] of names.entries()) {
		if (at === 1) writeFileSync(join(state, name), 'text');
		else mkdirSync(join(state, name), { mode: 0o700 });
		if (at === 3) writeFileSync(join(state, name, 'notes.txt'), 'text');
		age(state, join(state, name), 2 * HOUR_MS);
	}
	await sweep(state);
	expect(readdirSync(state).sort()).toEqual([names[1], names[3]]);
});

test('folders are looked through once an hour, and not for the principal of the state directory', async () => {
	const clock = createManualClock();
	const state = temporaryFolder();
	const folders = await sweep(state, clock);
	mkdirSync(join(state, ID), { mode: 0o700 });
	age(state, join(state, ID), 2 * HOUR_MS);
	clock.advance(HOUR_MS - 1);
	folders.folderOf(OTHER);
	await folders.settle();
	clock.advance(1);
	expect(folders.folderOf('local')).toBe(state);
	await folders.settle();
	expect(readdirSync(state)).toEqual([ID]);
	folders.folderOf(OTHER);
	await folders.settle();
	expect(readdirSync(state)).toEqual([]);
});

test('a clock that was set back by a day keeps no folder for as long', async () => {
	let nowMs = Date.now();
	const state = temporaryFolder();
	const folders = await sweep(state, { ...systemClock, now: () => nowMs });
	mkdirSync(join(state, ID), { mode: 0o700 });
	age(state, join(state, ID), 2 * HOUR_MS);
	nowMs -= DAY_MS;
	folders.folderOf(OTHER);
	await folders.settle();
	expect(readdirSync(state)).toEqual([]);
});

test('no further folder is cleaned once the server closes', async () => {
	const state = createState({});
	const folders = new PrincipalFolders({ stateFolder: state, home: 'local', keepCallsMs: DAY_MS, clock: systemClock });
	folders.folderOf(OTHER);
	await folders.close();
	expect(readdirSync(state)).toEqual([ID]);
});

test('what a principal has left over HTTP is removed when it has expired and somebody else comes', async () => {
	const ann = principal('ann', { id: ID });
	const clock = createManualClock();
	const { join: open, stateDir } = await openTeam({ flags: ['--confirm', 'ask'], clock });
	await (await open(ann)).call('cache_snapshot', { zone: ZONE });
	const [file = ''] = readdirSync(join(stateDir, ID, 'snapshots'));
	expect(file).toMatch(/\.taken\.json$/);
	age(stateDir, join(stateDir, ID, 'snapshots', file), 91 * DAY_MS);
	clock.advance(HOUR_MS);
	await open(principal('bob', { id: OTHER }));
	await expect.poll(() => readdirSync(stateDir)).toEqual([]);
});

/** Runs work again and again until its folder was removed once before it held a file. Rejects when the work does. */
async function runWhileRemoved(folder: string, work: () => Promise<unknown>): Promise<void> {
	for (let isRemoved = false; !isRemoved; rmSync(folder, { recursive: true, force: true })) {
		let isDone = false;
		const working = work().finally(() => {
			isDone = true;
		});
		while (!isDone && !isRemoved)
			isRemoved = await rmdir(folder).then(
				() => true,
				() => false,
			);
		await working;
	}
}

test('a call whose folder is removed before its first file is kept all the same', async () => {
	const folder = join(temporaryFolder(), ID);
	const journal = openJournal(folder, systemClock);
	const zone = { id: '1', name: ZONE, plan: 'free', account: 'a', accountId: '2' };
	const requests = [{ kind: 'tags', items: ['a'] }];
	await runWhileRemoved(folder, async () => {
		const lease = await journal.begin({ tool: 'purge_cache', zone, args: {}, requests });
		await lease.release(false);
		expect(await journal.list()).toMatchObject([{ resume: lease.resume }]);
	});
});

test('a snapshot whose folder is removed before its first file is kept all the same', async () => {
	const state = join(temporaryFolder(), ID);
	const folder = new SnapshotFolder(state, systemClock);
	await runWhileRemoved(join(state, 'snapshots'), async () => {
		await folder.write(HANDLE, 'taken', 'text');
		expect(await folder.files()).toMatchObject([{ id: HANDLE }]);
	});
});
