/** The contract of stores of unfinished calls. Each store passes the same tests. */
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.js';
import {
	KEEP_HOURS,
	type Lease,
	type PendingWork,
	type Unfinished,
	type WorkRule,
} from '../../../src/call/unfinished.js';
import { InputError, Refused } from '../../../src/errors.js';
import { createManualClock } from '../../support/clock.js';
import { ADMIT_ALL, DAY_MS } from '../../support/unfinished.js';

/** Opens stores that share what they keep, as servers beside each other do. */
export type OpenUnfinished = () => Promise<(options: { clock: Clock; rule: WorkRule }) => Unfinished>;

const ZONE = { id: 'zone-id', name: 'example.com', plan: 'free', account: 'Account', accountId: 'account-id' };

/** Work of so many requests, with one tag each. */
export const workOf = (requests: number): PendingWork => ({
	tool: 'purge_cache',
	zone: ZONE,
	args: { environment_id: 'production' },
	requests: Array.from({ length: requests }, (_, at) => ({ kind: 'tags', items: [`tag-${at}`] })),
});

/** A lease that ends with the test. */
function held(lease: Lease): Lease {
	onTestFinished(() => lease.release(false));
	return lease;
}

/** Declares the tests of a store. */
export function testUnfinished(openAll: OpenUnfinished): void {
	/** Two servers beside each other, on one clock. */
	const open = async (rule: WorkRule = ADMIT_ALL) => {
		const clock = createManualClock();
		const openOne = await openAll();
		return { clock, one: openOne({ clock, rule: ADMIT_ALL }), other: openOne({ clock, rule }) };
	};
	const UNKNOWN = /^No unfinished call has the handle /;

	describe('a call that was begun', () => {
		test('is listed by every server, with what is left', async () => {
			const { clock, one, other } = await open();
			const lease = held(await one.begin(workOf(5)));
			const { resume } = lease;
			const { id, name } = ZONE;
			const started = new Date(clock.now()).toISOString();
			const expires = new Date(clock.now() + DAY_MS).toISOString();
			const facts = { resume, tool: 'purge_cache', zone: { id, name }, started, expires };
			expect(await other.list()).toEqual([{ ...facts, remaining: { tags: 5 } }]);
			for (const index of [3, 0, 3]) await lease.done(index);
			expect(await other.list()).toEqual([{ ...facts, remaining: { tags: 3 } }]);
		});

		test('belongs to its server until that one releases it', async () => {
			const { one, other } = await open();
			const lease = await one.begin(workOf(3));
			for (const server of [one, other])
				await expect(server.lease(lease.resume)).rejects.toThrow(`Another call is working on handle ${lease.resume}.`);
			await lease.done(1);
			await lease.release(false);
			const next = held(await other.lease(lease.resume));
			expect([next.resume, next.work, next.remaining]).toEqual([lease.resume, workOf(3), [0, 2]]);
			await expect(one.lease(lease.resume)).rejects.toThrow(Refused);
		});

		test('is unknown once it was finished', async () => {
			const { one, other } = await open();
			const lease = await one.begin(workOf(2));
			for (const index of [0, 1]) await lease.done(index);
			await lease.release(true);
			expect(await other.list()).toEqual([]);
			await expect(other.lease(lease.resume)).rejects.toThrow(UNKNOWN);
		});

		test('is unknown after a day', async () => {
			const { clock, one, other } = await open();
			const lease = await one.begin(workOf(2));
			await lease.release(false);
			clock.advance(KEEP_HOURS * 60 * 60_000 - 1);
			expect(await other.list()).toHaveLength(1);
			clock.advance(1);
			expect(await other.list()).toEqual([]);
			await expect(other.lease(lease.resume)).rejects.toThrow(UNKNOWN);
		});

		test('is neither listed nor named nor leased where the rule does not admit it, and stays', async () => {
			const { one, other } = await open({ ...ADMIT_ALL, admits: async () => false });
			const lease = await one.begin(workOf(2));
			await lease.release(false);
			expect(await other.list()).toEqual([]);
			await expect(other.lease(lease.resume)).rejects.toThrow(/No call is unfinished|^No unfinished/);
			expect(await one.list()).toHaveLength(1);
			await (await one.lease(lease.resume)).release(false);
		});

		test('is not leased where a caller could not have sent it', async () => {
			const refuse = () => Promise.reject(new InputError('No.', { advice: '' }));
			const { one, other } = await open({ ...ADMIT_ALL, check: refuse });
			const lease = await one.begin(workOf(2));
			await lease.release(false);
			await expect(other.lease(lease.resume)).rejects.toThrow(UNKNOWN);
		});

		test('comes back as it was', async () => {
			const { one, other } = await open();
			const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
			const request = fc.record({ kind: fc.string(), items: fc.array(json, { maxLength: 3, minLength: 1 }) });
			const requests = fc.array(request, { minLength: 1, maxLength: 250 });
			const args = fc.dictionary(fc.string(), json);
			const property = fc.asyncProperty(requests, args, fc.nat(), async (given, some, random) => {
				const work = { ...workOf(0), args: some, requests: given };
				const begun = await one.begin(work);
				const done = random % given.length;
				if (given.length > 1) await begun.done(done);
				await begun.release(false);
				const lease = await other.lease(begun.resume);
				expect(lease.work).toEqual(work);
				expect(lease.remaining).toEqual([...given.keys()].filter((index) => given.length === 1 || index !== done));
				await lease.release(true);
			});
			await fc.assert(property, { numRuns: 30 });
		});
	});

	test('calls are listed oldest first', async () => {
		const { clock, one, other } = await open();
		const handles: string[] = [];
		for (let at = 0; at < 5; at++) {
			handles.push(held(await one.begin(workOf(1))).resume);
			clock.advance(1_000);
		}
		expect((await other.list()).map(({ resume }) => resume)).toEqual(handles);
	});

	test('of many who lease a call at once, one gets it', async () => {
		const { one, other } = await open();
		const begun = await one.begin(workOf(2));
		await begun.release(false);
		const outcomes = await Promise.allSettled(
			Array.from({ length: 20 }, async (_, at) => held(await (at % 2 ? one : other).lease(begun.resume))),
		);
		expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	});

	test.for(['abcdefghjk', '', '../../etc/passwd', '*', 'ABCDEFGHJK', 'abcdefghjk:r', 'x'.repeat(5_000), '\0'])(
		'the handle %j is unknown, and the refusal names what is unfinished',
		async (handle) => {
			const { one } = await open();
			const { resume } = held(await one.begin(workOf(1)));
			const refusal = await one.lease(handle).catch((error: unknown) => error);
			expect(refusal).toBeInstanceOf(InputError);
			expect(refusal).toMatchObject({
				message: expect.stringMatching(UNKNOWN),
				advice: { also: `Unfinished calls: ${resume} (purge_cache, example.com).` },
			});
		},
	);
}
