/** The state directory after processes that ended badly: swept by whoever looks in, never what is in use. */
import { spawnSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ppid } from 'node:process';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { openJournal } from '../../../src/state/disk/journal.js';
import { DAY, filesIn, folder } from '../../support/unfinished.js';

const HANDLE = 'abcdefghjk';
const NAME = '0123456789ab';
const GONE = `${spawnSync(process.execPath, ['-e', '']).pid} ${NAME}\n`;
const ALIVE = `${ppid} ${NAME}\n`;

/** Unfinished work of one request that ends in an hour. */
const work = () =>
	[
		{
			version: 1,
			tool: 'purge_cache',
			zone: { id: 'id', name: 'example.com' },
			args: {},
			started: '',
			expires: new Date(Date.now() + 3_600_000),
		},
		{ kind: 'tags', items: ['a'] },
	]
		.map((line) => `${JSON.stringify(line)}\n`)
		.join('');

type Files = Record<string, string | [text: string, age: number]>;

/** A state directory with these files, some of them so many milliseconds old. */
function leave(files: Files): string {
	const state = folder();
	for (const [ending, content] of Object.entries(files)) {
		const [text, age] = typeof content === 'string' ? [content, 0] : content;
		const path = join(state, `${HANDLE}.${ending}`);
		writeFileSync(path, text);
		const then = (Date.now() - age) / 1_000;
		utimesSync(path, then, then);
	}
	return state;
}

const open = (state: string) => openJournal(state, systemClock, () => undefined);
const endings = (state: string) => filesIn(state, '').map((name) => name.replace(`${HANDLE}.`, ''));

const SWEPT: readonly (readonly [what: string, files: Files, left?: string[]])[] = [
	['a draft whose process has ended', { 'jsonl.new': 'half', lock: GONE }],
	['a draft without a lock', { 'jsonl.new': 'half' }],
	['the draft of a lock whose process has ended', { [`lock.${NAME}.new`]: GONE }],
	['the lock of a process that has ended, with nothing to go on with', { lock: GONE }],
	['the right to a lock, of a process that has ended', { jsonl: work(), [`lock.${NAME}`]: GONE }, ['jsonl']],
	['work older than 24 hours', { jsonl: [work(), DAY + 60_000], lock: [GONE, DAY + 60_000] }, ['lock']],
	['what was set aside more than 24 hours ago', { corrupt: ['rubbish', DAY + 60_000] }],
];

describe.each(['listed', 'begun'] as const)('when work is %s', (when) => {
	const look = async (state: string) => {
		const journal = open(state);
		if (when === 'listed') return void (await journal.list());
		const zone = { id: 'id', name: 'example.com', plan: 'free', account: 'a', accountId: 'a' };
		const claim = await journal.begin({
			tool: 'purge_cache',
			zone,
			args: {},
			requests: [{ kind: 'tags', items: ['a'] }],
		});
		await claim.release(true);
	};

	test.for(SWEPT)('%s is swept', async ([, files, left = []]) => {
		const state = leave(files);
		await look(state);
		expect(endings(state)).toEqual(left);
	});

	test.for<readonly [what: string, files: Files]>([
		['a draft that is being written', { 'jsonl.new': 'half', lock: ALIVE }],
		['the draft of a lock that is being taken', { [`lock.${NAME}.new`]: ALIVE }],
		['the lock of a process that is about to write its work', { lock: ALIVE }],
		['a lock that names nobody yet', { lock: '' }],
		['the lock beside work that can be gone on with', { jsonl: work(), lock: GONE }],
		['old work that somebody is at', { jsonl: [work(), DAY + 60_000], lock: ALIVE }],
		['what was set aside today', { corrupt: ['rubbish', DAY - 60_000] }],
		['what is not ours', { 'jsonl.bak': ['mine', 2 * DAY], txt: ['mine', 2 * DAY] }],
	])('%s is left alone', async ([, files]) => {
		const state = leave(files);
		await look(state);
		expect(endings(state).sort()).toEqual(Object.keys(files).sort());
	});
});

test('work that ends while somebody is at it is not taken away from under them', async () => {
	const state = leave({ jsonl: work(), lock: ALIVE });
	const later = { ...systemClock, now: () => Date.now() + DAY };
	expect(await openJournal(state, later, () => undefined).list()).toEqual([]);
	expect(endings(state)).toEqual(['jsonl', 'lock']);
});
