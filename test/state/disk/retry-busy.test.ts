/** Files that another program holds, as scanners do on Windows: a short wait helps, and where it does not, the call says so. */
import { writeFileSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openJournal } from '../../../src/state/disk/journal.js';
import { createVirtualClock } from '../../support/clock.js';
import { connect } from '../../support/session.js';
import { appliedOf, callPatiently, filesIn, folder, leaveUnfinished, PRO, tagsOf } from '../../support/unfinished.js';

/** What the system says to the next uses of a function on a name with this ending. */
const troubles: { use: string; ending: string; code: string; times: number }[] = [];
afterEach(() => void troubles.splice(0));

vi.mock('node:fs/promises', async (load) => {
	const real = await load<typeof Files>();
	const fail = (use: string, path: unknown) => {
		const trouble = troubles.find((one) => one.use === use && one.times > 0 && String(path).endsWith(one.ending));
		if (!trouble) return;
		trouble.times--;
		throw Object.assign(new Error(`${trouble.code}: made up`), { code: trouble.code });
	};
	const wrap =
		<Use extends 'rename' | 'rm' | 'link' | 'truncate'>(use: Use) =>
		async (...args: unknown[]) => {
			fail(use, args[0]);
			return (real[use] as (...all: unknown[]) => Promise<void>)(...args);
		};
	return { ...real, rename: wrap('rename'), rm: wrap('rm'), link: wrap('link'), truncate: wrap('truncate') };
});

const busy = (use: string, ending: string, code = 'EPERM', times = Number.POSITIVE_INFINITY) =>
	void troubles.push({ use, ending, code, times });

/** A call of two requests, and what stays in its state directory. */
async function purge(state = folder()) {
	const clock = createVirtualClock();
	const began = clock.now();
	const { call, changes } = await connect({ clock, env: { CF_CACHE_STATE_DIR: state } });
	const answer = await call('purge_cache', { zone: PRO, tags: tagsOf(200) });
	return { answer, state, changes, waited: clock.now() - began };
}

describe('a plan that cannot be put in its place', () => {
	test.for(['EPERM', 'EACCES', 'EBUSY'])('because of %s is put there a moment later', async (code) => {
		busy('rename', '.new', code, 2);
		const { answer, waited, state } = await purge();
		expect(answer.structured).toMatchObject({ status: 'done' });
		expect(waited).toBeGreaterThan(0);
		expect(filesIn(state)).toEqual([]);
	});

	test('at all stops the call within a second, and nothing is sent or left', async () => {
		busy('rename', '.new');
		const { answer, waited, changes, state } = await purge();
		expect(answer.text).toMatch(
			/^The plan of this call cannot be kept in the state directory \(EPERM\)\.\nNothing was/,
		);
		expect(waited).toBeLessThan(1_000);
		expect(changes()).toEqual([]);
		expect(filesIn(state)).toEqual([]);
	});

	test('for another reason is not tried again', async () => {
		busy('rename', '.new', 'ENOSPC');
		expect((await purge()).waited).toBe(0);
	});

	test('and a draft that cannot be removed either says the same', async () => {
		busy('rename', '.new');
		busy('rm', '.new');
		expect((await purge()).answer.text).toMatch(/^The plan of this call cannot be kept/);
	});
});

describe('a purge that is done', () => {
	test.for(['.jsonl', '.lock'])('is done also when its %s cannot be removed', async (ending) => {
		busy('rm', ending);
		const { answer } = await purge();
		expect(answer.structured).toMatchObject({ status: 'done', sent: { tags: 200 } });
	});

	test('is not listed as unfinished when its file cannot be removed', async () => {
		busy('rm', '.jsonl');
		const { state } = await purge();
		expect(filesIn(state)).toHaveLength(1);
		expect(await openJournal(state, createVirtualClock(), () => undefined).list()).toEqual([]);
	});
});

describe('a handle', () => {
	test('whose stale lock cannot be removed is refused, and can be taken up when it can', async () => {
		const { call, client, changes, requests, resume, state } = await leaveUnfinished();
		writeFileSync(join(state, `${resume}.lock`), '999999999 0123456789ab\n');
		busy('rm', '.lock');
		const before = changes().length;
		const { text } = await call('purge_cache', { resume });
		expect(text).toMatch(
			/^The handle \w+ cannot be taken up in the state directory \(EPERM\)\.\nNothing was changed\./,
		);
		expect(changes()).toHaveLength(before);
		troubles.splice(0);
		expect((await callPatiently(client, 'purge_cache', { resume })).structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(requests)).size).toBe(3_000);
	});

	test('that has expired is not reported as unreadable when its file cannot be removed', async () => {
		const { resume, state, clock } = await leaveUnfinished();
		busy('rm', '.jsonl');
		clock.advance(24 * 60 * 60_000);
		const said: string[] = [];
		expect(await openJournal(state, clock, (_, text) => said.push(text)).list()).toEqual([]);
		expect(said).toEqual([]);
		expect(filesIn(state)).toEqual([`${resume}.jsonl`]);
	});
});

test('where the file system has no links a lock is taken all the same, and by one only', async () => {
	busy('link', '.new', 'ENOTSUP');
	const { client, resume, another } = await leaveUnfinished();
	const other = await another();
	const answers = await Promise.all([client, other.client].map((one) => callPatiently(one, 'purge_cache', { resume })));
	expect(answers.filter(({ isError }) => isError)).toHaveLength(1);
	expect(answers.find(({ isError }) => isError)?.text).toMatch(/is being worked on/);
});
