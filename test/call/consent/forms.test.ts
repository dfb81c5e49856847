/** Forms: signs of life while a person decides, an end when nobody does, and no wearing down. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuditEntry } from '../../../src/call/audit.js';
import { createVirtualClock } from '../../support/clock.js';
import { connect, type Person, types, ZONE } from '../../support/session.js';

const decline: Person = () => ({ action: 'decline' });

describe('a form that was declined three times within ten minutes', () => {
	async function wornDown(now: () => number) {
		let person = decline;
		const session = await connect({ person: (request) => person(request), now });
		for (let at = 0; at < 3; at++) await session.call('purge_everything', { zone: ZONE });
		person = types(ZONE);
		return session;
	}

	test('is not shown again, and the refusal says so', async () => {
		const { call, forms, changes } = await wornDown(() => 0);
		const { text } = await call('purge_everything', { zone: ZONE });
		expect(text).toMatch(/refused 3 times within ten minutes, so it is not shown again/);
		expect(text).toContain('Nothing was changed.');
		expect(forms).toHaveLength(3);
		expect(changes()).toEqual([]);
	});

	test('is shown again after ten minutes', async () => {
		let now = 0;
		const { call, forms } = await wornDown(() => now);
		now = 10 * 60_000 + 1;
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(forms).toHaveLength(4);
	});

	test('does not keep the form of another tool away', async () => {
		const { call } = await wornDown(() => 0);
		expect((await call('invalidate_everything', { zone: ZONE })).structured?.status).toBe('done');
	});
});

test('a mistyped zone name does not count as declined', async () => {
	const { call, forms } = await connect({ person: types('exmaple.com') });
	for (let at = 0; at < 5; at++) await call('purge_everything', { zone: ZONE });
	expect(forms).toHaveLength(5);
});

describe('while the person decides', () => {
	afterEach(() => void vi.useRealTimers());

	/** A person who is shown the form and does nothing until told. */
	async function undecided() {
		let answer: (result: Awaited<ReturnType<Person>>) => void = () => undefined;
		let shown: () => void = () => undefined;
		const seen = new Promise<void>((resolve) => {
			shown = resolve;
		});
		const session = await connect({
			person: () => {
				shown();
				return new Promise((resolve) => {
					answer = resolve;
				});
			},
		});
		return { ...session, seen, answer: (result: Awaited<ReturnType<Person>>) => answer(result) };
	}

	test('the client is told every five seconds that the call is alive, by progress that increases', async () => {
		const clock = createVirtualClock();
		const { client } = await connect({
			clock,
			person: async () => {
				await clock.sleep(16_000);
				return { action: 'accept', content: { zone: ZONE } };
			},
		});
		const told: { progress: number; message?: string | undefined }[] = [];
		const call = client.callTool({ name: 'purge_everything', arguments: { zone: ZONE } }, undefined, {
			onprogress: ({ progress, message }) => told.push({ progress, message }),
		});
		expect((await call).isError).toBeFalsy();
		const waiting = told.filter(({ message }) => message === 'waiting for the person to confirm');
		expect(waiting).toHaveLength(3);
		const values = told.map(({ progress }) => progress);
		expect(values).toEqual([...new Set(values)].sort((one, other) => one - other));
	});

	test('no answer within five minutes is a refusal', async () => {
		const { call, seen, changes } = await undecided();
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		const answer = call('purge_everything', { zone: ZONE }, { signal: new AbortController().signal });
		await seen;
		vi.advanceTimersByTime(5 * 60_000 - 1);
		vi.advanceTimersByTime(2);
		const { text } = await answer.catch((error: Error) => ({ text: error.message }));
		// The client's own patience ends first (60 s); either way nothing was sent.
		expect(text).toMatch(/not answered in time|timed out/i);
		expect(changes()).toEqual([]);
	});

	test("the client's cancel is nobody's refusal, however often, and the audit log says what it was", async () => {
		const log = join(mkdtempSync(join(tmpdir(), 'forms-')), 'audit.jsonl');
		onTestFinished(() => rmSync(dirname(log), { recursive: true }));
		let seen: () => void = () => undefined;
		let decided: ReturnType<Person> | undefined;
		const { call, changes } = await connect({
			flags: ['--audit-log', log],
			person: () => {
				seen();
				return decided ?? new Promise<never>(() => undefined);
			},
		});
		for (let times = 0; times < 3; times++) {
			const client = new AbortController();
			const shown = new Promise<void>((resolve) => {
				seen = resolve;
			});
			const cancelled = call('purge_everything', { zone: ZONE }, { signal: client.signal }).catch(() => 'cancelled');
			await shown;
			client.abort();
			expect(await cancelled).toBe('cancelled');
		}
		expect(changes()).toEqual([]);
		decided = { action: 'accept', content: { zone: ZONE } };
		expect((await call('purge_everything', { zone: ZONE })).structured).toMatchObject({ status: 'done' });
		const lines = readFileSync(log, 'utf8').trim().split('\n');
		const ends = lines.map((line) => JSON.parse(line) as AuditEntry).filter(({ outcome }) => outcome !== 'started');
		expect(ends.map(({ outcome, consent }) => [outcome, consent])).toEqual([
			...Array(3).fill(['interrupted', 'none']),
			['done', 'form'],
		]);
	});

	test("the client's cancel ends it, and nothing is sent", async () => {
		const { call, seen, answer, changes } = await undecided();
		const client = new AbortController();
		const cancelled = call('purge_everything', { zone: ZONE }, { signal: client.signal }).catch(() => 'cancelled');
		await seen;
		client.abort();
		expect(await cancelled).toBe('cancelled');
		answer({ action: 'accept', content: { zone: ZONE } });
		expect((await call('tiered_cache_get', { zone: ZONE })).isError).toBe(false);
		expect(changes()).toEqual([]);
	});
});
