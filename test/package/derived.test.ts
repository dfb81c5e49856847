/** Files that are derived from the source are as `npm run generate` writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deriveFiles, SNAPSHOTS } from '../../src/build/derived.js';
import { TABLES, updateReadme } from '../../src/build/readme.js';
import { ROOT } from './folder.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const derived = deriveFiles(read);

test.for(Object.entries(derived))('%s is as the source derives it (else: npm run generate)', ([path, text]) => {
	expect(read(path)).toBe(text);
});

test('the folder of snapshots holds no tool that the product does not have', () => {
	const expected = Object.keys(derived).filter((path) => path.startsWith(SNAPSHOTS));
	expect(readdirSync(join(ROOT, SNAPSHOTS)).map((file) => `${SNAPSHOTS}/${file}`)).toEqual(expected.sort());
});

describe('updateReadme', () => {
	const readme = Object.keys(TABLES)
		.map((name) => `before ${name}\n<!-- ${name} -->\nold\n<!-- /${name} -->\nafter ${name}\n`)
		.join('');

	test('replaces what stands between the markers, and nothing else', () => {
		const updated = updateReadme(readme);
		for (const [name, table] of Object.entries(TABLES))
			expect(updated).toContain(`before ${name}\n<!-- ${name} -->\n${table}<!-- /${name} -->\nafter ${name}\n`);
		expect(updated).not.toContain('old\n');
	});

	test.for(Object.keys(TABLES))('refuses a README without the marker that ends %s', (name) => {
		expect(() => updateReadme(readme.replace(`<!-- /${name} -->`, ''))).toThrow(`<!-- /${name} -->`);
	});
});
