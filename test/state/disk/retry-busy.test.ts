/** Files that another program holds, as virus scanners do on Windows: short waits help, and otherwise the call says so. */
import { writeFileSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createVirtualClock } from '../../support/clock.js';
import { temporaryFolder } from '../../support/files.js';
import { openSession } from '../../support/session.js';
import {
	ALL_TAGS,
	appliedOf,
	callWithProgress,
	DAY_MS,
	filesIn,
	leaveUnfinished,
	openJournal,
	PRO,
	tagsOf,
} from '../../support/unfinished.js';

type FileFunction = 'rename' | 'rm' | 'link' | 'truncate';

/** Functions that fail for paths with an ending, and how many times they still do. */
const failures: { name: FileFunction; ending: string; code: string; times: number }[] = [];
afterEach(() => void failures.splice(0));

vi.mock('node:fs/promises', async (load) => {
	const real = await load<typeof Files>();
	const failing =
		<Name extends FileFunction>(name: Name) =>
		async (...args: unknown[]) => {
			const failure = failures.find(
				(one) => one.name === name && one.times > 0 && String(args[0]).endsWith(one.ending),
			);
			if (!failure) return (real[name] as (...all: unknown[]) => Promise<void>)(...args);
			failure.times--;
			throw Object.assign(new Error(`${failure.code}: made up`), { code: failure.code });
		};
	return {
		...real,
		rename: failing('rename'),
		rm: failing('rm'),
		link: failing('link'),
		truncate: failing('truncate'),
	};
});

function fail(name: FileFunction, ending: string, code = 'EPERM', times = Number.POSITIVE_INFINITY): void {
	failures.push({ name, ending, code, times });
}

/** Purges with a call of two requests. */
async function purge() {
	const state = temporaryFolder();
	const clock = createVirtualClock();
	const began = clock.now();
	const { call, changes } = await openSession({ clock, env: { CF_CACHE_STATE_DIR: state } });
	const answer = await call('purge_cache', { zone: PRO, tags: tagsOf(200) });
	return { answer, state, changes, waitedMs: clock.now() - began };
}

const NOT_SAVED = /^The plan of this call cannot be saved in the state directory \(EPERM\)\.\nNothing was changed\./;

describe('a call whose file cannot be renamed', () => {
	test.for(['EPERM', 'EACCES', 'EBUSY'])(
		'waits and goes on when the second attempt after %s succeeds',
		async (code) => {
			fail('rename', '.new', code, 2);
			const { answer, waitedMs, state } = await purge();
			expect(answer.structured).toMatchObject({ status: 'done' });
			expect(waitedMs).toBe(120);
			expect(filesIn(state)).toEqual([]);
		},
	);

	test('gives up after 620 ms, sends no request and leaves no file', async () => {
		fail('rename', '.new');
		const { answer, waitedMs, changes, state } = await purge();
		expect(answer.text).toMatch(NOT_SAVED);
		expect(waitedMs).toBe(620);
		expect(changes()).toEqual([]);
		expect(filesIn(state)).toEqual([]);
	});

	test('does not wait when the disk is full', async () => {
		fail('rename', '.new', 'ENOSPC');
		expect((await purge()).waitedMs).toBe(0);
	});

	test('reports the same when its draft cannot be removed either', async () => {
		fail('rename', '.new');
		fail('rm', '.new');
		expect((await purge()).answer.text).toMatch(NOT_SAVED);
	});
});

describe('a finished purge', () => {
	test.for(['.jsonl', '.lock'])('is reported as done although its %s file cannot be removed', async (ending) => {
		fail('rm', ending);
		const { answer } = await purge();
		expect(answer.structured).toMatchObject({ status: 'done', sent: { tags: 200 } });
	});

	test('is not listed as unfinished although its file cannot be removed', async () => {
		fail('rm', '.jsonl');
		const { state } = await purge();
		expect(filesIn(state)).toHaveLength(1);
		expect(await openJournal(state, createVirtualClock()).list()).toEqual([]);
	});
});

describe('a handle', () => {
	test('whose stale lock cannot be removed is refused, and can be resumed once it can', async () => {
		const { call, client, changes, requests, resume, state } = await leaveUnfinished();
		writeFileSync(join(state, `${resume}.lock`), '999999999 0123456789ab\n');
		fail('rm', '.lock');
		const before = changes().length;
		const { text } = await call('purge_resume', { resume });
		expect(text).toBe(
			[
				`Handle ${resume} cannot be opened in the state directory (EPERM).`,
				'Nothing was changed.',
				'Ask the operator to make --state-dir writable, then call again.',
			].join('\n'),
		);
		expect(changes()).toHaveLength(before);
		failures.splice(0);
		expect((await callWithProgress(client, 'purge_resume', { resume })).structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(requests))).toEqual(new Set(ALL_TAGS));
	});

	test('that has expired is neither listed nor logged when its file cannot be removed', async () => {
		const { resume, state, clock } = await leaveUnfinished();
		fail('rm', '.jsonl');
		clock.advance(DAY_MS);
		const log: string[] = [];
		expect(await openJournal(state, clock, log).list()).toEqual([]);
		expect(log).toEqual([]);
		expect(filesIn(state)).toEqual([`${resume}.jsonl`]);
	});

	test('that two servers resume at once is refused to one where the file system has no links', async () => {
		fail('link', '.new', 'ENOTSUP');
		const { client, resume, another } = await leaveUnfinished();
		const other = await another();
		const answers = await Promise.all(
			[client, other.client].map((one) => callWithProgress(one, 'purge_resume', { resume })),
		);
		expect(answers.filter(({ isError }) => isError)).toHaveLength(1);
		expect(answers.find(({ isError }) => isError)?.text).toContain(`Another call is working on handle ${resume}.`);
	});
});
