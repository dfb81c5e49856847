/** Finds the folder of the repository and lists files in folders. */
import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { PREPARED_FILE } from '../../src/mcp/prepared-tools.js';
import { VIEW_FILE } from '../../src/mcp/view.js';

/** Root of the repository. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Files that the build writes into dist beside code. */
export const BESIDE_CODE = ['THIRD_PARTY_LICENSES', PREPARED_FILE, VIEW_FILE].map((name) => `dist/${name}`);

/** The files below a folder, with slashes, in order. */
export function filesIn(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
}
