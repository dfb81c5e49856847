/** Tests that the documents at the top level name only what exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesIn, ROOT } from './folder.js';

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

test('README.md quotes only symptoms that the source can print', () => {
	const source = filesIn(resolve(ROOT, 'src'))
		.map((file) => read(`src/${file}`))
		.join('\n');
	const [, table = ''] = /^## Troubleshooting$(.*?)^## /ms.exec(read('README.md')) ?? [];
	const symptoms = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, symptom = '']) => symptom);
	expect(symptoms.length).toBeGreaterThan(5);
	// Codes stand in the source without the word before them.
	const parts = symptoms.flatMap((symptom) => symptom.replace(/^Cloudflare (?=\d)/, '').split(' … '));
	expect(parts.filter((part) => !source.includes(part))).toEqual([]);
});

describe('SECURITY.md', () => {
	const [, safety = ''] = /^## Safety$(.*?)^## /ms.exec(read('README.md')) ?? [];
	const [, tables = ''] = /^## What the README says, and its tests$(.*?)^## /ms.exec(read('SECURITY.md')) ?? [];
	const [table = '', agentTable = ''] = tables.split(/^\| started with \|/m);
	const rowsOf = (text: string) =>
		[...text.matchAll(/^\| (?!README|tests|---)(.+?) \| (.+) \|$/gm)].map(([, line = '', tests = '']) => ({
			line,
			tests,
		}));
	const points = [...safety.matchAll(/^\d+\. (.*)$/gm)].map(([, point = '']) => point);
	const agents = [...safety.matchAll(/^\| (?!started)([^|]+) \|/gm)].map(([, flags = '']) => flags);

	test('has a row of tests for each line that the README says of safety, in the same order', () => {
		expect(points.length).toBeGreaterThan(9);
		const rows = rowsOf(table);
		expect(rows).toHaveLength(points.length);
		expect(rows.filter(({ line }, at) => !points[at]?.startsWith(line)).map(({ line }) => line)).toEqual([]);
	});

	test('has a row of tests for each row of the table of the worst agent, in the same order', () => {
		expect(agents.length).toBeGreaterThan(4);
		expect(rowsOf(agentTable).map(({ line }) => line)).toEqual(agents);
	});

	test('names only tests that exist, by their file and title', () => {
		const missing: string[] = [];
		for (const { tests } of [...rowsOf(table), ...rowsOf(agentTable)])
			for (const named of tests.split('; ')) {
				const [, file = '', titles = ''] = /^`(test\/[\w./-]+\.test\.ts)`(?:: (.*))?$/.exec(named) ?? [];
				const text = existsSync(resolve(ROOT, file)) && file !== '' ? read(file) : '';
				const quoted = [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => title);
				if (text === '' || (titles !== '' && quoted.length === 0)) missing.push(named);
				missing.push(...quoted.filter((title) => !text.includes(`'${title}'`)).map((title) => `${file}: ${title}`));
			}
		expect(missing).toEqual([]);
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
