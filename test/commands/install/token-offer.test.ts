/** Tests that install takes the token from the user of a terminal, unseen, into the keychain of the system. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findKeychain } from '../../../src/commands/install/keychain.js';
import type { User } from '../../../src/commands/install/token-offer.js';
import { parseCommandWords } from '../../../src/config/parsers.js';
import { temporaryFolder } from '../../support/files.js';
import { startOnTerminal } from '../../support/process.js';
import { ALL, entryIn, Home, TOKEN } from './home.js';

const PATH = '/usr/local/bin:/usr/bin';
const TOOL = '/usr/bin/secret-tool';

/** A user who gives these answers, and a keychain that keeps one token. */
class FakeUser implements User {
	readonly questions: string[] = [];
	readonly programs: string[] = [];
	readonly secrets: string[] = [];
	kept: string | undefined;
	readonly #answers: (string | undefined)[];
	readonly #works: boolean;

	constructor(
		answers: readonly (string | undefined)[],
		{ kept, works = true }: { kept?: string; works?: boolean } = {},
	) {
		this.#answers = [...answers];
		this.kept = kept;
		this.#works = works;
	}

	readonly askHidden = async (question: string) => {
		this.questions.push(question);
		return this.#answers.shift();
	};
	readonly protect = (secret: string) => void this.secrets.push(secret);
	readonly run = async (program: string, args: readonly string[], input = '') => {
		this.programs.push([program, ...args].join(' '));
		const [verb] = args;
		if (verb === 'lookup' || verb === 'find-generic-password')
			return this.kept === undefined ? undefined : `${this.kept}\n`;
		if (this.#works) this.kept = / -w (\S+)\n$/.exec(input)?.[1] ?? input;
		return '';
	};
}

const linux = () => new Home({ exists: (path) => path === TOOL || !/secret-tool/.test(path) });

describe('install on a terminal', () => {
	test.for([
		['linux', `${TOOL} lookup service cloudflare-cache-mcp account cf-cache`],
		['darwin', '/usr/bin/security find-generic-password -s cloudflare-cache-mcp -a cf-cache -w'],
	] as const)('keeps the token in the keychain of %s, and the entry reads it there', async ([os, command]) => {
		const home = os === 'linux' ? linux() : new Home({ os });
		const user = new FakeUser([TOKEN]);
		const { text, code } = await home.install('claude-desktop', ['--read-only'], { PATH }, user);
		expect([code, user.kept]).toEqual([0, TOKEN]);
		expect(entryIn('claude-desktop', home.read('claude-desktop')).args).toEqual(
			expect.arrayContaining(['--token-command', command, '--read-only']),
		);
		expect(parseCommandWords(command).join(' ')).toBe(command);
		expect(text).toContain('has the token. The file does not hold it.');
		expect([...user.programs, text, ...Object.values(home.files())].join('\n')).not.toContain(TOKEN);
		expect(user.secrets).toEqual([TOKEN]);
	});

	test('says why it asks, and what Enter does', async () => {
		const user = new FakeUser([TOKEN]);
		await linux().install('claude-desktop', [], { PATH }, user);
		expect(user.questions).toEqual([
			'Claude Desktop passes no variable on to servers.\nThe keyring of your desktop can keep the token, and the server then reads it from there.\nAPI token (not shown; Enter to go on without): ',
		]);
	});

	test('of a client that passes the variable on, asks only where the variable is not set', async () => {
		const asked = new FakeUser([TOKEN]);
		await linux().install('cursor', [], { PATH }, asked);
		expect(asked.questions[0]).toContain('CLOUDFLARE_API_TOKEN is not set here.');
		const notAsked = new FakeUser([]);
		await linux().install('cursor', [], { PATH, CLOUDFLARE_API_TOKEN: TOKEN }, notAsked);
		expect(notAsked.questions).toEqual([]);
	});

	test('leaves no placeholder beside the command', async () => {
		const home = linux();
		await home.install('cursor', [], { PATH }, new FakeUser([TOKEN]));
		expect(entryIn('cursor', home.read('cursor')).env).toBeUndefined();
	});

	test.for([
		['a token command', ['--token-command', 'op read x'], {}],
		['a token file', [], { CLOUDFLARE_API_TOKEN_FILE: '/secrets/token' }],
		['the sandbox', ['--sandbox'], {}],
		['--write-token', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN }],
		['--print', ['--print'], {}],
	] as const)('does not ask with %s', async ([, flags, env]) => {
		const user = new FakeUser([]);
		expect((await linux().install('claude-desktop', flags, { PATH, ...env }, user)).code).toBe(0);
		expect([user.questions, user.programs]).toEqual([[], []]);
	});

	test.for([
		['vscode, which asks itself', 'vscode', []],
		['the file of a project, which is for others too', 'cursor', ['--project']],
	] as const)('does not ask for %s', async ([, name, flags]) => {
		const user = new FakeUser([]);
		await new Home({ cwd: 'work' }).install(name, flags, { PATH }, user);
		expect(user.questions).toEqual([]);
	});

	test('does not ask again once the entry has the command', async () => {
		const home = linux();
		await home.install('claude-desktop', [], { PATH }, new FakeUser([TOKEN]));
		const user = new FakeUser([]);
		const { text } = await home.install('claude-desktop', ['--zone', 'a.example'], { PATH }, user);
		expect(user.questions).toEqual([]);
		expect(text).toContain('Kept from before: --token-command');
	});

	test('takes the token that the keychain has, where the user presses Enter', async () => {
		const user = new FakeUser([''], { kept: TOKEN });
		const { code } = await linux().install('cursor', [], { PATH }, user);
		expect([code, user.kept]).toEqual([0, TOKEN]);
		expect(user.questions[0]).toContain('Enter to take the token that it has');
		expect(user.programs).toHaveLength(1);
	});

	test('replaces the token that the keychain has by the one that the user gives', async () => {
		const user = new FakeUser([TOKEN], { kept: 'old-token-0123456789' });
		await linux().install('cursor', [], { PATH }, user);
		expect(user.kept).toBe(TOKEN);
	});

	test('takes the token of the environment, where the user presses Enter', async () => {
		const user = new FakeUser(['']);
		await linux().install('claude-desktop', [], { PATH, CLOUDFLARE_API_TOKEN: TOKEN }, user);
		expect(user.kept).toBe(TOKEN);
	});

	test('asks again for a text that cannot be a token, and does not repeat it', async () => {
		const user = new FakeUser(['"hunter2"', TOKEN]);
		const { text } = await linux().install('cursor', [], { PATH }, user);
		expect(user.kept).toBe(TOKEN);
		expect(user.questions[1]).toContain('is not a token: a token has only letters, digits, _ and -.\nAPI token: ');
		expect([...user.questions, text].join()).not.toContain('hunter2');
	});

	test.for([[[undefined]], [['a b', 'a b', 'a b']]] as const)(
		'writes nothing and exits with 130 when the user cancels or never gives a token: %j',
		async ([answers]) => {
			const home = linux();
			const user = new FakeUser(answers);
			const result = await home.install('cursor', [], { PATH }, user);
			expect(result).toEqual({ text: 'Cancelled. Nothing was written.\n', code: 130 });
			expect([home.files(), user.kept]).toEqual([{}, undefined]);
		},
	);

	test.for([
		['gives none', new FakeUser([''])],
		['has a keychain that keeps nothing', new FakeUser([TOKEN], { works: false })],
	] as const)('says the other ways where the user %s', async ([, user]) => {
		const home = linux();
		const { text, code } = await home.install('cursor', [], { PATH }, user);
		expect(code).toBe(0);
		expect(text).toContain('The variable is not set here, and without it every call fails.');
		expect(home.read('cursor')).not.toContain('--token-command');
	});

	test('says that the entry of claude-desktop does not work where the keychain keeps nothing', async () => {
		const home = linux();
		const user = new FakeUser([TOKEN], { works: false });
		const result = await home.install('claude-desktop', [], { PATH }, user);
		expect(result.text).toContain('The keyring of your desktop did not keep the token.');
		expect(result.text).toContain('The entry does not work yet: it has no token');
		expect(home.read('claude-desktop')).not.toContain(TOKEN);
	});

	test('does not ask where PATH has no secret-tool', async () => {
		const user = new FakeUser([]);
		const home = new Home({ exists: (path) => !/secret-tool/.test(path) });
		const { text } = await home.install('claude-desktop', [], { PATH }, user);
		expect(text).toContain('it has no token');
		expect([user.questions, user.programs]).toEqual([[], []]);
	});

	test('knows no keychain of Windows', () => {
		expect(findKeychain({ os: 'win32', env: { PATH }, exists: () => true } as never, 'cf-cache')).toBeUndefined();
	});

	test('ignores folders of PATH that are relative', async () => {
		const user = new FakeUser([]);
		await new Home().install('cursor', [], { PATH: 'bin:.' }, user);
		expect(user.programs).toEqual([]);
	});

	test.for(ALL)('%s tells at uninstall how the token leaves the keychain', async ([name]) => {
		const home = linux();
		await home.install(name, ['--token-command', `${TOOL} lookup service cloudflare-cache-mcp account cf-cache`], {});
		const { text } = await home.uninstall(name, [], { PATH });
		expect(text).toContain(`remove it: ${TOOL} clear service cloudflare-cache-mcp account cf-cache`);
		await home.install(name, ['--token-command', 'op read x'], {});
		expect((await home.uninstall(name, [], { PATH })).text).not.toContain('clear');
	});
});

