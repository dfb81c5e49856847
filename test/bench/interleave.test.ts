/** Tests the measuring of several subjects in turn. */
import { expect, test } from 'vitest';
import { interleave, median } from './interleave.js';

test('interleave measures subjects in turn and drops the warm-up rounds', async () => {
	const turns: string[] = [];
	const subject = (name: string) => async () => turns.push(name);
	const samples = await interleave({ a: subject('a'), b: subject('b') }, { rounds: 2, warmUp: 1 });
	expect(turns.join('')).toBe('ababab');
	expect(samples).toEqual({ a: [3, 5], b: [4, 6] });
});

test('median gives the middle value, the mean of the two middle values, or an error for none', () => {
	expect(median([30, 1, 2])).toBe(2);
	expect(median([4, 1, 3, 2])).toBe(2.5);
	expect(() => median([])).toThrow('nothing was measured');
});
