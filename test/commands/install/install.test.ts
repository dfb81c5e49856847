/** `install`: for every client, the entry is added and everything else in its file stays as it was. */
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseJson } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import mcp from '../../../mcp.json' with { type: 'json' };
import { valueAt } from '../../../src/commands/install/format.js';
import { readConfig } from '../../../src/config/config.js';
import { ConfigError } from '../../../src/errors.js';
import { finish } from '../../support/process.js';
import { ALL, clientOf, createHome, entryLines, example, expectRefusal, TOKEN } from './machine.js';

const FLAGS = ['--zone', 'example.com', '--read-only'];
const modeOf = (path: string) => statSync(path).mode & 0o777;

/** The entry in a text, parsed. */
function entryIn(name: string, text: string) {
	const { format, servers } = clientOf(name);
	const value: unknown = format === 'json' ? parseJson(text) : parseToml(text);
	return valueAt(value, [...servers, 'cf-cache']) as { command: string; args: string[]; env?: Record<string, string> };
}

/** A file of the client in which `inner` stands where the servers do. */
function fileWith(name: string, inner: string): string {
	const { format, servers } = clientOf(name);
	return format === 'json' ? `{\n  "${servers[0]}": ${inner}\n}\n` : `${servers[0]} = ${inner}\n`;
}

