/** Tests that CONTRIBUTING.md, SECURITY.md and CHANGELOG.md name only what exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(resolve(ROOT, name), 'utf8');
const facts = JSON.parse(read('package.json')) as { version: string; scripts: Record<string, string> };

/** Folders below `folder`, without those that git does not know because they are empty. */
const foldersOf = (folder: string) =>
	readdirSync(resolve(ROOT, folder), { withFileTypes: true })
		.filter((entry) => entry.isDirectory() && readdirSync(resolve(ROOT, folder, entry.name)).length > 0)
		.map(({ name }) => name);

describe.each(['CONTRIBUTING.md', 'SECURITY.md', 'README.md'])('%s', (name) => {
	const text = read(name);

	test('names only files and folders of the repository that exist', () => {
		const paths = [...text.matchAll(/(?:^|[\s`(])((?:src|test)(?:\/[\w.-]+)+)/gm)].map(([, path = '']) => path);
		expect(paths.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
	});

	test('links only to files and headings that exist', () => {
		const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(
			([, heading = '']) =>
				`#${heading
					.toLowerCase()
					.replace(/[^\w -]/g, '')
					.replaceAll(' ', '-')}`,
		);
		const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
		const missing = targets
			.filter((target) => !/^https?:/.test(target))
			.filter((target) => (target.startsWith('#') ? !headings.includes(target) : !existsSync(resolve(ROOT, target))));
		expect(missing).toEqual([]);
	});

	test('names only npm scripts that exist', () => {
		const scripts = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, script = '']) => script);
		expect(scripts.filter((script) => !(script in facts.scripts))).toEqual([]);
	});
});

describe('CONTRIBUTING.md', () => {
	test.for([
		['src', ['build', 'commands']],
		['test', ['bench', 'support']],
	] as const)('has a row for every folder of %s', ([folder, some]) => {
		const rows = [...read('CONTRIBUTING.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, room]) => room);
		expect(foldersOf(folder)).toEqual(expect.arrayContaining([...some]));
		expect(foldersOf(folder).filter((room) => !rows.includes(room))).toEqual([]);
	});
});

test('CHANGELOG.md has a section for unreleased changes and one for the version of the package', () => {
	const sections = [...read('CHANGELOG.md').matchAll(/^## \[([^\]]+)\]/gm)].map(([, section]) => section);
	expect(sections.slice(0, 2)).toEqual(['Unreleased', facts.version]);
});
