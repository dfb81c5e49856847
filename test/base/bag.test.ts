/** A bag keeps what was added until it is removed, whatever else comes and goes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bag, type Kept } from '../../src/base/bag.js';

test('A bag holds exactly what was added and not removed, after any changes', () =>
	fc.assert(
		fc.property(fc.array(fc.nat(20)), (steps) => {
			const bag = new Bag<number>();
			const kept: Kept<number>[] = [];
			const expected = new Set<number>();
			steps.forEach((step, at) => {
				const old = kept[step];
				if (old) {
					bag.remove(old);
					expected.delete(old.value);
				} else {
					kept.push(bag.add(at));
					expected.add(at);
				}
				expect([...bag].sort()).toEqual([...expected].sort());
				expect(bag.size).toBe(expected.size);
			});
		}),
	));

test('what is removed while a bag is gone through is still met, and what is added is not', () => {
	const bag = new Bag<string>();
	const kept = [bag.add('a'), bag.add('b')];
	const met: string[] = [];
	for (const value of bag) {
		met.push(value);
		for (const one of kept) bag.remove(one);
		bag.add('c');
	}
	expect(met).toEqual(['a', 'b']);
});
