/** Folders of the tests' own, and what is in them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { preparedFileOf } from '../../src/mcp/prepared-tools.js';
import { ZONE_ARGUMENTS } from '../../src/operations/input.js';

/** Root of the repository. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** What the build writes into dist beside code. */
export const BESIDE_CODE = ['THIRD_PARTY_LICENSES', ...ZONE_ARGUMENTS.map(preparedFileOf).sort()].map(
	(name) => `dist/${name}`,
);

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
