import { defineConfig } from 'vitest/config';

/** Ends a hang, and judges nothing: whole processes are spawned on machines of unknown speed, and those of CI are slow. */
const HANG_MS = process.env.CI ? 300_000 : 120_000;

// Tests wait for processes and for the disk, so every core runs one file, where one core would be left idle by default.
export default defineConfig({
	test: {
		dir: import.meta.dirname,
		testTimeout: HANG_MS,
		hookTimeout: HANG_MS,
		// Shorter than a test may take, so that what was waited for is named.
		expect: { poll: { timeout: HANG_MS / 2, interval: 10 } },
		reporters: ['default'],
		maxWorkers: '100%',
	},
});
