/** The tree keeps its promises about size: few rooms, and files that fit on a few screens. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, ROOT } from './folder.js';

const SRC = join(ROOT, 'src');
const TEST = join(ROOT, 'test');

const linesIn = (folder: string) =>
	filesIn(folder)
		.filter((file) => file.endsWith('.ts'))
		.map((file) => ({ file, lines: readFileSync(join(folder, file), 'utf8').split('\n').length - 1 }));
const longerThan = (folder: string, most: number) => linesIn(folder).filter(({ lines }) => lines > most);

test('src has at most 5 files beside its folders', () => {
	const files = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isFile());
	expect(files.length).toBeLessThanOrEqual(5);
});

test('src has at most 11 folders at its top', () => {
	const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
	expect(folders.length).toBeLessThanOrEqual(11);
});

test('no file of src has more than 250 lines', () => {
	expect(longerThan(SRC, 250)).toEqual([]);
});

test('no file of test has more than 400 lines', () => {
	expect(longerThan(TEST, 400)).toEqual([]);
});

test('half of the files of src have at most 80 lines', () => {
	const sizes = linesIn(SRC)
		.map(({ lines }) => lines)
		.sort((a, b) => a - b);
	expect(sizes.length).toBeGreaterThan(100);
	expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(80);
});
