/** Tests that a file is replaced as a whole or not at all, and that the old one is kept. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfigFile, replaceConfigFile } from '../../../src/commands/install/config-file.js';
import { expectRefusal, Home, modeOf } from './home.js';

describe('the file of a client', () => {
	test('has one copy, which is the file before the last change, and a copy of the user stays', async () => {
		const home = new Home();
		const file = home.put('cursor', '{ }');
		const theirs = `${file}.bak`;
		writeFileSync(theirs, 'theirs');
		await home.install('cursor');
		await home.install('cursor', ['--read-only']);
		const before = home.read('cursor');
		const { text } = await home.install('cursor', ['--sandbox']);
		const copy = `${file}.cf-cache.bak`;
		expect(home.files()).toEqual({ [file]: home.read('cursor'), [theirs]: 'theirs', [copy]: before });
		expect(text).toContain(`Backup of the old file: ${copy}\n`);
	});

	test('has a copy that only its owner can read, also where a copy that all could read was there', async () => {
		const home = new Home();
		const file = home.put('cursor', '{ }');
		const copy = `${file}.cf-cache.bak`;
		writeFileSync(copy, 'old', { mode: 0o644 });
		await home.install('cursor');
		expect([modeOf(copy), readFileSync(copy, 'utf8')]).toEqual([0o600, '{ }']);
	});

	test('keeps its copy when it is not replaced', async () => {
		const home = new Home();
		const file = home.put('cursor', '{}');
		await home.install('cursor');
		const unchanged = await readConfigFile(file);
		writeFileSync(file, '{ "theirs": 1 }');
		await expect(replaceConfigFile(unchanged, '{ "ours": 1 }', false)).rejects.toThrow(
			'was changed by another program',
		);
		expect(home.files()).toEqual({ [file]: '{ "theirs": 1 }', [`${file}.cf-cache.bak`]: '{}' });
	});

	test('that changed since it was read is not replaced, and no draft stays', async () => {
		const home = new Home();
		const file = home.put('cursor', '{}');
		const unchanged = await readConfigFile(file);
		writeFileSync(file, '{ "theirs": 1 }');
		await expect(replaceConfigFile(unchanged, '{ "ours": 1 }', false)).rejects.toThrow(
			'was changed by another program just now',
		);
		expect(home.files()).toEqual({ [file]: '{ "theirs": 1 }' });
	});

	test('that appeared after it was found missing is not replaced', async () => {
		const home = new Home();
		const unchanged = await readConfigFile(home.fileOf('cursor'));
		const file = home.put('cursor', 'theirs');
		await expect(replaceConfigFile(unchanged, 'ours', false)).rejects.toThrow(
			'was changed by another program just now',
		);
		expect(home.files()).toEqual({ [file]: 'theirs' });
	});

	test('that is a folder is not replaced', async () => {
		const home = new Home();
		mkdirSync(home.fileOf('cursor'), { recursive: true });
		expectRefusal(await home.install('cursor'), 'is not a regular file');
	});

	test('whose folder is a file is not created', async () => {
		const home = new Home();
		writeFileSync(dirname(home.fileOf('cursor')), 'x');
		expectRefusal(await home.install('cursor'), /cannot be read \(ENOTDIR\)/);
		expect(Object.values(home.files())).toEqual(['x']);
	});

	test('that is not UTF-8 text is not replaced', async () => {
		const home = new Home();
		const file = home.put('cursor', Uint8Array.of(0x7b, 0xff, 0x7d));
		expectRefusal(await home.install('cursor'), 'is not UTF-8 text');
		expect(readFileSync(file)).toEqual(Buffer.of(0x7b, 0xff, 0x7d));
	});

	test('is created where a link points to a file that does not exist', async () => {
		const home = new Home();
		const file = home.put('cursor', '');
		rmSync(file);
		symlinkSync('../dotfiles/cursor.json', file);
		expect((await home.install('cursor')).code).toBe(0);
		expect(readFileSync(join(home.folder, 'dotfiles', 'cursor.json'), 'utf8')).toBe(home.read('cursor'));
	});

	test('that is a link to itself is not replaced', async () => {
		const home = new Home();
		const file = home.put('cursor', '');
		rmSync(file);
		symlinkSync(file, file);
		expectRefusal(await home.install('cursor'), /cannot be read \(ELOOP\)/);
	});
});
