/** Tests what `doctor` says of the audit log, the state folder and the token file. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFile, temporaryFolder } from '../../support/files.js';
import { openSandbox } from '../../support/sandbox.js';
import { FREE, leaveUnfinished } from '../../support/unfinished.js';
import { askForJson } from './ask.js';

const examine = async (flags: string[], env: Record<string, string> = {}) =>
	askForJson(['--toolsets', 'zone', ...flags], (await openSandbox()).url, { env });

const openFile = (path: string) => {
	writeFileSync(path, '');
	chmodSync(path, 0o666);
};
const openFolder = (path: string) => {
	mkdirSync(path);
	chmodSync(path, 0o777);
};

describe.skipIf(process.platform === 'win32')('doctor on the audit log', () => {
	test('says that a new one is writable, and keeps it to its owner', async () => {
		const path = join(temporaryFolder(), 'audit.jsonl');
		const { of, code } = await examine(['--audit-log', path]);
		expect([code, of('audit')]).toEqual([0, [{ about: 'audit', state: 'ok', text: `audit log "${path}": writable` }]]);
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test.each([
		['that others can write', openFile, 'can be written by other users'],
		['that is a link', (path: string) => symlinkSync('/tmp/other', path), 'is a symbolic link'],
		['that is a folder', (path: string) => mkdirSync(path), 'cannot be opened (EISDIR)'],
	])('reports one %s, and the rest is checked all the same', async (_, make, words) => {
		const path = join(temporaryFolder(), 'audit log.jsonl');
		make(path);
		const { problem, code, of } = await examine(['--audit-log', path]);
		expect(code).toBe(1);
		expect(problem).toMatchObject({ about: 'audit', text: expect.stringContaining(words) });
		expect(problem?.next).toEqual([
			'Name another file: --audit-log FILE',
			`Or make it yours alone: chown "$(id -u)" '${path}' && chmod go-w '${path}'`,
		]);
		expect(of('api')).toMatchObject([{ state: 'ok' }]);
	});

	test('notes a folder in which other users can replace it', async () => {
		const folder = temporaryFolder();
		chmodSync(folder, 0o777);
		const { of } = await examine(['--audit-log', join(folder, 'audit.jsonl')]);
		expect(of('audit')[1]).toMatchObject({ state: 'note', next: [`chmod go-w ${folder}`] });
		chmodSync(folder, 0o1777);
		expect((await examine(['--audit-log', join(folder, 'audit.jsonl')])).of('audit')).toHaveLength(1);
	});
});

describe.skipIf(process.platform === 'win32')('doctor on the state folder', () => {
	test('says that it is writable, and leaves nothing in it', async () => {
		const folder = temporaryFolder();
		const { of } = await examine(['--state-dir', folder]);
		expect(of('state')).toMatchObject([{ state: 'ok', text: expect.stringContaining('only you can write it') }]);
		expect(readdirSync(folder)).toEqual([]);
	});

	test('does not make one that is not there yet', async () => {
		const folder = join(temporaryFolder(), 'a', 'b');
		const { of } = await examine(['--state-dir', folder]);
		expect(of('state')).toMatchObject([
			{ state: 'ok', text: expect.stringContaining('is made when a purge needs it') },
		]);
		expect(existsSync(folder)).toBe(false);
	});

	test.each([
		['that others can write', openFolder, 'can be written by other users'],
		['that is a file', (path: string) => writeFileSync(path, ''), 'cannot be written (EEXIST)'],
	])('reports one %s', async (_, make, words) => {
		const folder = join(temporaryFolder(), 'state');
		make(folder);
		const { problem } = await examine(['--state-dir', folder]);
		expect(problem).toMatchObject({
			about: 'state',
			text: expect.stringContaining(`${words}: large purges are refused`),
		});
		expect(problem?.next?.[0]).toBe('Name another one: --state-dir DIR');
	});
});

test('doctor names a purge that was not finished, and the command that finishes it', async () => {
	const { state, url, resume } = await leaveUnfinished();
	const { of, code } = await askForJson(['--state-dir', state, '--zone', FREE], url);
	expect(code).toBe(0);
	expect(of('state')[0]).toMatchObject({
		state: 'note',
		text: expect.stringMatching(/^a purge of example\.org is unfinished: [\d,]+ tags are left$/),
		next: [`Finish it: cloudflare-cache-mcp call purge_resume --resume ${resume}`],
	});
});

describe('doctor on the token file', () => {
	test('names it as the source', async () => {
		const path = temporaryFile('token', 'filed-token-0123456789');
		chmodSync(path, 0o600);
		const { of } = await examine([], { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_API_TOKEN_FILE: path });
		expect(of('credential')).toMatchObject([
			{ state: 'ok', text: expect.stringContaining('from CLOUDFLARE_API_TOKEN_FILE') },
		]);
	});

	test.skipIf(process.platform === 'win32')('notes that other users can read it', async () => {
		const path = temporaryFile('token', 'filed-token-0123456789');
		chmodSync(path, 0o644);
		const { of } = await examine([], { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_API_TOKEN_FILE: path });
		expect(of('credential')[0]).toMatchObject({ state: 'note', text: expect.stringContaining('run chmod 600 on it') });
	});

	test('reports one that is not there, and goes on', async () => {
		const { problem, of } = await examine([], {
			CLOUDFLARE_API_TOKEN: '',
			CLOUDFLARE_API_TOKEN_FILE: '/nonexistent/t',
		});
		expect(problem).toMatchObject({ about: 'credential', text: 'CLOUDFLARE_API_TOKEN_FILE cannot be read (ENOENT).' });
		expect(of('state')).toHaveLength(1);
	});
});
