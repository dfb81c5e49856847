import { defineConfig } from 'vitest/config';

// Whole processes are spawned on machines of unknown speed: the limits only end a hang, they judge nothing. Tests wait for
// processes and for the disk, so every core runs one file, where one core would be left idle by default.
export default defineConfig({
	test: {
		dir: import.meta.dirname,
		testTimeout: 120_000,
		hookTimeout: 120_000,
		// Shorter than a test may take, so that what was waited for is named.
		expect: { poll: { timeout: 60_000, interval: 10 } },
		reporters: ['default'],
		maxWorkers: '100%',
	},
});
