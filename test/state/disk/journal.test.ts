/** Unfinished calls on disk: who may read their files, who works on them, and what happens when a file is damaged. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ppid } from 'node:process';
import { describe, expect, test } from 'vitest';
import { startUpstream, success, withZone } from '../../support/api.js';
import { temporaryFile, temporaryFolder } from '../../support/files.js';
import { openSession, ZONE_ID } from '../../support/session.js';
import {
	ALL_TAGS,
	appliedOf,
	callWithProgress,
	DAY_MS,
	FREE,
	filesIn,
	leaveUnfinished,
	openJournal,
	PRO,
	readJournal,
	readUnfinished,
	tagsOf,
} from '../../support/unfinished.js';

/** Cuts the last five bytes off, as a crash in the middle of a report does. */
function tearLastLine(path: string): void {
	truncateSync(path, statSync(path).size - 5);
}

describe('the file of an unfinished call', () => {
	test('is JSON by line, readable by its owner only, without the token, and expires after 24 hours', async () => {
		const { state, resume } = await leaveUnfinished();
		const path = join(state, `${resume}.jsonl`);
		expect(statSync(path).mode & 0o777).toBe(0o600);
		const { text, head, requests, done } = readJournal(state, resume);
		expect(text.endsWith('\n')).toBe(true);
		expect(text).not.toContain('test-token');
		expect(text).not.toMatch(/bearer|authorization/i);
		expect(head).toMatchObject({ tool: 'purge_cache', zone: { name: FREE } });
		expect(Date.parse(head?.expires as string) - Date.parse(head?.started as string)).toBe(DAY_MS);
		expect(requests.flat()).toEqual(ALL_TAGS);
		expect(done.size).toBeGreaterThan(0);
		expect(filesIn(state)).toEqual([`${resume}.jsonl`]);
	});

	test('exists before the first request is sent, and is removed after the last one', async () => {
		const state = temporaryFolder();
		const seen: string[][] = [];
		const upstream = await startUpstream(
			withZone((request) => {
				if (request.method === 'POST') seen.push(filesIn(state, '.jsonl'));
				return success({ id: ZONE_ID });
			}),
		);
		const { call } = await openSession({ upstream: upstream.url, env: { CF_CACHE_STATE_DIR: state } });
		await call('purge_cache', { zone: ZONE_ID, tags: tagsOf(200) });
		expect(seen).toHaveLength(2);
		for (const names of seen) expect(names).toHaveLength(1);
		expect(filesIn(state)).toEqual([]);
	});

	test('is not written for a call of one request, nor for a dry run', async () => {
		const state = join(temporaryFolder(), 'never');
		const { call } = await openSession({ env: { CF_CACHE_STATE_DIR: state } });
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(100) })).structured?.status).toBe('done');
		const dryRun = await call('purge_cache', { zone: PRO, tags: tagsOf(300), dry_run: true });
		expect(dryRun.structured?.status).toBe('dry_run');
		expect(existsSync(state)).toBe(false);
	});

	test.for<readonly [what: string, damage: (path: string) => void]>([
		['holds no JSON', (path) => writeFileSync(path, '\u0000\u0001 not JSON\n')],
		['is empty', (path) => writeFileSync(path, '')],
		['holds JSON in another format', (path) => writeFileSync(path, '[1,2]\n{"version":9}\n')],
		[
			'has a broken line in its middle',
			(path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"kind":"tags"', '"kind"')),
		],
		[
			'has no time of its start, which the list is sorted by',
			(path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"started"', '"begun"')),
		],
	])('is set aside and logged when it %s, and other calls go on', async ([, damage]) => {
		const { call, client, resume, state, clock, changes } = await leaveUnfinished();
		damage(join(state, `${resume}.jsonl`));
		const log: string[] = [];
		expect(await openJournal(state, clock, log).list()).toEqual([]);
		expect(log).toEqual([`warn: unfinished call ${resume} cannot be read: its file is now ${resume}.corrupt`]);
		expect(filesIn(state, '.corrupt')).toEqual([`${resume}.corrupt`]);
		const before = changes().length;
		expect((await call('purge_resume', { resume })).text).toMatch(/^No unfinished call has the handle/);
		expect(changes()).toHaveLength(before);
		expect(await readUnfinished(client)).toEqual([]);
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(200) })).structured?.status).toBe('done');
		expect((await call('cache_overview', { zone: FREE })).isError).toBe(false);
	});

	test('whose last report was cut off costs one request, which resume sends again', async () => {
		const { client, resume, state, changes } = await leaveUnfinished();
		const before = readJournal(state, resume);
		tearLastLine(join(state, `${resume}.jsonl`));
		const sent = changes().length;
		const answer = await callWithProgress(client, 'purge_resume', { resume });
		expect(answer.structured).toMatchObject({ status: 'done', sent: { tags: before.remaining.length + 100 } });
		expect(changes()).toHaveLength(sent + before.remaining.length / 100 + 1);
	});

	test('whose last report was cut off can be resumed twice', async () => {
		const { client, call, resume, state, requests } = await leaveUnfinished();
		tearLastLine(join(state, `${resume}.jsonl`));
		const again = await call('purge_resume', { resume });
		expect(again.structured).toMatchObject({ status: 'partial', resume });
		expect(filesIn(state, '.corrupt')).toEqual([]);
		expect((await callWithProgress(client, 'purge_resume', { resume })).structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(requests))).toEqual(new Set(ALL_TAGS));
	});

	test('stands beside files of other names, which are neither listed nor changed', async () => {
		const { state, client, resume } = await leaveUnfinished();
		for (const name of ['notes.jsonl', '..jsonl', 'abcdefghj.jsonl', 'readme.txt'])
			writeFileSync(join(state, name), 'mine');
		expect((await readUnfinished(client)).map((one) => one.resume)).toEqual([resume]);
		expect(readFileSync(join(state, 'notes.jsonl'), 'utf8')).toBe('mine');
	});
});

