/** Beats on an injected clock. */
import { describe, expect, test } from 'vitest';
import { type Clock, repeatEvery } from '../../src/base/clock.js';
import { createVirtualClock } from '../support/clock.js';

describe('repeatEvery', () => {
	test('beats at every interval until it is stopped', async () => {
		const clock = createVirtualClock();
		const began = clock.now();
		const beats: number[] = [];
		await new Promise<void>((resolve) => {
			const stop = repeatEvery(clock, 5_000, () => {
				beats.push(clock.now() - began);
				if (beats.length < 3) return;
				stop();
				resolve();
			});
		});
		await clock.sleep(60_000);
		expect(beats).toEqual([5_000, 10_000, 15_000]);
	});

	test('never beats on a clock whose sleeps take no time', async () => {
		const instant: Clock = { now: () => 0, sleep: async () => undefined };
		let beats = 0;
		repeatEvery(instant, 5_000, () => beats++);
		await new Promise(setImmediate);
		expect(beats).toBe(0);
	});
});
