/** Tests entries with a name of their own, and entries in the file of a project. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { valueAt } from '../../../src/commands/install/format.js';
import { OPERATIONS } from '../../../src/operations/index.js';
import { ALL, CLONE, clientOf, entryIn, Home, NPX_ARGS, parseFile, TOKEN } from './home.js';

const WITH_PROJECT = ALL.filter(([, { project }]) => project);
const WITHOUT_PROJECT = ALL.filter(([, { project }]) => !project);

describe('--name', () => {
	test.for(ALL)('%s adds a second entry, and the first one stays', async ([name, client]) => {
		const home = new Home();
		await home.install(name, ['--read-only']);
		const first = entryIn(name, home.read(name));
		const { text } = await home.install(name, ['--name', 'staging', '--zone', 'staging.example']);
		expect(entryIn(name, home.read(name))).toEqual(first);
		const second = valueAt(parseFile(name, home.read(name)), [...client.servers, 'staging']);
		expect(second).toMatchObject({ command: 'npx', args: [...NPX_ARGS, '--zone', 'staging.example'] });
		expect(text).toContain(`Added staging to ${client.title}, in `);
		expect(text).not.toContain('cf-cache is');
	});

	test('updates the entry of that name on the next run', async () => {
		const home = new Home();
		await home.install('cursor', ['--name', 'staging', '--read-only']);
		const { text } = await home.install('cursor', ['--name', 'staging', '--zone', 'a.example']);
		expect(text).toContain('Updated staging of Cursor');
		expect(text).toContain('Kept from before: --read-only.');
	});

	test('is at most as long as the longest tool name leaves room for in a name of 64 characters', async () => {
		const longest = Math.max(...OPERATIONS.map(({ name }) => name.length));
		const most = 64 - 'mcp____'.length - longest;
		const home = new Home();
		expect((await home.install('cursor', ['--name', 'a'.repeat(most)])).code).toBe(0);
		await expect(home.install('cursor', ['--name', 'a'.repeat(most + 1)])).rejects.toThrow(
			`--name must have at most ${most} characters`,
		);
	});
});

describe('--project', () => {
	test.for(WITH_PROJECT)('%s writes the file of the project, and no other', async ([name, client]) => {
		const home = new Home({ cwd: 'work' });
		const { text, code } = await home.install(name, ['--project', '--read-only']);
		const file = join(home.folder, 'work', ...(client.project?.path ?? []));
		expect([code, Object.keys(home.files())]).toEqual([0, [file]]);
		expect(entryIn(name, home.files()[file] ?? '').args).toEqual([...NPX_ARGS, '--read-only']);
		expect(text).toContain(`Added cf-cache to ${client.title}, in ${file}.`);
		expect(text).toContain('Commit the file. It holds no token: each user needs one of their own.');
	});

	test('writes the files that the makers of the clients name', () => {
		const paths = WITH_PROJECT.map(([name, { project }]) => [name, project?.path.join('/')]);
		expect(Object.fromEntries(paths)).toEqual({
			'claude-code': '.mcp.json',
			vscode: '.vscode/mcp.json',
			cursor: '.cursor/mcp.json',
			zed: '.zed/settings.json',
			codex: '.codex/config.toml',
			'gemini-cli': '.gemini/settings.json',
		});
	});

	test.for(WITHOUT_PROJECT)('%s has no such file, and the command says so', async ([name, { title }]) => {
		const home = new Home({ cwd: 'work' });
		await expect(home.install(name, ['--project'])).rejects.toThrow(`${title} reads no file of a project`);
		expect(home.files()).toEqual({});
	});

	test.for(WITH_PROJECT)('%s writes the file also where the client is not there', async ([name]) => {
		const home = new Home({ cwd: 'work', exists: () => false });
		expect((await home.install(name, ['--project'])).code).toBe(0);
		expect(existsSync(home.fileOf(name))).toBe(false);
	});

	test.for(WITH_PROJECT)('%s refuses to write a token, and writes no path of this machine for one', async ([name]) => {
		const home = new Home({ cwd: 'work' });
		const env = { CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_API_TOKEN_FILE: '/secrets/token' };
		await expect(home.install(name, ['--project', '--write-token'], env)).rejects.toThrow('leave --project out');
		expect(home.files()).toEqual({});
		await home.install(name, ['--project'], env);
		expect(Object.values(home.files()).join()).not.toMatch(/cf-token|secrets/);
	});

	test.for([
		['from a clone', { script: CLONE }, []],
		['with a flag that names a file', {}, ['--audit-log', 'audit.jsonl']],
	] as const)('says %s that the entry works on this machine only', async ([, options, flags]) => {
		const home = new Home({ cwd: 'work', ...options });
		const { text } = await home.install('vscode', ['--project', ...flags]);
		expect(text).toContain('The entry works on this machine only, because it names paths of it. Do not commit it.');
		expect(text).not.toContain('Commit the file.');
	});

	test('says on Windows that other systems start npx without cmd', async () => {
		const { text } = await new Home({ os: 'win32', cwd: 'work' }).install('vscode', ['--project', '--print']);
		expect(text).toContain('On other systems, "command" is "npx".');
	});

	test('warns of a token that the entry holds already', async () => {
		const home = new Home({ cwd: 'work' });
		await home.install('cursor', ['--project']);
		const file = Object.keys(home.files())[0] ?? '';
		const held = home.files()[file]?.replace(/\$\{env:\w+\}/, TOKEN) ?? '';
		const other = new Home({ cwd: '.' });
		other.put('cursor', held);
		const { text } = await other.install('cursor', ['--project', '--read-only']);
		expect(text).toContain('The entry holds a token. Remove it from the file before you commit it.');
		expect(text).not.toContain(TOKEN);
	});

	test('names what the client asks of each user', async () => {
		const { text } = await new Home({ cwd: 'work' }).install('claude-code', ['--project']);
		expect(text).toContain(clientOf('claude-code').project?.advice);
	});
});
