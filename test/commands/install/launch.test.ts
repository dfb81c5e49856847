/** Tests how an entry starts the server, and what becomes of the flags of an entry that is there. */
import { describe, expect, test } from 'vitest';
import { createLaunch, splitCommand } from '../../../src/commands/install/launch.js';
import { ConfigError } from '../../../src/errors.js';
import { VERSION } from '../../../src/version.js';
import { ALL, CLONE, clientOf, entryIn, Home, NPX_ARGS, PACKAGE } from './home.js';

const HOME = { env: {}, home: '/home/me', cwd: '/', node: '/node/bin/node', exists: () => true };
const WINDOWS_PACKAGE = 'C:\\npm-cache\\_npx\\1a2b\\node_modules\\cloudflare-cache-mcp\\dist\\cli.js';
const WINDOWS_CLONE = 'C:\\R&D\\100%\\cloudflare-cache-mcp\\dist\\cli.js';

describe('an entry', () => {
	test.each(['linux', 'darwin'] as const)('of the package names its version, on %s', (os) => {
		expect(createLaunch({ ...HOME, os, script: PACKAGE }, ['--read-only'])).toEqual({
			command: 'npx',
			args: ['-y', `cloudflare-cache-mcp@${VERSION}`, '--read-only'],
		});
	});

	test('of the package is started through cmd on Windows', () => {
		const { command, args } = createLaunch({ ...HOME, os: 'win32', script: WINDOWS_PACKAGE }, ['--read-only']);
		expect([command, ...args]).toEqual(['cmd', '/c', 'npx', '-y', `cloudflare-cache-mcp@${VERSION}`, '--read-only']);
	});

	test.each([
		['linux', '/node/bin/node', CLONE],
		['win32', 'C:\\node\\node.exe', WINDOWS_CLONE],
	] as const)('of a clone names Node.js and script by their absolute paths, on %s', (os, node, script) => {
		expect(createLaunch({ ...HOME, os, node, script }, ['--audit-log', 'C:\\R&D\\a.jsonl'])).toEqual({
			command: node,
			args: [script, '--audit-log', 'C:\\R&D\\a.jsonl'],
		});
	});

	test.each([
		['linux', '/usr/local/lib/node_modules/cloudflare-cache-mcp/dist/cli.js'],
		['darwin', '/Users/me/.nvm/versions/node/v20.18.1/lib/node_modules/cloudflare-cache-mcp/dist/cli.js'],
		['win32', 'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\cloudflare-cache-mcp\\dist\\cli.js'],
	] as const)('of a package that was installed for all folders starts it by its path, on %s', (os, script) => {
		const platform = { ...HOME, os, script };
		expect(createLaunch(platform, [])).toEqual({ command: HOME.node, args: [script] });
		expect(createLaunch(platform, [], true).args).toContain(`cloudflare-cache-mcp@${VERSION}`);
	});

	test.each([
		'/home/me/.npm/_npx/1a2b/node_modules/cloudflare-cache-mcp/dist/cli.js',
		'/home/me/.cache/pnpm/dlx/1a2b/node_modules/.pnpm/x/node_modules/cloudflare-cache-mcp/dist/cli.js',
		'C:\\Users\\me\\AppData\\Local\\npm-cache\\_npx\\1a2b\\node_modules\\cloudflare-cache-mcp\\dist\\cli.js',
	])('of a package that was fetched to be run once does not name its folder: %s', (script) => {
		expect(createLaunch({ ...HOME, os: 'linux', script }, []).args).toEqual(['-y', `cloudflare-cache-mcp@${VERSION}`]);
	});

	test.each(['&', '|', '<', '>', '^', '%', '"', '!', '\n', '\r'])(
		'never passes %j through cmd, which would read it',
		(character) => {
			const platform = { ...HOME, os: 'win32', script: WINDOWS_PACKAGE } as const;
			expect(() => createLaunch(platform, ['--audit-log', `C:\\logs\\R${character}calc`])).toThrow(ConfigError);
		},
	);

	test('with a character that cmd reads is not even shown', async () => {
		const flags = ['--print', '--audit-log', 'C:\\R&D\\a.jsonl'];
		await expect(new Home({ os: 'win32' }).install('cursor', flags)).rejects.toThrow('a character that cmd reads');
	});
});