describe.skipIf(process.platform !== 'linux')('the install command on a real terminal', () => {
	/** A home with a keyring program that keeps the token in a file and writes down how it was called. */
	function prepare() {
		const home = temporaryFolder();
		mkdirSync(join(home, '.config/Claude'), { recursive: true });
		const tool = join(home, 'secret-tool');
		const script = `#!/bin/sh\necho "$@" >> ${home}/calls\ncase "$1" in store) cat > ${home}/kept;; lookup) cat ${home}/kept;; esac\n`;
		writeFileSync(tool, script);
		chmodSync(tool, 0o755);
		const env = { HOME: home, PATH: `${home}:/usr/bin:/bin`, TERM: 'xterm', NODE_DISABLE_COMPILE_CACHE: '1' };
		const running = startOnTerminal(['install', 'claude-desktop', '--read-only'], { env });
		return { home, running };
	}
	const readIn = (home: string, name: string) => readFileSync(join(home, name), 'utf8');
	const CONFIG = '.config/Claude/claude_desktop_config.json';

	test('shows nothing of the token that is pasted, and keeps it', async () => {
		const { home, running } = prepare();
		await running.saw('stdout', 'API token (not shown; Enter to go on without): ');
		await running.write(`${TOKEN}\r`);
		expect(await running.ended).toMatchObject({ code: 0 });
		expect(readIn(home, 'kept')).toBe(TOKEN);
		expect(readIn(home, CONFIG)).toContain(`${home}/secret-tool lookup service`);
		expect(`${running.stdout()}${readIn(home, 'calls')}${readIn(home, CONFIG)}`).not.toContain(TOKEN.slice(0, 6));
	});

	test('takes back a letter by the backspace key', async () => {
		const { home, running } = prepare();
		await running.saw('stdout', 'API token');
		await running.write(`${TOKEN}xy\u007f\u007f\r`);
		expect(await running.ended).toMatchObject({ code: 0 });
		expect(readIn(home, 'kept')).toBe(TOKEN);
	});

	test.for([
		['Ctrl-C', '\u0003'],
		['Ctrl-D', '\u0004'],
	] as const)('ends with 130 at %s, with nothing written', async ([, key]) => {
		const { home, running } = prepare();
		await running.saw('stdout', 'API token');
		await running.write(`abc${key === '\u0004' ? '\u007f\u007f\u007f' : ''}${key}`);
		expect(await running.ended).toMatchObject({ code: 130 });
		expect(running.stdout()).toContain('Cancelled. Nothing was written.');
		expect(() => readIn(home, CONFIG)).toThrow('ENOENT');
		expect(() => readIn(home, 'kept')).toThrow('ENOENT');
	});
});
