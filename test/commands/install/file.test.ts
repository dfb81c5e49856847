/** The file on disk: replaced whole or not at all, with a copy of what it was, whatever it is. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfiguration, replaceConfiguration } from '../../../src/commands/install/config-file.js';
import { createHome, expectRefusal } from './machine.js';

describe('a file', () => {
	test('is copied to the first free name', async () => {
		const home = createHome();
		const file = home.put('cursor', '{ }');
		await home.install('cursor');
		await home.install('cursor', ['--read-only']);
		const { text } = await home.install('cursor', ['--sandbox']);
		expect(Object.keys(home.files())).toEqual([file, `${file}.bak`, `${file}.bak-1`, `${file}.bak-2`]);
		expect(home.files()[`${file}.bak`]).toBe('{ }');
		expect(text).toContain(`${file}.bak-2`);
	});

	test('that changed since it was read is not replaced, and nothing is left behind', async () => {
		const home = createHome();
		const file = home.put('cursor', '{}');
		const found = await readConfiguration(file);
		writeFileSync(file, '{ "theirs": 1 }');
		await expect(replaceConfiguration(found, '{ "ours": 1 }', false)).rejects.toThrow('changed by somebody else');
		expect(home.files()).toEqual({ [file]: '{ "theirs": 1 }' });
	});

	test('that appeared since it was looked for is not replaced', async () => {
		const home = createHome();
		const found = await readConfiguration(home.fileOf('cursor'));
		const file = home.put('cursor', 'theirs');
		await expect(replaceConfiguration(found, 'ours', false)).rejects.toThrow('changed by somebody else');
		expect(home.files()).toEqual({ [file]: 'theirs' });
	});

	test('that is a folder is left alone', async () => {
		const home = createHome();
		mkdirSync(home.fileOf('cursor'), { recursive: true });
		expectRefusal(await home.install('cursor'), 'is no regular file');
	});

	test('whose folder is a file is left alone', async () => {
		const home = createHome();
		writeFileSync(dirname(home.fileOf('cursor')), 'x');
		expectRefusal(await home.install('cursor'), /cannot be read \(ENOTDIR\)/);
		expect(Object.values(home.files())).toEqual(['x']);
	});

	test('that is no UTF-8 is left alone', async () => {
		const home = createHome();
		const file = home.put('cursor', Uint8Array.of(0x7b, 0xff, 0x7d));
		expectRefusal(await home.install('cursor'), 'is no UTF-8 text');
		expect(readFileSync(file)).toEqual(Buffer.of(0x7b, 0xff, 0x7d));
	});

	test('is made where a link points to that is still to be made', async () => {
		const home = createHome();
		const file = home.put('cursor', '');
		rmSync(file);
		symlinkSync('../dotfiles/cursor.json', file);
		expect((await home.install('cursor')).code).toBe(0);
		expect(readFileSync(join(home.folder, 'dotfiles', 'cursor.json'), 'utf8')).toBe(home.read('cursor'));
	});

	test('that is a link to itself is left alone', async () => {
		const home = createHome();
		const file = home.put('cursor', '');
		rmSync(file);
		symlinkSync(file, file);
		expectRefusal(await home.install('cursor'), /cannot be read \(ELOOP\)/);
	});
});
