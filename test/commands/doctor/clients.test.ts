/** Tests what `doctor` says of the entries that `install` and users write into the files of clients. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/commands/install/client.js';
import { CLIENTS } from '../../../src/commands/install/clients.js';
import { temporaryFolder } from '../../support/files.js';
import { CLI, finish } from '../../support/process.js';
import { openSandbox } from '../../support/sandbox.js';
import { askForJson } from './ask.js';

const SECRET = 'cf-token-in-a-file-0123456789';

/** A home folder with the files of clients. The doctor sees no other file of this machine but Node.js and what exists there. */
class Home {
	readonly folder = temporaryFolder();
	readonly platform: Partial<Platform> = {
		os: 'linux',
		home: this.folder,
		cwd: join(this.folder, 'project'),
		script: CLI,
		exists: existsSync,
	};

	write(path: string, entry: Record<string, unknown>, servers = 'mcpServers', name = 'cf-cache'): void {
		const file = join(this.folder, path);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, JSON.stringify({ [servers]: { [name]: entry, other: { command: 'other', args: [] } } }));
	}

	async examine(env: Record<string, string> = {}) {
		const { url } = await openSandbox();
		const report = await askForJson(['--toolsets', 'zone'], url, { env, platform: this.platform });
		return { ...report, clients: report.of('client') };
	}
}

/** An entry of this clone. */
const entryWith = (env: Record<string, string> = {}, ...words: string[]) => {
	return { command: process.execPath, args: [CLI, ...words], env };
};

