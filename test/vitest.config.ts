import { defineConfig } from 'vitest/config';

// Whole processes are spawned on machines of unknown speed: the limits only end a hang, they judge nothing.
export default defineConfig({
	test: { dir: import.meta.dirname, testTimeout: 60_000, hookTimeout: 60_000, reporters: ['default'] },
});
