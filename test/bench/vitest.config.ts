import { defineConfig } from 'vitest/config';

// Measured one after the other, on real time: nothing else may run beside it.
export default defineConfig({
	test: {
		dir: import.meta.dirname,
		include: ['purge.ts'],
		fileParallelism: false,
		testTimeout: 120_000,
		hookTimeout: 60_000,
		reporters: ['default'],
	},
});
