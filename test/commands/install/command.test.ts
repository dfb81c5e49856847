/** Tests `install` as a real process: what it writes, prints and exits with. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI, finish } from '../../support/process.js';
import { entryIn, example, Home, TOKEN } from './home.js';

const FLAGS = ['--zone', 'example.com', '--read-only'];

/** How an entry starts the clone that runs the tests. */
const CLONED = { command: process.execPath, args: [CLI] };

/** Runs the command without Node's compile cache, which would be another file in the home folder. */
const run = (words: readonly string[], env: Record<string, string>) =>
	finish(['install', ...words], { env: { ...env, NODE_DISABLE_COMPILE_CACHE: '1' } });

describe('the install command', () => {
	test('adds the entry to the home folder of the user and exits with 0', async () => {
		const home = new Home();
		const { before, after } = example('cursor', FLAGS, CLONED);
		const file = home.put('cursor', before);
		const env = { HOME: home.folder, CLOUDFLARE_API_TOKEN: TOKEN };
		const { code, stdout, stderr } = await run(['cursor', ...FLAGS], env);
		expect([code, stderr]).toEqual([0, '']);
		expect(stdout).toContain(file);
		expect(home.files()).toEqual({ [file]: after, [`${file}.cf-cache.bak`]: before });
	});

	test('adds the entry to a TOML file', async () => {
		const home = new Home();
		home.put('codex', example('codex').before);
		expect((await run(['codex'], { HOME: home.folder })).code).toBe(0);
		expect(home.read('codex')).toBe(example('codex', [], CLONED).after);
	});

	test('exits with 1 and says why on stderr when it keeps the file as it is', async () => {
		const home = new Home();
		home.put('zed', '{ "a": ');
		const { code, stdout, stderr } = await run(['zed'], { HOME: home.folder });
		expect([code, stdout]).toEqual([1, '']);
		expect(stderr).toContain('is not valid JSON at line 1, column');
	});

	test('says that the entry does not work yet, and the ways to the token, for a client that passes no variable on', async () => {
		const home = new Home();
		mkdirSync(dirname(home.fileOf('claude-desktop')), { recursive: true });
		const env = { HOME: home.folder, CLOUDFLARE_API_TOKEN: TOKEN };
		const { code, stdout } = await run(['claude-desktop', '--read-only'], env);
		expect(code).toBe(0);
		expect(stdout).toContain('The entry does not work yet: it has no token');
		expect(stdout).toContain('Give it the token in one of these ways:');
	});

	test('hides the token with --print --write-token', async () => {
		const home = new Home();
		const env = { HOME: home.folder, CLOUDFLARE_API_TOKEN: TOKEN };
		const { code, stdout } = await run(['codex', '--print', '--write-token'], env);
		expect([code, home.files()]).toEqual([0, {}]);
		expect(stdout).toContain('CLOUDFLARE_API_TOKEN = "[secret]"');
	});

	test.for([
		[[], 'install needs the name of a client; known clients are claude-desktop, '],
		[['curser'], 'install does not know the client "curser"; known clients are claude-desktop, '],
		[['curser'], 'Did you mean "cursor"?'],
		[['constructor'], 'does not know the client "constructor"'],
		[['cursor', 'zed'], '"zed"'],
		[['cursor', '--port', '1'], '--port'],
		[['cursor', '--write-token'], '--write-token needs the token'],
	] as const)('exits with 2 and writes nothing for the words %j', async ([words, why]) => {
		const home = new Home();
		const { code, stderr } = await run([...words], { HOME: home.folder });
		expect([code, home.files()]).toEqual([2, {}]);
		expect(stderr).toContain(why);
	});

	test('writes flags that the server starts with', async () => {
		const home = new Home();
		await home.install('zed', ['--tools', 'zones_list', '--sandbox']);
		const flags = entryIn('zed', readFileSync(home.fileOf('zed'), 'utf8')).args.slice(2);
		expect((await finish(flags)).code).toBe(0);
	});
});

test.each(['', 'relative/home'])(
	'the install command refuses HOME="%s", because the file would lie below the working folder',
	async (HOME) => {
		const { code, stderr, stdout } = await finish(['install', 'cursor'], { env: { HOME } });
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toContain('HOME is not an absolute path');
	},
);
