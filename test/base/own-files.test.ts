/** Folders and files of this user alone: what is created is private, and what others could have written is refused. */
import { spawnSync } from 'node:child_process';
import {
	chmodSync,
	closeSync,
	constants,
	mkdirSync,
	mkdtempSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { OwnershipError, openOwnFile, ownFolder } from '../../src/base/own-files.js';

const READ = { flags: constants.O_RDONLY };
const APPEND = { flags: constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY };
const USER = process.getuid?.() ?? 0;

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'own-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function write(name: string, mode: number): string {
	const path = join(folder, name);
	writeFileSync(path, 'text');
	chmodSync(path, mode);
	return path;
}

const refusal = (action: () => unknown) => {
	try {
		action();
	} catch (error) {
		return error instanceof OwnershipError ? error.message : error;
	}
	return undefined;
};

describe.skipIf(process.platform === 'win32')('a folder of ours', () => {
	test('is created with its parents, for the user only, whatever the umask', () => {
		const before = process.umask(0);
		onTestFinished(() => void process.umask(before));
		const path = join(folder, 'a', 'b');
		expect(ownFolder(path)).toBe(path);
		expect(statSync(path).mode & 0o777).toBe(0o700);
		expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
	});

	test('is refused when its path is relative', () => {
		expect(refusal(() => ownFolder('state'))).toBe('is not an absolute path');
	});

	test.for([0o777, 0o775, 0o722])('is refused when other users can write it: mode %o', (mode) => {
		const path = join(folder, 'open');
		mkdirSync(path);
		chmodSync(path, mode);
		expect(refusal(() => ownFolder(path))).toBe('can be written by other users');
	});

	test('is refused when it is a symbolic link', () => {
		mkdirSync(join(folder, 'real'), { mode: 0o700 });
		symlinkSync(join(folder, 'real'), join(folder, 'link'));
		expect(refusal(() => ownFolder(join(folder, 'link')))).toBe('is not a folder');
	});

	test('is refused when it belongs to another user', () => {
		expect(refusal(() => ownFolder(folder, USER + 1))).toBe('belongs to another user');
	});
});

describe.skipIf(process.platform === 'win32')('a file of ours', () => {
	test('is created for the user only, whatever the umask', () => {
		const before = process.umask(0);
		onTestFinished(() => void process.umask(before));
		closeSync(openOwnFile(join(folder, 'log'), APPEND));
		expect(statSync(join(folder, 'log')).mode & 0o777).toBe(0o600);
	});

	test('may be readable by other users, since that is for its use to judge', () => {
		closeSync(openOwnFile(write('readable', 0o644), READ));
	});

	test.for([0o666, 0o620, 0o602])('is refused when other users can write it: mode %o', (mode) => {
		expect(refusal(() => openOwnFile(write('open', mode), READ))).toBe('can be written by other users');
	});

	test('is refused when it belongs to another user', () => {
		expect(refusal(() => openOwnFile(write('foreign', 0o600), READ, USER + 1))).toBe('belongs to another user');
	});

	test.runIf(USER === 0)('may belong to root where that is allowed', () => {
		closeSync(openOwnFile(write('secret', 0o600), { ...READ, allowRoot: true }, 1_000));
	});

	test('is refused when it is a symbolic link, unless links are followed', () => {
		symlinkSync(write('target', 0o600), join(folder, 'link'));
		expect(refusal(() => openOwnFile(join(folder, 'link'), READ))).toBe('is a symbolic link');
		closeSync(openOwnFile(join(folder, 'link'), { ...READ, followLinks: true }));
	});

	test.for([READ, APPEND])('is refused at once when it is a pipe: flags $flags', (options) => {
		const path = join(folder, 'pipe');
		expect(spawnSync('mkfifo', [path]).status).toBe(0);
		expect(refusal(() => openOwnFile(path, options))).toBe('is not a regular file');
	});

	test('is refused when it is a device', () => {
		expect(refusal(() => openOwnFile('/dev/null', READ))).toBe('is not a regular file');
	});

	test('is refused when it is a folder', () => {
		expect(refusal(() => openOwnFile(folder, READ))).toBe('is not a regular file');
	});

	test('is refused when its path is relative', () => {
		expect(refusal(() => openOwnFile('token', READ))).toBe('is not an absolute path');
	});

	test('that is not there fails with the error of the system', () => {
		expect(refusal(() => openOwnFile(join(folder, 'missing'), READ))).toMatchObject({ code: 'ENOENT' });
	});
});