describe('doctor on clients', () => {
	test('finds every entry that install writes, and says that it would start', async () => {
		const home = temporaryFolder();
		const env = { HOME: home, CLOUDFLARE_API_TOKEN: SECRET, PATH: '/usr/bin:/bin' };
		const platform: Platform = { os: process.platform, env, home, cwd: home, node: '', script: '', exists: existsSync };
		for (const client of Object.values(CLIENTS))
			for (const { trace, edition } of client.locations(platform))
				if (edition === undefined) mkdirSync(trace, { recursive: true });
		for (const name of Object.keys(CLIENTS)) {
			const isolated = name === 'claude-desktop' ? ['--write-token'] : [];
			const { code, stderr } = await finish(['install', name, ...isolated, '--read-only'], { env });
			expect([code, stderr]).toEqual([0, '']);
		}
		const { stdout } = await finish(['doctor', '--json', '--sandbox'], { env });
		const { findings } = JSON.parse(stdout) as { findings: { about: string; state: string; text: string }[] };
		const clients = findings.filter(({ about }) => about === 'client');
		expect(clients.map(({ state }) => state)).toEqual(Object.keys(CLIENTS).map(() => 'ok'));
		expect(clients.map(({ text }) => text)).toEqual(
			Object.values(CLIENTS).map(({ title }) =>
				expect.stringMatching(new RegExp(`^${title}: "cf-cache" would start; `)),
			),
		);
		expect(stdout).not.toContain(SECRET);
	});

	test('looks for no file where the home folder is unknown', async () => {
		const home = new Home();
		const { url } = await openSandbox();
		const { of } = await askForJson([], url, { platform: { ...home.platform, home: '' } });
		expect(of('client')).toMatchObject([
			{ state: 'note', text: 'HOME is not an absolute path, so no client was looked for' },
		]);
	});

	test('says how to add one where there is none', async () => {
		const { clients, code } = await new Home().examine();
		expect(clients).toMatchObject([{ state: 'note', next: ['Add one: cloudflare-cache-mcp install CLIENT'] }]);
		expect(code).toBe(0);
	});

	test('reports a script that was moved, and the command that writes the entry again', async () => {
		const home = new Home();
		home.write('.cursor/mcp.json', { command: process.execPath, args: ['/gone/dist/cli.js'] });
		const { clients, code } = await home.examine();
		expect(clients).toEqual([
			{
				about: 'client',
				state: 'fix',
				text: 'Cursor: "cf-cache" would not work: its script "/gone/dist/cli.js" is not there',
				next: ['Write it again: cloudflare-cache-mcp install cursor'],
			},
		]);
		expect(code).toBe(1);
	});

	test.each<[string, Record<string, unknown>, string]>([
		['a command that is not there', { command: '/gone/node', args: [CLI] }, 'its command "/gone/node" is not there'],
		['a command that PATH lacks', { command: 'node', args: [CLI] }, 'its command "node" is not there'],
		[
			'a relative script',
			{ command: process.execPath, args: ['dist/cli.js'] },
			'its script "dist/cli.js" is a relative path',
		],
		['a flag that the server lacks', entryWith({}, '--read-onyl'), 'unknown flag "--read-onyl".'],
		['a bad value', entryWith({ CF_CACHE_CONFIRM: 'never' }), 'CF_CACHE_CONFIRM must be one of ask, code, block'],
		[
			'a token file that is not there',
			entryWith({ CLOUDFLARE_API_TOKEN_FILE: '/gone/token' }),
			'the token file "/gone/token" is not there',
		],
		[
			'a token command that is not there',
			entryWith({}, '--token-command', '/gone/op read x'),
			'its token command "/gone/op" is not there',
		],
	])('reports %s', async (_, entry, words) => {
		const home = new Home();
		home.write('.cursor/mcp.json', entry);
		const { clients } = await home.examine({ CLOUDFLARE_API_TOKEN: SECRET });
		expect(clients).toMatchObject([{ state: 'fix', text: expect.stringContaining(words) }]);
	});

	test('reports a client that passes no variable on to an entry without a credential', async () => {
		const home = new Home();
		home.write('.config/Claude/claude_desktop_config.json', entryWith());
		const { clients } = await home.examine({ CLOUDFLARE_API_TOKEN: SECRET });
		expect(clients).toMatchObject([
			{ state: 'fix', text: expect.stringContaining('it has no credential, and Claude Desktop passes none on') },
		]);
	});

	test('notes an entry whose token has to come from the environment of the client', async () => {
		const home = new Home();
		home.write('.cursor/mcp.json', entryWith({ CLOUDFLARE_API_TOKEN: CLIENTS.cursor.token.placeholder ?? '' }));
		expect((await home.examine({ CLOUDFLARE_API_TOKEN: SECRET })).clients).toMatchObject([{ state: 'ok' }]);
		const { clients } = await home.examine({ CLOUDFLARE_API_TOKEN: '' });
		expect(clients).toMatchObject([
			{
				state: 'note',
				text: expect.stringContaining('CLOUDFLARE_API_TOKEN is not set here, and it needs it from Cursor'),
			},
		]);
	});

	test.each<[string, Record<string, unknown>, string]>([
		['its own token', entryWith({ CLOUDFLARE_API_TOKEN: SECRET }), 'its file holds the token'],
		['the sandbox', entryWith({}, '--sandbox'), 'the sandbox needs no token'],
		['a token command', entryWith({}, `--token-command=${process.execPath} -p 1`), 'gives the token'],
	])('says that an entry with %s would start', async (_, entry, words) => {
		const home = new Home();
		home.write('.config/Claude/claude_desktop_config.json', entry);
		const { clients } = await home.examine({ CLOUDFLARE_API_TOKEN: '' });
		expect(clients).toMatchObject([{ state: 'ok', text: expect.stringContaining(words) }]);
		expect(JSON.stringify(clients)).not.toContain(SECRET);
	});

	test('hides a token in a file, whatever the entry has beside it', async () => {
		const home = new Home();
		home.write('.cursor/mcp.json', { ...entryWith({ CLOUDFLARE_API_TOKEN: SECRET }), command: `/gone/${SECRET}` });
		const { clients } = await home.examine();
		expect(clients[0]?.text).toContain('its command "/gone/[secret]" is not there');
	});

	test('notes that npx fetches the package, and how to see whether it is there', async () => {
		const home = new Home();
		home.write('.cursor/mcp.json', { command: 'npx', args: ['-y', 'cloudflare-cache-mcp@0.1.0', '--sandbox'] });
		const bin = temporaryFolder();
		writeFileSync(join(bin, 'npx'), '#!/bin/sh\n', { mode: 0o755 });
		const { clients } = await home.examine({ PATH: bin });
		expect(clients).toMatchObject([
			{ state: 'note', next: ['See whether it is there: npx -y cloudflare-cache-mcp@0.1.0 --version'] },
		]);
	});

	test('finds a second entry, and the file of a project', async () => {
		const home = new Home();
		home.write('.cursor/mcp.json', entryWith({}, '--sandbox'), 'mcpServers', 'cf-staging');
		home.write('project/.vscode/mcp.json', { command: '/gone/node', args: [CLI] }, 'servers');
		const { clients } = await home.examine();
		expect(clients).toMatchObject([
			{
				text: expect.stringMatching(/^VS Code, in this folder: "cf-cache" would not work/),
				next: ['Write it again: cloudflare-cache-mcp install vscode --project'],
			},
			{ state: 'ok', text: expect.stringMatching(/^Cursor: "cf-staging" would start/) },
		]);
	});

	test('notes a file that cannot be read, and leaves it as it is', async () => {
		const home = new Home();
		home.write('.cursor/mcp.json', {});
		const file = join(home.folder, '.cursor/mcp.json');
		writeFileSync(file, '{ "mcpServers": ');
		const { clients } = await home.examine();
		expect(clients).toMatchObject([{ state: 'note', text: expect.stringContaining('is not valid JSON') }]);
		expect(readFileSync(file, 'utf8')).toBe('{ "mcpServers": ');
		rmSync(file);
	});
});
