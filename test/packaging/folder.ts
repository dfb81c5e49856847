/** Folders of the tests' own, and what is in them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';

/** Root of the repository. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** An empty folder that is removed when `until` says so. */
export function emptyFolder(until: (end: () => void) => void): string {
	const folder = mkdtempSync(join(tmpdir(), 'packaging-'));
	until(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** The files below a folder, with slashes, in order. */
export function filesIn(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
}