test.each([
	[[...NPX_ARGS, '--read-only'], ['--read-only']],
	[
		['-y', 'cloudflare-cache-mcp', '--zone', 'a.example'],
		['--zone', 'a.example'],
	],
	[['/c', 'npx', ...NPX_ARGS], []],
	[[CLONE, '--sandbox'], ['--sandbox']],
	[[WINDOWS_CLONE, '--sandbox'], ['--sandbox']],
	[['other-server', '--read-only'], undefined],
	['--read-only', undefined],
	[[1], undefined],
])('the flags of the arguments %j are %j', (args, words) => {
	expect(splitCommand({ command: 'x', args })?.words).toEqual(words);
});

describe('install, run again', () => {
	test.for(ALL)('%s keeps the flags of the entry and says so', async ([name]) => {
		const home = new Home();
		await home.install(name, ['--read-only', '--zones', 'example.com']);
		const { text, code } = await home.install(name, ['--log-level', 'info']);
		expect(code).toBe(0);
		expect(entryIn(name, home.read(name)).args).toEqual([
			...NPX_ARGS,
			'--zones',
			'example.com',
			'--read-only',
			'--log-level',
			'info',
		]);
		expect(text).toContain(
			'Kept from before: --zones example.com --read-only. To drop a flag, remove it from the file.',
		);
	});

	test('without flags writes nothing, keeps the flags and says so', async () => {
		const home = new Home();
		await home.install('cursor', ['--read-only']);
		const files = home.files();
		const { text } = await home.install('cursor');
		expect(home.files()).toEqual(files);
		expect(text).toContain('Nothing was written.\nKept from before: --read-only.');
	});

	test('replaces the value of a flag that is given, and says what it was', async () => {
		const home = new Home();
		await home.install('cursor', ['--zone', 'a.example', '--read-only']);
		const { text } = await home.install('cursor', ['--zone=b.example']);
		expect(entryIn('cursor', home.read('cursor')).args).toEqual([...NPX_ARGS, '--zone', 'b.example', '--read-only']);
		expect(text).toContain('Changed: was --zone a.example, is now --zone b.example\n');
		expect(text).toContain('Kept from before: --read-only.');
	});

	test('from a clone keeps the flags of an entry that started the package, and the other way round', async () => {
		const home = new Home();
		await home.install('cursor', ['--read-only']);
		const file = home.read('cursor');
		const clone = new Home({ script: CLONE });
		clone.put('cursor', file);
		await clone.install('cursor');
		expect(entryIn('cursor', clone.read('cursor'))).toMatchObject({
			command: '/node/bin/node',
			args: [CLONE, '--read-only'],
		});
		home.put('cursor', clone.read('cursor'));
		const { text } = await home.install('cursor');
		expect(text).toContain(`Started before: /node/bin/node ${CLONE}\n`);
		expect(entryIn('cursor', home.read('cursor')).args).toEqual([...NPX_ARGS, '--read-only']);
	});

	test('says which flags go, and shows no value of a flag that is not known', async () => {
		const home = new Home();
		const args = [...NPX_ARGS, '--markdown', '--token', 'cfut_hunter2', '--api-key=hunter2', '--read-only'];
		home.put('cursor', JSON.stringify({ mcpServers: { 'cf-cache': { command: 'npx', args } } }));
		const { text } = await home.install('cursor');
		expect(entryIn('cursor', home.read('cursor')).args).toEqual([...NPX_ARGS, '--read-only']);
		expect(text).toContain('Gone, because the server has no such flags: --markdown --token --api-key\n');
		expect(text).not.toContain('hunter2');
	});

	test('says that another program was replaced', async () => {
		const home = new Home();
		home.put('cursor', '{"mcpServers": {"cf-cache": {"command": "docker", "args": ["run", "x"]}}}');
		const { text } = await home.install('cursor');
		expect(text).toContain('The entry started another program, and that command is replaced.');
	});

	test('keeps the sandbox, and so asks for no token', async () => {
		const home = new Home();
		await home.install('vscode', ['--sandbox']);
		const { text } = await home.install('vscode', ['--read-only']);
		expect(home.read('vscode')).not.toContain('input');
		expect(text).not.toContain(clientOf('vscode').token.advice);
	});

	test('refuses flags that exclude each other, and writes nothing', async () => {
		const home = new Home();
		await home.install('cursor', ['--confirm', 'block']);
		const files = home.files();
		await expect(home.install('cursor', ['--dangerously-skip-confirmation'])).rejects.toThrow(
			'with the flags that the entry has already (--confirm block): --confirm block and',
		);
		expect(home.files()).toEqual(files);
	});
});
