/** Measuring side by side. */
import { expect, test } from 'vitest';
import { interleave, median } from './interleave.js';

test('subjects take turns, and the rounds that warm them up are dropped', async () => {
	const turns: string[] = [];
	const subject = (name: string) => async () => turns.push(name);
	const samples = await interleave({ a: subject('a'), b: subject('b') }, { rounds: 2, warmUp: 1 });
	expect(turns.join('')).toBe('ababab');
	expect(samples).toEqual({ a: [3, 5], b: [4, 6] });
});

test('the median is the value in the middle, or between the two in the middle', () => {
	expect(median([30, 1, 2])).toBe(2);
	expect(median([4, 1, 3, 2])).toBe(2.5);
	expect(() => median([])).toThrow('nothing was measured');
});
