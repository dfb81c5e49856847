/** Where the token comes from: files with the wrong rights, and password managers. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type * as Os from 'node:os';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { readCredential } from '../../src/config/credential.js';
import { ConfigError } from '../../src/errors.js';

vi.mock('node:os', async (load) => {
	const real = await load<typeof Os>();
	return { ...real, platform: vi.fn(real.platform) };
});
afterEach(() => void vi.mocked(platform).mockReset());

function folder(): string {
	const path = mkdtempSync(join(tmpdir(), 'token-'));
	onTestFinished(() => rmSync(path, { recursive: true }));
	return path;
}

const node = (code: string) => [process.execPath, '-e', code];
const quiet = () => undefined;
const read = (config: Partial<Config>, log = quiet as (level: string, message: string) => void) =>
	readCredential({ command: 'serve', ...config }, log)();

describe('a token file', () => {
	test('that others can read gives a warning without its content', async () => {
		const path = join(folder(), 'token');
		writeFileSync(path, 'a-token-from-a-file\n');
		chmodSync(path, 0o644);
		const said: string[] = [];
		expect(await read({ tokenFile: path }, (_, message) => said.push(message))).toEqual({
			kind: 'token',
			token: 'a-token-from-a-file',
		});
		expect(said).toEqual([expect.stringContaining('can be read by others')]);
	});

	test('of its owner alone gives none', async () => {
		const path = join(folder(), 'token');
		writeFileSync(path, 'a-token-from-a-file', { mode: 0o600 });
		const said: string[] = [];
		await read({ tokenFile: path }, (_, message) => said.push(message));
		expect(said).toEqual([]);
	});
});

describe('a token file of Windows', () => {
	const write = (bytes: Buffer) => {
		const path = join(folder(), 'token');
		writeFileSync(path, bytes, { mode: 0o600 });
		return path;
	};
	const TOKEN = 'a-token-from-a-file';

	test.for<readonly [what: string, bytes: Buffer]>([
		['little-endian', Buffer.from(`\ufeff${TOKEN}\r\n`, 'utf16le')],
		['big-endian', Buffer.from(`\ufeff${TOKEN}\r\n`, 'utf16le').swap16()],
	])('in UTF-16, %s, is refused with the name of the encoding', ([, bytes]) => {
		expect(() => readCredential({ command: 'serve', tokenFile: write(bytes) }, quiet)).toThrow(
			new ConfigError('CLOUDFLARE_API_TOKEN_FILE is written in UTF-16: save it as UTF-8'),
		);
	});

	test('in UTF-8 with a mark and CRLF is read', async () => {
		expect(await read({ tokenFile: write(Buffer.from(`\ufeff${TOKEN}\r\n`)) })).toEqual({
			kind: 'token',
			token: TOKEN,
		});
	});
});

describe('a token command', () => {
	test('is run once when it succeeds, however often the credential is needed, and its output is trimmed', async () => {
		const runs = join(folder(), 'runs');
		const command = node(
			`require('fs').appendFileSync(${JSON.stringify(runs)}, 'x'); console.log('  a-token-from-a-command  ')`,
		);
		const credential = readCredential({ command: 'serve', tokenCommand: command }, quiet);
		const all = await Promise.all([credential(), credential(), credential()]);
		expect(all).toEqual(Array(3).fill({ kind: 'token', token: 'a-token-from-a-command' }));
		expect(readFileSync(runs, 'utf8')).toBe('x');
	});

	test('that failed is run again when the credential is needed again: it may be unlocked by then', async () => {
		const unlocked = join(folder(), 'unlocked');
		const command = node(`console.log(require('fs').readFileSync(${JSON.stringify(unlocked)}, 'utf8'))`);
		const credential = readCredential({ command: 'serve', tokenCommand: command }, quiet);
		expect((await Promise.all([credential(), credential()])).map(({ kind }) => kind)).toEqual(['none', 'none']);
		writeFileSync(unlocked, 'a-token-from-a-command');
		expect(await credential()).toEqual({ kind: 'token', token: 'a-token-from-a-command' });
	});

	test('is not run before it is needed', async () => {
		const runs = join(folder(), 'runs');
		readCredential(
			{ command: 'serve', tokenCommand: node(`require('fs').writeFileSync(${JSON.stringify(runs)}, 'x')`) },
			quiet,
		);
		expect(() => readFileSync(runs)).toThrow('ENOENT');
	});

	test('is given no shell', async () => {
		const credential = await read({ tokenCommand: [...node('console.log(process.argv[1])'), '$(echo injected)'] });
		expect(credential).toMatchObject({ kind: 'none', why: expect.stringContaining('contains spaces') });
	});

	test.for<readonly [what: string, words: string[], why: string]>([
		['that does not exist', ['/no/such/command'], 'could not be run (ENOENT)'],
		[
			'that fails, without repeating what it printed',
			node("console.error('secret words'); console.log('secret words'); process.exit(3)"),
			'ended with exit code 3',
		],
		['that prints nothing', node(''), 'printed nothing'],
		['that prints several words', node("console.log('two words')"), 'contains spaces or control characters'],
		[
			'that is a script of Windows',
			['/no/such/op.cmd', 'read'],
			'could not be run (ENOENT) (on Windows name an .exe, or cmd /c …)',
		],
	])('%s gives no credential and says why', async ([, tokenCommand, why]) => {
		const credential = await read({ tokenCommand });
		expect(credential).toEqual({
			kind: 'none',
			why: expect.stringContaining(why),
			advice: 'Let the person unlock the password manager or mend the command, then call again.',
		});
		expect(JSON.stringify(credential)).not.toContain('secret');
	});

	test('that is no script of Windows gets no advice about them elsewhere', async () => {
		vi.mocked(platform).mockReturnValue('linux');
		expect(await read({ tokenCommand: ['/no/such/op'] })).toMatchObject({
			why: expect.not.stringContaining('Windows'),
		});
	});

	test('of any name gets it on Windows, where op may be op.cmd', async () => {
		vi.mocked(platform).mockReturnValue('win32');
		expect(await read({ tokenCommand: ['/no/such/op'] })).toMatchObject({ why: expect.stringContaining('cmd /c') });
	});

	test('stands behind a token in the environment', async () => {
		expect(await read({ token: 'a-token-from-outside', tokenCommand: ['/no/such/command'] })).toEqual({
			kind: 'token',
			token: 'a-token-from-outside',
		});
	});
});
