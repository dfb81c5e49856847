/** A beat on an injected clock: as long as it is wanted, and where time passes. */
import { expect, test } from 'vitest';
import { type Clock, repeatEvery } from '../../src/base/clock.js';
import { createVirtualClock } from '../support/clock.js';

test('a beat comes every so often until it is stopped', async () => {
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

test('a clock on which no time passes has no beat', async () => {
	const still: Clock = { now: () => 0, sleep: async () => undefined };
	let beats = 0;
	repeatEvery(still, 5_000, () => beats++);
	await new Promise(setImmediate);
	expect(beats).toBe(0);
});