describe('the file of a client', () => {
	test.for(ALL)('%s gets the entry, and keeps every other byte, comments and tabs among them', async ([name]) => {
		const home = createHome();
		const { before, after } = example(name, FLAGS);
		const file = home.put(name, before, 0o640);
		const { text, code } = await home.install(name, FLAGS);
		expect([code, home.read(name)]).toEqual([0, after]);
		expect(home.files()).toEqual({ [file]: after, [`${file}.bak`]: before });
		expect([modeOf(file), modeOf(`${file}.bak`)]).toEqual([0o640, 0o640]);
		expect(text).toContain(file);
		expect(text).toContain(`${file}.bak`);
		expect(text).toContain('npx -y cloudflare-cache-mcp --zone example.com --read-only');
	});

	test.for(ALL)('%s keeps its line ends when they are CRLF', async ([name]) => {
		const home = createHome();
		const { before, after } = example(name);
		home.put(name, before.replaceAll('\n', '\r\n'));
		await home.install(name);
		expect(home.read(name)).toBe(after.replaceAll('\n', '\r\n'));
	});

	test.for(ALL)('%s keeps its byte order mark', async ([name]) => {
		const home = createHome();
		const { before, after } = example(name);
		home.put(name, `\uFEFF${before}`);
		await home.install(name);
		expect(home.read(name)).toBe(`\uFEFF${after}`);
	});

	test.for(ALL)('%s is made with its folder when it is missing', async ([name]) => {
		const home = createHome();
		const { text, code } = await home.install(name, FLAGS);
		expect(code).toBe(0);
		expect(Object.keys(home.files())).toEqual([home.fileOf(name)]);
		expect(entryIn(name, home.read(name)).args.slice(-3)).toEqual(FLAGS);
		expect(text).not.toContain('.bak');
	});

	test.for(ALL)('%s is filled when it is empty', async ([name]) => {
		const home = createHome();
		home.put(name, '');
		expect((await home.install(name)).code).toBe(0);
		expect(entryIn(name, home.read(name)).command).toBe('npx');
	});

	test.for(ALL)(
		'%s is left alone when it cannot be parsed, and none of its text is shown',
		async ([name, { format }]) => {
			const home = createHome();
			const broken = format === 'json' ? '{\n  "hunter2": [1,\n  "hunter2": 2\n' : 'a = 1\nhunter2 = [1,\n"hunter2\n';
			const file = home.put(name, broken);
			const result = await home.install(name);
			expectRefusal(result, /is not valid (JSON|TOML) at line 3, column \d+/);
			expect(result.text).not.toContain('hunter2');
			expect(home.files()).toEqual({ [file]: broken });
		},
	);

	test.for(ALL)(
		'%s is left alone when something else than an object is in the place of the servers',
		async ([name]) => {
			const home = createHome();
			const text = fileWith(name, '[1]');
			const file = home.put(name, text);
			expectRefusal(await home.install(name), /something else than an object as \w+ \(line \d, column \d+\)/);
			expect(home.files()).toEqual({ [file]: text });
		},
	);

	test.for(ALL)('%s is not written again when the entry is there already', async ([name]) => {
		const home = createHome();
		home.put(name, example(name).before);
		await home.install(name, ['--read-only', '--zone', 'example.com']);
		const files = home.files();
		const { text, code } = await home.install(name, FLAGS);
		expect(code).toBe(0);
		expect(text).toMatch(/already there, in .*; nothing was written\.\n$/);
		expect(home.files()).toEqual(files);
	});

	test.for(ALL)(
		'%s gets other flags into its entry, and what a person added to that stays',
		async ([name, { format }]) => {
			const home = createHome();
			const args = format === 'json' ? '"args": ["old"]' : 'args = ["old"] # old';
			const old =
				format === 'json'
					? fileWith(
							name,
							`{\n    "cf-cache": {\n      "disabled": true, // mine\n      ${args},\n      "command": "old",\n      "env": { "MINE": "1", "CLOUDFLARE_API_TOKEN": "by-hand" }\n    }\n  }`,
						)
					: `[mcp_servers.cf-cache]\nenabled = false # mine\n${args}\ncommand = "old"\n[mcp_servers.cf-cache.env]\nMINE = "1"\nCLOUDFLARE_API_TOKEN = "by-hand"\n`;
			home.put(name, old);
			const { text } = await home.install(name, FLAGS);
			const now = home.read(name);
			expect(entryIn(name, now)).toMatchObject({
				command: 'npx',
				args: ['-y', 'cloudflare-cache-mcp', ...FLAGS],
				env: { MINE: '1', CLOUDFLARE_API_TOKEN: 'by-hand' },
			});
			expect(now).toContain(format === 'json' ? '"disabled": true, // mine' : 'enabled = false # mine');
			if (format === 'toml') expect(now).toMatch(/^args = .* # old$/m);
			expect(text).toContain('keeps the CLOUDFLARE_API_TOKEN that it had');
			expect(text).not.toContain('by-hand');
		},
	);

	test.for(ALL)('%s is read and written through a link, which stays one', async ([name]) => {
		const home = createHome();
		const { before, after } = example(name);
		const file = home.put(name, '');
		const real = join(home.folder, 'dotfiles', 'managed');
		mkdirSync(dirname(real));
		writeFileSync(real, before);
		rmSync(file);
		symlinkSync(real, file);
		const { text } = await home.install(name);
		expect([lstatSync(file).isSymbolicLink(), readlinkSync(file)]).toEqual([true, real]);
		expect(home.files()).toEqual({ [file]: after, [real]: after, [`${file}.bak`]: before });
		expect(text).toContain(`(a link to ${real})`);
	});

	test.for(ALL)('%s starts what README and mcp.json say', async ([name]) => {
		const home = createHome();
		await home.install(name);
		const { command, args } = mcp.mcpServers['cf-cache'];
		expect(entryIn(name, home.read(name))).toMatchObject({ command, args });
	});
});

describe('the token', () => {
	test.for(ALL)('is in no file of %s, and in no line of output, unless that is asked for', async ([name]) => {
		const home = createHome();
		home.put(name, example(name).before);
		const { text } = await home.install(name, [], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect(`${text}${Object.values(home.files()).join('')}`).not.toContain(TOKEN);
		expect(text).toContain(clientOf(name).token.next);
	});

	test.for(ALL)('is written for %s with --write-token, and nobody else may read the file then', async ([name]) => {
		const home = createHome();
		const file = home.put(name, example(name).before, 0o644);
		const { text, code } = await home.install(name, ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect([code, modeOf(file)]).toEqual([0, 0o600]);
		expect(entryIn(name, home.read(name)).env).toEqual({ CLOUDFLARE_API_TOKEN: TOKEN });
		expect(home.read(name).split(TOKEN)).toHaveLength(2);
		expect(Object.values(home.files()).filter((content) => content.includes(TOKEN))).toHaveLength(1);
		expect(text).not.toContain(TOKEN);
		expect(home.read(name)).not.toMatch(/env_vars|\$\{/);
	});

	test.for(ALL)('of %s is in a file of mode 600 also when that is new', async ([name]) => {
		const home = createHome();
		await home.install(name, ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect(modeOf(home.fileOf(name))).toBe(0o600);
	});

	test('that is written already only closes the file to others', async () => {
		const home = createHome();
		await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		const text = home.read('cursor');
		const file = home.put('cursor', text);
		chmodSync(file, 0o664);
		const result = await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		expect(result.text).toContain('only its mode was changed');
		expect([modeOf(file), home.files()]).toEqual([0o600, { [file]: text }]);
	});

	test.for([{}, { CLOUDFLARE_API_TOKEN: '' }, { CLOUDFLARE_API_TOKEN: '$' + '{TOKEN}' }])(
		'is not written when it is not set: %o',
		async (env) => {
			const home = createHome();
			await expect(home.install('cursor', ['--write-token'], env as Record<string, string>)).rejects.toThrow(
				new ConfigError('--write-token needs the token in CLOUDFLARE_API_TOKEN'),
			);
			expect(home.files()).toEqual({});
		},
	);

	test('is not written by way of a flag either', async () => {
		const home = createHome();
		const flags = ['--token-command', `echo ${TOKEN}`];
		await expect(home.install('cursor', flags, { CLOUDFLARE_API_TOKEN: TOKEN })).rejects.toThrow(
			/a flag contains a secret/,
		);
		expect(home.files()).toEqual({});
	});

	test.for(ALL)('of %s may be in a file, whose whole path is passed on', async ([name]) => {
		const home = createHome();
		await home.install(name, [], { CLOUDFLARE_API_TOKEN_FILE: 'secrets/token' });
		expect(entryIn(name, home.read(name)).env).toEqual({ CLOUDFLARE_API_TOKEN_FILE: '/projects/secrets/token' });
	});

	test.for(ALL)('of %s may come from a command, and then nothing else is said of it', async ([name]) => {
		const home = createHome();
		const command = ['--token-command', 'op read "op://a b/token"'];
		const { text } = await home.install(name, command);
		expect(entryIn(name, home.read(name)).args.slice(-2)).toEqual(command);
		expect(home.read(name)).not.toContain('CLOUDFLARE_API_TOKEN');
		expect(text).not.toContain('CLOUDFLARE_API_TOKEN');
	});

	test('that was written before is told of when a command is to bring another', async () => {
		const home = createHome();
		await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		const { text } = await home.install('cursor', ['--token-command', 'op read x']);
		expect(text).toContain('still has a CLOUDFLARE_API_TOKEN, which wins');
	});

	test('is not asked for by VS Code twice, nor when the sandbox is wanted', async () => {
		const home = createHome();
		await home.install('vscode');
		await home.install('vscode', ['--read-only']);
		expect((parseJson(home.read('vscode')) as typeof mcp).inputs).toEqual(mcp.inputs);
		const other = createHome();
		await other.install('vscode', ['--sandbox']);
		expect(other.read('vscode')).not.toContain('input');
	});
});

describe('--print', () => {
	test.for(ALL)('shows the file of %s and what to add, and writes nothing', async ([name]) => {
		const home = createHome();
		const { text, code } = await home.install(name, [...FLAGS, '--print']);
		expect(code).toBe(0);
		expect(text).toContain(home.fileOf(name));
		for (const line of entryLines(name, FLAGS).split('\n')) expect(text).toContain(line.trim());
		expect(home.files()).toEqual({});
		expect(existsSync(dirname(home.fileOf(name))) && name !== 'claude-code').toBe(false);
	});

	test.for(ALL)('starts npx by way of cmd for %s on Windows', async ([name]) => {
		const { text } = await createHome('win32').install(name, ['--print', '--read-only']);
		const entry = entryIn(name, text.slice(text.indexOf('\n\n') + 2, text.indexOf('\n\nNext:')));
		expect(entry.command).toBe('cmd');
		expect(entry.args).toEqual(['/c', 'npx', '-y', 'cloudflare-cache-mcp', '--read-only']);
	});
});

describe('the flags of the server', () => {
	test.each([
		'install cursor --zone a.example --read-only',
		'install --zone a.example cursor --read-only',
		'--read-only install --zone=a.example --print --write-token cursor',
	])('are found around the client, without those of install: %s', (line) => {
		expect(readConfig(line.split(' '), {})).toMatchObject({
			client: 'cursor',
			serverFlags: [
				{ flag: 'zone', value: 'a.example', kind: 'string' },
				{ flag: 'read-only', kind: 'boolean' },
			],
		});
	});

	test('are those of the command line only: what the environment says holds for this run', async () => {
		const home = createHome();
		await home.install('zed', [], { CLOUDFLARE_ZONE: 'a.example', CF_CACHE_READ_ONLY: '1', CF_CACHE_SANDBOX: '1' });
		expect(entryIn('zed', home.read('zed')).args).toEqual(['-y', 'cloudflare-cache-mcp']);
	});

	test('name files by their whole path, as the client starts in another folder', async () => {
		const home = createHome();
		await home.install('zed', ['--audit-log', 'log/audit.jsonl', '--files-root', '/srv/lists', '--state-dir', '.']);
		expect(entryIn('zed', home.read('zed')).args.slice(2)).toEqual([
			'--audit-log',
			'/projects/log/audit.jsonl',
			'--files-root',
			'/srv/lists',
			'--state-dir',
			'/projects',
		]);
	});

	test('keep a value that looks like a flag', async () => {
		const home = createHome();
		await home.install('zed', ['--zone=-x']);
		expect(entryIn('zed', home.read('zed')).args.slice(2)).toEqual(['--zone=-x']);
		expect(readConfig(['--zone=-x'], {})).toMatchObject({ zone: '-x' });
	});

	test.for([
		[['--timeout', 'soon'], '--timeout must be'],
		[['--tools', 'zone_list'], 'Did you mean "zones_list"?'],
		[['--zones', 'a.example', '--zone', 'b.example'], 'is not among --zones'],
	] as const)('are refused as the server would refuse them: %j', async ([flags, why]) => {
		const home = createHome();
		await expect(async () => home.install('cursor', flags)).rejects.toThrow(why);
		expect(home.files()).toEqual({});
	});
});

/** What Node keeps of compiled code is no part of what a command writes. */
const run = (words: readonly string[], env: Record<string, string>) =>
	finish(['install', ...words], { env: { ...env, NODE_DISABLE_COMPILE_CACHE: '1' } });

describe('the command', () => {
	test('adds to the home folder of its user and exits with 0', async () => {
		const home = createHome();
		const { before, after } = example('cursor', FLAGS);
		const file = home.put('cursor', before);
		const env = { HOME: home.folder, CLOUDFLARE_API_TOKEN: TOKEN };
		const { code, stdout, stderr } = await run(['cursor', ...FLAGS], env);
		expect([code, stderr]).toEqual([0, '']);
		expect(stdout).toContain(file);
		expect(home.files()).toEqual({ [file]: after, [`${file}.bak`]: before });
	});

	test('works on TOML too', async () => {
		const home = createHome();
		home.put('codex', example('codex').before);
		expect((await run(['codex'], { HOME: home.folder })).code).toBe(0);
		expect(home.read('codex')).toBe(example('codex').after);
	});

	test('exits with 1 and says why on stderr when it leaves a file alone', async () => {
		const home = createHome();
		home.put('zed', '{ "a": ');
		const { code, stdout, stderr } = await run(['zed'], { HOME: home.folder });
		expect([code, stdout]).toEqual([1, '']);
		expect(stderr).toContain('is not valid JSON at line 1, column');
	});

	test('shows no token with --print --write-token', async () => {
		const home = createHome();
		const env = { HOME: home.folder, CLOUDFLARE_API_TOKEN: TOKEN };
		const { code, stdout } = await run(['codex', '--print', '--write-token'], env);
		expect([code, home.files()]).toEqual([0, {}]);
		expect(stdout).toContain('CLOUDFLARE_API_TOKEN = "[secret]"');
	});

	test.for([
		[[], 'install needs the name of a client; there are claude-desktop, '],
		[['curser'], 'install knows no client "curser"; there are claude-desktop, '],
		[['curser'], 'Did you mean "cursor"?'],
		[['constructor'], 'knows no client'],
		[['cursor', 'zed'], "'zed'"],
		[['cursor', '--port', '1'], '--port'],
		[['cursor', '--write-token'], '--write-token needs the token'],
	] as const)('exits with 2 when it is asked for what there is not: %j', async ([words, why]) => {
		const home = createHome();
		const { code, stderr } = await run([...words], { HOME: home.folder });
		expect([code, home.files()]).toEqual([2, {}]);
		expect(stderr).toContain(why);
	});

	test('writes what the server then starts with', async () => {
		const home = createHome();
		await home.install('zed', ['--tools', 'zones_list', '--sandbox']);
		const flags = entryIn('zed', readFileSync(home.fileOf('zed'), 'utf8')).args.slice(2);
		expect((await finish(flags)).code).toBe(0);
	});
});

test.each(['', 'relative/home'])(
	'HOME as "%s" writes nothing: the file would lie wherever the shell happens to be',
	async (HOME) => {
		const { code, stderr, stdout } = await finish(['install', 'cursor'], { env: { HOME } });
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toContain('HOME is not an absolute path');
	},
);
