/** The contract of stores of snapshots. Each store passes the same tests. */
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import type { SnapshotRule, Snapshots } from '../../../src/call/snapshots.js';
import { InputError, Refused } from '../../../src/errors.js';
import { ZONE, ZONE_ID } from '../../support/session.js';

/** Opens stores that share what they keep, as servers beside each other do. */
export type OpenSnapshots = () => Promise<(options: { clock: Clock; rule: SnapshotRule }) => Snapshots>;

export type Snapshot = Parameters<Snapshots['save']>[0];

const DAY_MS = 24 * 60 * 60_000;

export const SNAPSHOT: Snapshot = {
	zone: { id: ZONE_ID, name: ZONE },
	taken: '2026-03-01T12:00:00.000Z',
	settings: { tiered_caching: 'on' },
};
/** What a change keeps by itself. */
export const UNDO: Snapshot = { ...SNAPSHOT, before: 'variants_delete' };

/** A rule that admits whatever is stored, and finds nothing wrong with it. */
export const ADMIT_ALL: SnapshotRule = {
	owner: async () => ({ api: 'sandbox', credential: 'a' }),
	admits: async () => true,
	parse: (value) => value as Snapshot,
};

const UNKNOWN = /^No snapshot has the id /;

/** A clock that stands still. */
const at = (time: number): Clock => ({ ...systemClock, now: () => time });

/** Declares the tests of a store. */
export function testSnapshots(openAll: OpenSnapshots): void {
	/** Servers beside each other; the second has another rule, or another time. */
	const open = async ({ rule = ADMIT_ALL, daysLater = 0 } = {}) => {
		const openOne = await openAll();
		const now = Date.parse(SNAPSHOT.taken);
		const one = openOne({ clock: at(now), rule: ADMIT_ALL });
		return { one, other: openOne({ clock: at(now + daysLater * DAY_MS), rule }) };
	};

	describe('a snapshot that was saved', () => {
		test('is loaded by every server as it was, and listed', async () => {
			const { one, other } = await open();
			const id = await one.save(SNAPSHOT);
			expect(await other.load(id)).toEqual(SNAPSHOT);
			const { zone, taken } = SNAPSHOT;
			expect(await other.list()).toEqual([{ id, zone, taken, before: undefined }]);
		});

		test('is gone once it was discarded, and no other is', async () => {
			const { one, other } = await open();
			const [kept, id] = [await one.save(UNDO), await one.save(UNDO)];
			await other.discard(id);
			await other.discard('abcdefghjk');
			await expect(one.load(id)).rejects.toThrow(UNKNOWN);
			expect((await one.list()).map((facts) => facts.id)).toEqual([kept]);
		});

		test.each([
			[90, true],
			[91, false],
		])('can be loaded after %i days: %s', async (daysLater, isKept) => {
			const { one, other } = await open({ daysLater });
			const id = await one.save(SNAPSHOT);
			expect(await other.list()).toHaveLength(isKept ? 1 : 0);
			if (isKept) expect(await other.load(id)).toEqual(SNAPSHOT);
			else await expect(other.load(id)).rejects.toThrow(UNKNOWN);
		});

		test('is neither listed nor named nor loaded where the rule does not admit it', async () => {
			const { one, other } = await open({ rule: { ...ADMIT_ALL, admits: async () => false } });
			const id = await one.save(SNAPSHOT);
			expect(await other.list()).toEqual([]);
			const refusal = await other.load(id).catch((error: unknown) => error);
			expect(refusal).toBeInstanceOf(InputError);
			expect(refusal).toMatchObject({ advice: { also: 'No snapshot is kept. cache_snapshot takes one.' } });
		});

		test('is not loaded where a caller could not have sent it', async () => {
			const { one, other } = await open({ rule: { ...ADMIT_ALL, parse: () => undefined } });
			await expect(other.load(await one.save(SNAPSHOT))).rejects.toThrow(UNKNOWN);
		});

		test('is refused when it is larger than 2 MB', async () => {
			const { one } = await open();
			const large = { ...SNAPSHOT, rules: { x: [{ name: 'x'.repeat(2_000_000), checksum: 'y' }] } };
			const refusal = await one.save(large).catch((error: unknown) => error);
			expect(refusal).toBeInstanceOf(Refused);
			expect(refusal).toMatchObject({ message: 'The snapshot is larger than 2 MB.' });
			expect(await one.list()).toEqual([]);
		});
	});

	test('snapshots are listed newest first, and a refusal names the newest five', async () => {
		const { one, other } = await open();
		const days = Array.from({ length: 7 }, (_, day) => `2026-02-0${day + 1}T12:00:00.000Z`);
		const ids: string[] = [];
		for (const taken of days) ids.unshift(await one.save({ ...SNAPSHOT, taken }));
		expect((await other.list()).map(({ id }) => id)).toEqual(ids);
		const refusal = await other.load('abcdefghjk').catch((error: unknown) => error);
		const named = ids.slice(0, 5).map((id, index) => `${id} (${ZONE}, ${days.at(-1 - index)})`);
		expect(refusal).toMatchObject({ advice: { also: `The newest: ${named.join('; ')}.` } });
	});

	test('100 of each kind are kept, and undo never pushes out what was asked for', async () => {
		const { one, other } = await open();
		const id = await one.save(SNAPSHOT);
		for (let count = 0; count < 110; count++) await one.save(UNDO);
		const facts = await other.list();
		expect(facts.filter(({ before }) => before !== undefined)).toHaveLength(100);
		expect(await other.load(id)).toEqual(SNAPSHOT);
	});

	test('50 MB of each kind are kept', async () => {
		const { one, other } = await open();
		const large = { ...SNAPSHOT, rules: { x: [{ name: 'x'.repeat(1_900_000), checksum: 'y' }] } };
		for (let count = 0; count < 28; count++) await one.save(large);
		expect(await other.list()).toHaveLength(26);
	});

	test.each(['abcdefghjk', '', '../snapshots/x', '*', 'ABCDEFGHJK', 'x'.repeat(5_000), '\0'])(
		'the id %j is unknown',
		async (id) => {
			const { one } = await open();
			await one.save(SNAPSHOT);
			await expect(one.load(id)).rejects.toThrow(UNKNOWN);
		},
	);
}
