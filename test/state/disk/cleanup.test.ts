/** The state directory after processes that died: their files are removed, and no file in use is. */
import { spawnSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ppid } from 'node:process';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { printHead, printRequest } from '../../../src/state/disk/journal-format.js';
import { temporaryFolder } from '../../support/files.js';
import { DAY_MS, filesIn, openJournal } from '../../support/unfinished.js';

const HANDLE = 'abcdefghjk';
const LOCK_NAME = '0123456789ab';
const LOCK_OF_DEAD = `${spawnSync(process.execPath, ['-e', '']).pid} ${LOCK_NAME}\n`;
const LOCK_OF_LIVING = `${ppid} ${LOCK_NAME}\n`;
const ZONE = { id: 'id', name: 'example.com', plan: 'free', account: 'a', accountId: 'a' };
const REQUEST = { kind: 'tags', items: ['a'] };
const OVER_A_DAY_MS = DAY_MS + 60_000;

/** The file of an unfinished call with one request, which expires in an hour. */
function unfinishedCall(): string {
	const [started, expires] = [0, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString()) as [string, string];
	const runs = [{ kind: 'tags', items: 1, requests: 1 }];
	const owner = { api: 'test', credential: 'test' };
	const head = { version: 2, owner, tool: 'purge_cache', zone: ZONE, args: {}, runs, started, expires } as const;
	return printHead(head) + printRequest(REQUEST);
}

/** Files by what follows the handle in their names: their text, and how old they are. */
type Files = Record<string, string | readonly [text: string, ageMs: number]>;

function createState(files: Files): string {
	const state = temporaryFolder();
	for (const [ending, content] of Object.entries(files)) {
		const [text, ageMs] = typeof content === 'string' ? [content, 0] : content;
		const path = join(state, `${HANDLE}.${ending}`);
		writeFileSync(path, text);
		const seconds = (Date.now() - ageMs) / 1_000;
		utimesSync(path, seconds, seconds);
	}
	return state;
}

const endingsIn = (state: string) => filesIn(state).map((name) => name.replace(`${HANDLE}.`, ''));

describe.for<readonly [when: string, use: (state: string) => Promise<void>]>([
	['listing unfinished calls', async (state) => void (await openJournal(state, systemClock).list())],
	[
		'beginning a call',
		async (state) => {
			const work = { tool: 'purge_cache', zone: ZONE, args: {}, requests: [REQUEST] };
			const lease = await openJournal(state, systemClock).begin(work);
			await lease.release(true);
		},
	],
])('%s', ([, use]) => {
	test.for<readonly [what: string, files: Files, remaining?: readonly string[]]>([
		['a draft whose process has ended', { 'jsonl.new': 'half', lock: LOCK_OF_DEAD }],
		['a draft without a lock', { 'jsonl.new': 'half' }],
		['the draft of a lock whose process has ended', { [`lock.${LOCK_NAME}.new`]: LOCK_OF_DEAD }],
		['the lock of a process that has ended, when there is no call to resume', { lock: LOCK_OF_DEAD }],
		[
			'the removal lock of a process that has ended',
			{ jsonl: unfinishedCall(), [`lock.${LOCK_NAME}`]: LOCK_OF_DEAD },
			['jsonl'],
		],
		[
			'an unfinished call older than 24 hours',
			{ jsonl: [unfinishedCall(), OVER_A_DAY_MS], lock: [LOCK_OF_DEAD, OVER_A_DAY_MS] },
			['lock'],
		],
		['a corrupt file older than 24 hours', { corrupt: ['rubbish', OVER_A_DAY_MS] }],
	])('removes %s', async ([, files, remaining = []]) => {
		const state = createState(files);
		await use(state);
		expect(endingsIn(state)).toEqual(remaining);
	});

	test.for<readonly [what: string, files: Files]>([
		['a draft that a process is writing', { 'jsonl.new': 'half', lock: LOCK_OF_LIVING }],
		['the draft of a lock that a process is taking', { [`lock.${LOCK_NAME}.new`]: LOCK_OF_LIVING }],
		['the lock of a process that is about to write its file', { lock: LOCK_OF_LIVING }],
		['a new lock without a process id', { lock: '' }],
		['the lock of an ended process beside a call that can be resumed', { jsonl: unfinishedCall(), lock: LOCK_OF_DEAD }],
		['an old call that a process works on', { jsonl: [unfinishedCall(), OVER_A_DAY_MS], lock: LOCK_OF_LIVING }],
		['a corrupt file younger than 24 hours', { corrupt: ['rubbish', DAY_MS - 60_000] }],
		['files of the user', { 'jsonl.bak': ['mine', 2 * DAY_MS], txt: ['mine', 2 * DAY_MS] }],
	])('keeps %s', async ([, files]) => {
		const state = createState(files);
		await use(state);
		expect(endingsIn(state).sort()).toEqual(Object.keys(files).sort());
	});
});

test('an unfinished call that expires while a process works on it is not listed, and its file stays', async () => {
	const state = createState({ jsonl: unfinishedCall(), lock: LOCK_OF_LIVING });
	const tomorrow = { ...systemClock, now: () => Date.now() + DAY_MS };
	expect(await openJournal(state, tomorrow).list()).toEqual([]);
	expect(endingsIn(state)).toEqual(['jsonl', 'lock']);
});
