/** Where the token comes from: files with the wrong rights, and password managers. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Config } from '../src/config.js';
import { readCredential } from '../src/credential.js';

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

describe('a token command', () => {
	test('is run once, however often the credential is needed, and its output is trimmed', async () => {
		const runs = join(folder(), 'runs');
		const command = node(
			`require('fs').appendFileSync(${JSON.stringify(runs)}, 'x'); console.log('  a-token-from-a-command  ')`,
		);
		const credential = readCredential({ command: 'serve', tokenCommand: command }, quiet);
		const all = await Promise.all([credential(), credential(), credential()]);
		expect(all).toEqual(Array(3).fill({ kind: 'token', token: 'a-token-from-a-command' }));
		expect(readFileSync(runs, 'utf8')).toBe('x');
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
		expect(credential).toEqual({ kind: 'none', why: expect.stringContaining('contains spaces') });
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
	])('%s gives no credential and says why', async ([, tokenCommand, why]) => {
		const credential = await read({ tokenCommand });
		expect(credential).toEqual({ kind: 'none', why: expect.stringContaining(why) });
		expect(JSON.stringify(credential)).not.toContain('secret');
	});

	test('stands behind a token in the environment', async () => {
		expect(await read({ token: 'a-token-from-outside', tokenCommand: ['/no/such/command'] })).toEqual({
			kind: 'token',
			token: 'a-token-from-outside',
		});
	});
});
