/** Slices of long lists: every item once and in order, with a turn of the event loop in between. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inSlices } from '../../src/base/slices.js';

async function collect<Item>(items: Iterable<Item>, size?: number): Promise<(readonly Item[])[]> {
	const slices: (readonly Item[])[] = [];
	for await (const slice of inSlices(items, size)) slices.push(slice);
	return slices;
}

/** Counts the turns of the event loop until `work` has ended. */
async function countTurns(work: Promise<unknown>): Promise<number> {
	let turns = 0;
	let isOver = false;
	const count = () => {
		if (isOver) return;
		turns++;
		setImmediate(count);
	};
	setImmediate(count);
	await work;
	isOver = true;
	return turns;
}

describe('inSlices', () => {
	test('yields every item once, in order, in slices of the given size and a last one with the rest', () =>
		fc.assert(
			fc.asyncProperty(
				fc.array(fc.integer(), { maxLength: 50 }),
				fc.integer({ min: 1, max: 10 }),
				async (items, size) => {
					const slices = await collect(items, size);
					expect(slices.flat()).toEqual(items);
					expect(slices.slice(0, -1).every(({ length }) => length === size)).toBe(true);
					expect(slices).toHaveLength(Math.ceil(items.length / size));
				},
			),
		));

	test('yields 4,500 items as slices of 2,000, 2,000 and 500 when no size is given', async () => {
		const slices = await collect(Array(4_500).keys());
		expect(slices.map(({ length }) => length)).toEqual([2_000, 2_000, 500]);
	});

	test('lets the event loop run once between two slices', async () => {
		expect(await countTurns(collect([1, 2, 3, 4, 5, 6], 2))).toBe(2);
	});

	test('does not wait when all items fit into one slice', async () => {
		expect(await countTurns(collect([1, 2], 2))).toBe(0);
	});

	test('takes no item of the second slice before the first one is used', async () => {
		const taken: number[] = [];
		const items = (function* () {
			for (const item of [1, 2, 3, 4]) {
				taken.push(item);
				yield item;
			}
		})();
		for await (const _ of inSlices(items, 2)) break;
		expect(taken).toEqual([1, 2]);
	});
});
