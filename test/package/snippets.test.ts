/** What users copy by hand, from the README and from mcp.json, is what `install` writes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import mcp from '../../mcp.json' with { type: 'json' };
import { CLIENTS } from '../../src/commands/install/clients.js';
import { parseCommandWords } from '../../src/config/parsers.js';
import { ALL, Home, parseFile } from '../commands/install/home.js';
import { ROOT } from './folder.js';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const [, BLOCKS = ''] = /<!-- clients -->\n(.*?)<!-- \/clients -->/s.exec(README) ?? [];

/** The parts of a client's block. */
function blockOf(title: string) {
	const [, text = ''] = new RegExp(`<summary>${title}</summary>\n(.*?)</details>`, 's').exec(BLOCKS) ?? [];
	const [, command = ''] = /```sh\n(.*?)\n```/s.exec(text) ?? [];
	const [, language = '', snippet = ''] = /```(json|toml)\n(.*?)```/s.exec(text) ?? [];
	const paths = [...text.matchAll(/`([^`\n]*[\\/][^`\n]*)` \(/g)].map(([, path]) => path);
	return { text, words: parseCommandWords(command || 'none'), language, snippet, paths };
}

describe('the README', () => {
	test('has one folded block for each client, and no other', () => {
		const titles = [...BLOCKS.matchAll(/<details><summary>(.*?)<\/summary>/g)].map(([, title]) => title);
		expect(titles).toEqual(ALL.map(([, { title }]) => title));
	});

	test.for(ALL)('shows for %s the entry that its command writes', async ([name, { title, format }]) => {
		const { words, language, snippet } = blockOf(title);
		const [command, verb, client, ...flags] = words;
		expect([command, verb, client, language]).toEqual(['cloudflare-cache-mcp', 'install', name, format]);
		const home = new Home({ script: '/path/to/cloudflare-cache-mcp/dist/cli.js', node: 'node' });
		const { code } = await home.install(name, flags, {});
		expect(code).toBe(0);
		expect(parseFile(name, snippet)).toEqual(parseFile(name, home.read(name)));
	});

	test.for(ALL)('starts %s read-only, and says what to do about the token', ([, { title, token }]) => {
		const { words, text } = blockOf(title);
		expect(words).toContain('--read-only');
		expect(text).toContain(token.advice);
	});

	test.for(ALL)('names for %s the files that install writes', ([, { title, project }]) => {
		const { paths, text } = blockOf(title);
		expect(paths.length).toBeGreaterThan(1);
		expect(text.includes('--project')).toBe(project !== undefined);
		if (project) expect(text).toContain(`In a project it is \`${project.path.join('/')}\``);
	});
});

describe('mcp.json', () => {
	test.for([
		['claude-code', ['mcpServers']],
		['vscode', ['servers', 'inputs']],
	] as const)('has for %s what install writes into the file of a project', async ([name, keys]) => {
		const home = new Home({ cwd: 'work' });
		await home.install(name, ['--project']);
		const [text = ''] = Object.values(home.files());
		expect(parseFile(name, text)).toEqual(
			Object.fromEntries(keys.map((key) => [key, (mcp as Record<string, unknown>)[key]])),
		);
		expect(CLIENTS[name].project?.path.at(-1)).toMatch(/mcp\.json$/);
	});

	test('has the keys of these two clients only', () => {
		expect(Object.keys(mcp)).toEqual(['mcpServers', 'servers', 'inputs']);
	});
});
