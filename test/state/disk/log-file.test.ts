/** Log files: whole lines, rotation, and a sync to the disk at the end. */
import { fsyncSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LogFile } from '../../../src/state/disk/log-file.js';
import { temporaryFile, temporaryFolder } from '../../support/files.js';

vi.mock('node:fs', async (load) => {
	const real = await load<{ fsyncSync(file: number): void; writeSync(file: number, bytes: Uint8Array): number }>();
	return { ...real, fsyncSync: vi.fn(real.fsyncSync), writeSync: vi.fn(real.writeSync) };
});
afterEach(() => void vi.mocked(fsyncSync).mockReset());

const newPath = () => join(temporaryFolder(), 'log');

function failSync(code: string): void {
	vi.mocked(fsyncSync).mockImplementation(() => {
		throw Object.assign(new Error(`${code}: made up`), { code });
	});
}

describe('LogFile.append', () => {
	test('keeps lines whole when the file is open twice', () => {
		const path = newPath();
		const [one, two] = [new LogFile(path), new LogFile(path)];
		const lines = Array.from({ length: 100 }, (_, at) => [`one ${at}`, `two ${at}`]).flat();
		for (const line of lines) (line.startsWith('one') ? one : two).append(`${line}\n`);
		one.close();
		two.close();
		expect(readFileSync(path, 'utf8')).toBe(`${lines.join('\n')}\n`);
	});

	test('starts a new line after a line that a dead process left unfinished', () => {
		const path = temporaryFile('log', 'unfinish');
		const log = new LogFile(path);
		log.append('one\n');
		log.append('two\n');
		log.close();
		expect(readFileSync(path, 'utf8')).toBe('unfinish\none\ntwo\n');
	});

	test('throws ENOSPC when the disk takes part of a line, and starts the next line on its own', () => {
		const path = newPath();
		const log = new LogFile(path);
		vi.mocked(writeSync).mockImplementationOnce((file, line) => writeSync(file, String(line).slice(0, 3)));
		expect(() => log.append('first\n')).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
		log.append('second\n');
		log.close();
		expect(readFileSync(path, 'utf8')).toBe('fir\nsecond\n');
	});

	test('writes to the new file after the log was renamed, and leaves the renamed file alone', () => {
		const path = newPath();
		const log = new LogFile(path);
		log.append('before\n');
		renameSync(path, `${path}.1`);
		log.append('after\n');
		log.close();
		expect(readFileSync(`${path}.1`, 'utf8')).toBe('before\n');
		expect(readFileSync(path, 'utf8')).toBe('after\n');
	});

	test('starts a new line in a file that replaced the log and ends inside a line', () => {
		const path = newPath();
		const log = new LogFile(path);
		renameSync(path, `${path}.1`);
		writeFileSync(path, 'unfinish');
		log.append('after\n');
		log.close();
		expect(readFileSync(path, 'utf8')).toBe('unfinish\nafter\n');
	});
});

describe('LogFile.close', () => {
	test('syncs the file to the disk once', () => {
		const log = new LogFile(newPath());
		log.append('a line\n');
		log.close();
		expect(fsyncSync).toHaveBeenCalledOnce();
	});

	test.for(['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'])(
		'succeeds for a device that answers %s, because a device has nothing to sync',
		(code) => {
			const path = newPath();
			const log = new LogFile(path);
			log.append('a line\n');
			failSync(code);
			expect(() => log.close()).not.toThrow();
			expect(readFileSync(path, 'utf8')).toBe('a line\n');
		},
	);

	test('throws the error of a disk that cannot keep the log', () => {
		const log = new LogFile(newPath());
		failSync('EIO');
		expect(() => log.close()).toThrow('EIO');
	});
});
