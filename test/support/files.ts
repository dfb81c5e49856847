/** Folders and files of a test. They are removed when the test ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes an empty folder. It is removed when the test ends, or when `until` calls back, such as `afterAll`. */
export function temporaryFolder(until: (end: () => void) => void = onTestFinished): string {
	const folder = mkdtempSync(join(tmpdir(), 'cloudflare-cache-mcp-'));
	until(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** Writes a file in a new temporary folder and returns its path. */
export function temporaryFile(name: string, text: string): string {
	const path = join(temporaryFolder(), name);
	writeFileSync(path, text);
	return path;
}
