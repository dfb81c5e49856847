/** Tests what `install` does to the file of each client: it adds the entry, and everything else stays. */
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config/config.js';
import { ALL, clientOf, entryIn, entryLines, example, expectRefusal, Home, modeOf, NPX_ARGS } from './home.js';

const FLAGS = ['--zone', 'example.com', '--read-only'];

/** Returns a client's file in which `inner` stands in place of the servers. */
function fileWith(name: string, inner: string): string {
	const { format, servers } = clientOf(name);
	return format === 'json' ? `{\n  "${servers[0]}": ${inner}\n}\n` : `${servers[0]} = ${inner}\n`;
}

describe('install', () => {
	test.for(ALL)('%s adds the entry and keeps every other byte, comments and tabs included', async ([name]) => {
		const home = new Home();
		const { before, after } = example(name, FLAGS);
		const file = home.put(name, before, 0o640);
		const { text, code } = await home.install(name, FLAGS);
		expect([code, home.read(name)]).toEqual([0, after]);
		expect(home.files()).toEqual({ [file]: after, [`${file}.cf-cache.bak`]: before });
		expect([modeOf(file), modeOf(`${file}.cf-cache.bak`)]).toEqual([0o640, 0o600]);
		const added = `Added cf-cache to ${clientOf(name).title}, in ${file}.`;
		const command = `Command: npx ${[...NPX_ARGS, ...FLAGS].join(' ')}`;
		expect(text.split('\n').slice(0, 3)).toEqual([added, command, `Backup of the old file: ${file}.cf-cache.bak`]);
	});

	test.for(ALL)('%s keeps line ends that are CRLF', async ([name]) => {
		const home = new Home();
		const { before, after } = example(name);
		home.put(name, before.replaceAll('\n', '\r\n'));
		await home.install(name);
		expect(home.read(name)).toBe(after.replaceAll('\n', '\r\n'));
	});

	test.for(ALL)('%s keeps a byte order mark', async ([name]) => {
		const home = new Home();
		const { before, after } = example(name);
		home.put(name, `\uFEFF${before}`);
		await home.install(name);
		expect(home.read(name)).toBe(`\uFEFF${after}`);
	});

	test.for(ALL)('%s creates a missing file with its folder', async ([name]) => {
		const home = new Home();
		const { text, code } = await home.install(name, FLAGS);
		expect(code).toBe(0);
		expect(Object.keys(home.files())).toEqual([home.fileOf(name)]);
		expect(entryIn(name, home.read(name)).args.slice(-3)).toEqual(FLAGS);
		expect(text).not.toContain('.bak');
	});

	test.for(ALL)('%s adds the entry to an empty file', async ([name]) => {
		const home = new Home();
		home.put(name, '');
		expect((await home.install(name)).code).toBe(0);
		expect(entryIn(name, home.read(name)).command).toBe('npx');
	});

	test.for(ALL)('%s keeps a file that cannot be parsed, and shows none of its text', async ([name, { format }]) => {
		const home = new Home();
		const broken = format === 'json' ? '{\n  "hunter2": [1,\n  "hunter2": 2\n' : 'a = 1\nhunter2 = [1,\n"hunter2\n';
		const file = home.put(name, broken);
		const result = await home.install(name);
		expectRefusal(result, /is not valid (JSON|TOML) at line 3, column \d+/);
		expect(result.text).not.toContain('hunter2');
		expect(home.files()).toEqual({ [file]: broken });
	});

	test.for(ALL)('%s keeps a file that has a list in place of the servers', async ([name]) => {
		const home = new Home();
		const text = fileWith(name, '[1]');
		const file = home.put(name, text);
		expectRefusal(await home.install(name), /something other than an object as \w+ \(line \d, column \d+\)/);
		expect(home.files()).toEqual({ [file]: text });
	});

	test.for(ALL)('%s writes nothing when the same entry is already there', async ([name]) => {
		const home = new Home();
		home.put(name, example(name).before);
		await home.install(name, ['--read-only', '--zone', 'example.com']);
		const files = home.files();
		const { text, code } = await home.install(name, FLAGS);
		expect(code).toBe(0);
		expect(text).toBe(`${clientOf(name).title} already has cf-cache, in ${home.fileOf(name)}. Nothing was written.\n`);
		expect(home.files()).toEqual(files);
	});

	test.for(ALL)('%s updates the flags of an entry and keeps what the user added to it', async ([name, { format }]) => {
		const home = new Home();
		const args = format === 'json' ? '"args": ["old"]' : 'args = ["old"] # old';
		const old =
			format === 'json'
				? fileWith(
						name,
						`{\n    "cf-cache": {\n      "disabled": true, // mine\n      ${args},\n      "command": "old",\n      "env": { "MINE": "1", "CLOUDFLARE_API_TOKEN": "by-hand" }\n    }\n  }`,
					)
				: `[mcp_servers.cf-cache]\nenabled = false # mine\n${args}\ncommand = "old"\n[mcp_servers.cf-cache.env]\nMINE = "1"\nCLOUDFLARE_API_TOKEN = "by-hand"\n`;
		home.put(name, old);
		const { text } = await home.install(name, FLAGS, {});
		const now = home.read(name);
		expect(entryIn(name, now)).toMatchObject({
			command: 'npx',
			args: [...NPX_ARGS, ...FLAGS],
			env: { MINE: '1', CLOUDFLARE_API_TOKEN: 'by-hand' },
		});
		expect(now).toContain(format === 'json' ? '"disabled": true, // mine' : 'enabled = false # mine');
		if (format === 'toml') expect(now).toMatch(/^args = .* # old$/m);
		expect(text).toContain(`Updated cf-cache of ${clientOf(name).title}, in `);
		expect(text).toContain('The entry keeps its CLOUDFLARE_API_TOKEN.');
		expect(text).not.toContain('by-hand');
	});

	test.for(ALL)('%s reads and writes the file behind a link and keeps the link', async ([name]) => {
		const home = new Home();
		const { before, after } = example(name);
		const file = home.put(name, '');
		const real = join(home.folder, 'dotfiles', 'managed');
		mkdirSync(dirname(real));
		writeFileSync(real, before);
		rmSync(file);
		symlinkSync(real, file);
		const { text } = await home.install(name);
		expect([lstatSync(file).isSymbolicLink(), readlinkSync(file)]).toEqual([true, real]);
		expect(home.files()).toEqual({ [file]: after, [real]: after, [`${file}.cf-cache.bak`]: before });
		expect(text).toContain(`(a link to ${real})`);
	});

	test.for(ALL)('%s --print shows the path and the entry, and writes nothing', async ([name]) => {
		const home = new Home();
		const { text, code } = await home.install(name, [...FLAGS, '--print']);
		expect(code).toBe(0);
		expect(text).toContain(`${clientOf(name).title} reads ${home.fileOf(name)}. Add this to it:\n`);
		for (const line of entryLines(name, FLAGS).split('\n')) expect(text).toContain(line.trim());
		expect(home.files()).toEqual({});
		expect(existsSync(dirname(home.fileOf(name))) && name !== 'claude-code').toBe(false);
	});

	test.for(ALL)('%s names the command that checks the token, but not for the sandbox', async ([name]) => {
		const check = `To check the token and this entry, run: npx ${NPX_ARGS.join(' ')} doctor\n`;
		expect((await new Home().install(name)).text).toContain(check);
		expect((await new Home().install(name, ['--sandbox'])).text).not.toMatch(/doctor|look around/);
	});

	test.for(ALL)('%s --print starts npx through cmd on Windows', async ([name]) => {
		const { text } = await new Home({ os: 'win32' }).install(name, ['--print', '--read-only']);
		const entry = entryIn(name, text.slice(text.indexOf('\n\n') + 2, text.indexOf('\n\nNext:')));
		expect(entry.command).toBe('cmd');
		expect(entry.args).toEqual(['/c', 'npx', ...NPX_ARGS, '--read-only']);
	});
});

describe('the server flags of install', () => {
	test.each([
		'install cursor --zone a.example --read-only',
		'install --zone a.example cursor --read-only',
		'--read-only install --zone=a.example --print --write-token cursor',
	])('are those that the server takes, wherever they stand: %s', (line) => {
		expect(readConfig(line.split(' '), {})).toMatchObject({
			client: 'cursor',
			serverFlags: [
				{ flag: 'zone', value: 'a.example', kind: 'string' },
				{ flag: 'read-only', kind: 'boolean' },
			],
		});
	});

	test('do not include what the environment sets', async () => {
		const home = new Home();
		await home.install('zed', [], { CLOUDFLARE_ZONE: 'a.example', CF_CACHE_READ_ONLY: '1', CF_CACHE_SANDBOX: '1' });
		expect(entryIn('zed', home.read('zed')).args).toEqual(NPX_ARGS);
	});

	test('name files by absolute paths', async () => {
		const home = new Home();
		await home.install('zed', ['--audit-log', 'log/audit.jsonl', '--files-root', '/srv/lists', '--state-dir', '.']);
		expect(entryIn('zed', home.read('zed')).args.slice(2)).toEqual([
			'--audit-log',
			'/projects/log/audit.jsonl',
			'--state-dir',
			'/projects',
			'--files-root',
			'/srv/lists',
		]);
	});

	test('keep a value that starts with a dash', async () => {
		const home = new Home();
		await home.install('zed', ['--zone=-x']);
		expect(entryIn('zed', home.read('zed')).args.slice(2)).toEqual(['--zone=-x']);
		expect(readConfig(['--zone=-x'], {})).toMatchObject({ zone: '-x' });
	});

	test.for([
		[['--timeout', 'soon'], '--timeout must be'],
		[['--tools', 'zone_list'], 'Did you mean "zones_list"?'],
		[['--zones', 'a.example', '--zone', 'b.example'], 'is not among --zones'],
	] as const)('are refused when the server would refuse them: %j', async ([flags, why]) => {
		const home = new Home();
		await expect(async () => home.install('cursor', flags)).rejects.toThrow(why);
		expect(home.files()).toEqual({});
	});
});
