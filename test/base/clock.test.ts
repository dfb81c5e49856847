/** Beats on an injected clock. */
import { describe, expect, test } from 'vitest';
import { repeatEvery } from '../../src/base/clock.js';
import { createManualClock, createVirtualClock } from '../support/clock.js';

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

	test('does not beat when it is stopped before its first interval has passed', async () => {
		const clock = createManualClock();
		let beats = 0;
		const stop = repeatEvery(clock, 5_000, () => beats++);
		await clock.run(4_999);
		stop();
		await clock.run();
		expect([beats, clock.elapsed()]).toEqual([0, 4_999]);
	});
});
