/** What of unfinished calls lies on disk: who may read it, who works on it, and what happens when it is damaged. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ppid } from 'node:process';
import { describe, expect, test } from 'vitest';
import { openJournal } from '../../../src/state/disk/journal.js';
import { startUpstream, success, withZone } from '../../support/api.js';
import { connect, ZONE_ID } from '../../support/session.js';
import {
	ALL,
	appliedOf,
	callPatiently,
	DAY,
	FREE,
	filesIn,
	folder,
	leaveUnfinished,
	PRO,
	readJournal,
	readUnfinished,
	tagsOf,
} from '../../support/unfinished.js';

describe('a file of unfinished work', () => {
	test('is JSON a line, for its owner only, without the token, gone when done', async () => {
		const { state, resume } = await leaveUnfinished();
		const path = join(state, `${resume}.jsonl`);
		expect(statSync(path).mode & 0o777).toBe(0o600);
		const { text, head, requests, done } = readJournal(state, resume);
		expect(text.endsWith('\n')).toBe(true);
		expect(text).not.toContain('test-token');
		expect(text).not.toMatch(/bearer|authorization/i);
		expect(head).toMatchObject({ tool: 'purge_cache', zone: { name: FREE } });
		expect(Date.parse(head?.expires as string) - Date.parse(head?.started as string)).toBe(DAY);
		expect(requests.flat()).toEqual(ALL);
		expect(done.size).toBeGreaterThan(0);
		expect(filesIn(state)).toEqual([`${resume}.jsonl`]);
	});

	test('is there before the first request leaves', async () => {
		const state = folder();
		const seen: string[][] = [];
		const upstream = await startUpstream(
			withZone((request) => {
				if (request.method === 'POST') seen.push(filesIn(state, '.jsonl'));
				return success({ id: ZONE_ID });
			}),
		);
		const { call } = await connect({ upstream: upstream.url, env: { CF_CACHE_STATE_DIR: state } });
		await call('purge_cache', { zone: ZONE_ID, tags: tagsOf(200) });
		expect(seen).toHaveLength(2);
		for (const names of seen) expect(names).toHaveLength(1);
		expect(filesIn(state)).toEqual([]);
	});

	test('is not written for a call of one request', async () => {
		const state = folder();
		const { call } = await connect({ env: { CF_CACHE_STATE_DIR: join(state, 'never') } });
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(100) })).structured?.status).toBe('done');
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(300), dry_run: true })).structured?.status).toBe(
			'dry_run',
		);
		expect(existsSync(join(state, 'never'))).toBe(false);
	});

	test.for<readonly [what: string, spoil: (path: string) => void]>([
		['no JSON at all', (path) => writeFileSync(path, '\u0000\u0001 not JSON\n')],
		['nothing', (path) => writeFileSync(path, '')],
		['JSON of another kind', (path) => writeFileSync(path, '[1,2]\n{"version":9}\n')],
		[
			'a broken line in its middle',
			(path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"kind":"tags"', '"kind"')),
		],
	])('with %s is set aside and reported, and does not disturb', async ([, spoil]) => {
		const { call, client, resume, state, clock, changes } = await leaveUnfinished();
		spoil(join(state, `${resume}.jsonl`));
		const log: string[] = [];
		expect(await openJournal(state, clock, (level, text) => log.push(`${level}: ${text}`)).list()).toEqual([]);
		expect(log).toEqual([`warn: unfinished work ${resume} cannot be read; it was set aside as ${resume}.corrupt`]);
		expect(filesIn(state, '.corrupt')).toEqual([`${resume}.corrupt`]);
		const before = changes().length;
		expect((await call('purge_cache', { resume })).text).toMatch(/^There is no unfinished call/);
		expect(changes()).toHaveLength(before);
		expect(await readUnfinished(client)).toEqual([]);
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(200) })).structured?.status).toBe('done');
		expect((await call('cache_overview', { zone: FREE })).isError).toBe(false);
	});

	test('whose last line was cut off loses that request only: it is sent again', async () => {
		const { client, resume, state, changes } = await leaveUnfinished();
		const path = join(state, `${resume}.jsonl`);
		const before = readJournal(state, resume);
		truncateSync(path, statSync(path).size - 5);
		const sent = changes().length;
		const answer = await callPatiently(client, 'purge_cache', { resume });
		expect(answer.structured).toMatchObject({ status: 'done', sent: { tags: before.left.length + 100 } });
		expect(changes()).toHaveLength(sent + before.left.length / 100 + 1);
	});

	test('whose last line was cut off can be left unfinished again', async () => {
		const { client, call, resume, state, requests } = await leaveUnfinished();
		const path = join(state, `${resume}.jsonl`);
		truncateSync(path, statSync(path).size - 5);
		const again = await call('purge_cache', { resume });
		expect(again.structured).toMatchObject({ status: 'partial', resume });
		expect(filesIn(state, '.corrupt')).toEqual([]);
		expect((await callPatiently(client, 'purge_cache', { resume })).structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(requests))).toEqual(new Set(ALL));
	});

	test('of another name in the directory is left alone', async () => {
		const { state, client, resume } = await leaveUnfinished();
		for (const name of ['notes.jsonl', '..jsonl', 'abcdefghj.jsonl', 'readme.txt'])
			writeFileSync(join(state, name), 'mine');
		expect((await readUnfinished(client)).map((one) => one.resume)).toEqual([resume]);
		expect(readFileSync(join(state, 'notes.jsonl'), 'utf8')).toBe('mine');
	});
});

describe('two processes', () => {
	test('do not work on one handle: while the other lives it is refused', async () => {
		const { call, changes, resume, state } = await leaveUnfinished();
		const lock = `${ppid} 0123456789ab\n`;
		writeFileSync(join(state, `${resume}.lock`), lock);
		const before = changes().length;
		const { text, isError } = await call('purge_cache', { resume });
		expect(isError).toBe(true);
		expect(text).toMatch(new RegExp(`^The handle ${resume} is being worked on\\.\\nNothing was changed\\.`));
		expect(changes()).toHaveLength(before);
		expect(readFileSync(join(state, `${resume}.lock`), 'utf8')).toBe(lock);
	});

	test('take over from one that has ended', async () => {
		const { client, resume, state } = await leaveUnfinished();
		const gone = spawnSync(process.execPath, ['-e', '']).pid;
		writeFileSync(join(state, `${resume}.lock`), `${gone} 0123456789ab\n`);
		expect((await callPatiently(client, 'purge_cache', { resume })).structured).toMatchObject({ status: 'done' });
		expect(filesIn(state)).toEqual([]);
	});

	test('that resume at once send everything once', async () => {
		const { client, requests, resume, another } = await leaveUnfinished();
		const other = await another();
		const answers = await Promise.all(
			[client, other.client].map((one) => callPatiently(one, 'purge_cache', { resume })),
		);
		expect(answers.filter(({ isError }) => isError)).toHaveLength(1);
		expect(answers.find(({ isError }) => isError)?.text).toMatch(/is being worked on/);
		expect(appliedOf(requests)).toHaveLength(ALL.length);
	});
});

describe('a state directory that cannot be written', () => {
	test('stops calls of several requests before anything is sent, and no others', async () => {
		// A file where the directory should be: the owner of a directory, or root, could write to any.
		const path = join(folder(), 'file');
		writeFileSync(path, '');
		chmodSync(path, 0o400);
		const { call, changes } = await connect({ env: { CF_CACHE_STATE_DIR: join(path, 'state') } });
		const { text, isError } = await call('purge_cache', { zone: PRO, tags: tagsOf(200) });
		expect(isError).toBe(true);
		expect(text).toMatch(/cannot be kept in the state directory \(E\w+\)\.\nNothing was changed\.\n.*--state-dir/);
		expect(changes()).toEqual([]);
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(100) })).structured?.status).toBe('done');
		expect((await call('cache_overview', { zone: PRO })).isError).toBe(false);
		expect(changes()).toHaveLength(1);
	});
});
