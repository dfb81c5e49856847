/** Tests that a file is replaced as a whole or not at all, and that the old one is kept. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfigFile, replaceConfigFile } from '../../../src/commands/install/config-file.js';
import { expectRefusal, Home } from './home.js';

describe('the file of a client', () => {
	test('is copied to the first free name', async () => {
		const home = new Home();
		const file = home.put('cursor', '{ }');
		await home.install('cursor');
		await home.install('cursor', ['--read-only']);
		const { text } = await home.install('cursor', ['--sandbox']);
		expect(Object.keys(home.files())).toEqual([file, `${file}.bak`, `${file}.bak-1`, `${file}.bak-2`]);
		expect(home.files()[`${file}.bak`]).toBe('{ }');
		expect(text).toContain(`${file}.bak-2`);
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