describe('a handle', () => {
	test('is refused while another living process works on it, and no request is sent', async () => {
		const { call, changes, resume, state } = await leaveUnfinished();
		const lock = `${ppid} 0123456789ab\n`;
		writeFileSync(join(state, `${resume}.lock`), lock);
		const before = changes().length;
		const { text, isError } = await call('purge_resume', { resume });
		expect(isError).toBe(true);
		expect(text).toMatch(new RegExp(`^Another call is working on handle ${resume}\\.\\nNothing was changed\\.`));
		expect(changes()).toHaveLength(before);
		expect(readFileSync(join(state, `${resume}.lock`), 'utf8')).toBe(lock);
	});

	test('is taken over from a process that has ended', async () => {
		const { client, resume, state } = await leaveUnfinished();
		const dead = spawnSync(process.execPath, ['-e', '']).pid;
		writeFileSync(join(state, `${resume}.lock`), `${dead} 0123456789ab\n`);
		expect((await callWithProgress(client, 'purge_resume', { resume })).structured).toMatchObject({ status: 'done' });
		expect(filesIn(state)).toEqual([]);
	});

	test('that two servers resume at once is refused to one, and every item is sent once', async () => {
		const { client, requests, resume, another } = await leaveUnfinished();
		const other = await another();
		const answers = await Promise.all(
			[client, other.client].map((one) => callWithProgress(one, 'purge_resume', { resume })),
		);
		expect(answers.filter(({ isError }) => isError)).toHaveLength(1);
		expect(answers.find(({ isError }) => isError)?.text).toContain(`Another call is working on handle ${resume}.`);
		expect(appliedOf(requests)).toHaveLength(ALL_TAGS.length);
	});
});

describe('a state directory that cannot be written', () => {
	test('stops a call of several requests before any is sent, and no other call', async () => {
		// A file in place of the directory, because root and the owner could write to any directory.
		const path = temporaryFile('file', '');
		chmodSync(path, 0o400);
		const { call, changes } = await openSession({ env: { CF_CACHE_STATE_DIR: join(path, 'state') } });
		const { text, isError } = await call('purge_cache', { zone: PRO, tags: tagsOf(200) });
		expect(isError).toBe(true);
		expect(text).toBe(
			[
				'The plan of this call cannot be saved in the state directory (ENOTDIR).',
				'Nothing was changed.',
				'Ask the operator to make --state-dir writable, or send at most 100 items of one kind per call.',
			].join('\n'),
		);
		expect(changes()).toEqual([]);
		expect((await call('purge_cache', { zone: PRO, tags: tagsOf(100) })).structured?.status).toBe('done');
		expect((await call('cache_overview', { zone: PRO })).isError).toBe(false);
		expect(changes()).toHaveLength(1);
	});
});
