/** Forms: how long one stays open, how the client hears meanwhile, and when no more are shown. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CancelledNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AuditEntry } from '../../../src/call/audit-entry.js';
import { createManualClock, createVirtualClock } from '../../support/clock.js';
import { openSession, types, type User, ZONE } from '../../support/session.js';

const MINUTE_MS = 60_000;
const decline: User = () => ({ action: 'decline' });

describe('after three refusals within 10 minutes', () => {
	/** A session whose user refused three forms and would confirm the next one. */
	async function refuseThreeTimes() {
		let user = decline;
		const clock = createVirtualClock();
		const session = await openSession({ user: (request) => user(request), clock });
		for (const tool of ['purge_everything', 'invalidate_everything', 'purge_everything'])
			await session.call(tool, { zone: ZONE });
		user = types(ZONE);
		return { ...session, clock };
	}

	test.for(['purge_everything', 'invalidate_everything', 'cache_reserve_clear'])(
		'%s shows no form, says so and changes nothing',
		async (tool) => {
			const { call, forms, changes } = await refuseThreeTimes();
			const { text } = await call(tool, { zone: ZONE });
			expect(text).toMatch(/^Confirmation forms were refused 3 times within 10 minutes, so none is shown for now\./);
			expect(text).toContain('Nothing was changed.');
			expect(forms).toHaveLength(3);
			expect(changes()).toEqual([]);
		},
	);

	test('a form is shown again 10 minutes later', async () => {
		const { call, forms, clock } = await refuseThreeTimes();
		clock.advance(10 * MINUTE_MS + 1);
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(forms).toHaveLength(4);
	});
});

describe('a mistyped zone name', () => {
	test('is refused and not asked for again in the same call', async () => {
		const { call, forms, changes } = await openSession({ user: types('exmaple.com') });
		const { text } = await call('purge_everything', { zone: ZONE });
		expect(text).toMatch(/^The text typed in the confirmation form is not the zone name\.\nNothing was changed\./);
		expect(forms).toHaveLength(1);
		expect(changes()).toEqual([]);
	});

	test('counts as a refusal from the third within 10 minutes on, so that the sixth call shows no form', async () => {
		const { call, forms, changes } = await openSession({ user: types('exmaple.com') });
		for (let at = 0; at < 7; at++) await call('purge_everything', { zone: ZONE });
		expect(forms).toHaveLength(5);
		expect(changes()).toEqual([]);
	});

	test('of more than 10 minutes ago is forgotten', async () => {
		const clock = createVirtualClock();
		const { call, forms } = await openSession({ user: types('exmaple.com'), clock });
		for (let at = 0; at < 12; at++) {
			await call('purge_everything', { zone: ZONE });
			clock.advance(6 * MINUTE_MS);
		}
		expect(forms).toHaveLength(12);
	});
});

describe('40 calls at once', () => {
	test('show one form, and the others are refused without a request', async () => {
		let decide: () => void = () => undefined;
		const decided = new Promise<void>((resolve) => {
			decide = resolve;
		});
		const { call, forms, changes } = await openSession({
			clock: createManualClock(),
			user: async () => {
				await decided;
				return { action: 'decline' };
			},
		});
		let ended = 0;
		const calls = Array.from({ length: 40 }, async (_, at) => {
			const answer = await call(at % 2 ? 'purge_everything' : 'invalidate_everything', { zone: ZONE });
			if (++ended === 39) decide();
			return answer;
		});
		const texts = (await Promise.all(calls)).map(({ text }) => text.split('\n')[0]);
		expect(forms).toHaveLength(1);
		const open = 'A confirmation form is open already, and only one is shown at a time.';
		expect(texts.filter((text) => text === open)).toHaveLength(39);
		expect(texts.filter((text) => text === 'The confirmation form was declined.')).toHaveLength(1);
		expect(changes()).toEqual([]);
	});

	test('leave the next form free once the first is answered', async () => {
		const { call, forms } = await openSession({ user: types(ZONE) });
		for (let at = 0; at < 3; at++)
			expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(forms).toHaveLength(3);
	});
});

describe('while its form is open, a call', () => {
	/** A user who is shown the form and answers when told. */
	async function undecided() {
		let answer: (result: Awaited<ReturnType<User>>) => void = () => undefined;
		let shown: () => void = () => undefined;
		const seen = new Promise<void>((resolve) => {
			shown = resolve;
		});
		const session = await openSession({
			clock: createManualClock(),
			user: () => {
				shown();
				return new Promise((resolve) => {
					answer = resolve;
				});
			},
		});
		return { ...session, seen, answer: (result: Awaited<ReturnType<User>>) => answer(result) };
	}

	test('reports progress that increases, every 5 seconds', async () => {
		const clock = createVirtualClock();
		const { client } = await openSession({
			clock,
			user: async () => {
				await clock.sleep(16_000);
				return { action: 'accept', content: { zone: ZONE } };
			},
		});
		const heard: { progress: number; message?: string | undefined }[] = [];
		const call = client.callTool({ name: 'purge_everything', arguments: { zone: ZONE } }, undefined, {
			onprogress: ({ progress, message }) => heard.push({ progress, message }),
		});
		expect((await call).isError).toBeFalsy();
		const waiting = heard.filter(({ message }) => message === 'waiting for the user to confirm');
		expect(waiting).toHaveLength(3);
		const values = heard.map(({ progress }) => progress);
		expect(values).toEqual([...new Set(values)].sort((one, other) => one - other));
	});

	test('accepts an answer just before 5 minutes have passed', async () => {
		const clock = createVirtualClock();
		const { call, changes } = await openSession({
			clock,
			user: async () => {
				await clock.sleep(5 * MINUTE_MS - 1);
				return { action: 'accept', content: { zone: ZONE } };
			},
		});
		expect((await call('purge_everything', { zone: ZONE })).structured?.status).toBe('done');
		expect(changes()).toHaveLength(1);
	});

	test('is refused after 5 minutes without an answer, closes the form and sends nothing', async () => {
		const clock = createVirtualClock();
		const began = clock.now();
		const { client, call, changes } = await openSession({ clock, user: () => new Promise(() => undefined) });
		const closed = new Promise((resolve) =>
			client.setNotificationHandler(CancelledNotificationSchema, ({ params }) => resolve(params.reason)),
		);
		const { text, isError } = await call('purge_everything', { zone: ZONE });
		expect(isError).toBe(true);
		expect(text).toMatch(/^The confirmation form was not answered within 5 minutes\.\nNothing was changed\./);
		expect(clock.now() - began).toBe(5 * MINUTE_MS);
		expect(await closed).toBe('The form was not answered in time.');
		expect(changes()).toEqual([]);
	});

	test('that its client cancels counts as interrupted and not as refused, however often', async () => {
		const log = join(mkdtempSync(join(tmpdir(), 'forms-')), 'audit.jsonl');
		onTestFinished(() => rmSync(dirname(log), { recursive: true }));
		let seen: () => void = () => undefined;
		let decided: ReturnType<User> | undefined;
		const { call, changes } = await openSession({
			clock: createManualClock(),
			flags: ['--audit-log', log],
			user: () => {
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

	test('that its client cancels sends nothing, even when the user confirms later', async () => {
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
