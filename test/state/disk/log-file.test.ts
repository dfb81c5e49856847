/** The end of a log: synced to the disk where there is one, and closed in any case. */
import { fsyncSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { openLogFile } from '../../../src/state/disk/log-file.js';

vi.mock('node:fs', async (load) => {
	const real = await load<{ fsyncSync(file: number): void }>();
	return { ...real, fsyncSync: vi.fn(real.fsyncSync) };
});
afterEach(() => void vi.mocked(fsyncSync).mockReset());

function appender() {
	const folder = mkdtempSync(join(tmpdir(), 'appender-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const path = join(folder, 'log');
	return { path, ...openLogFile(path) };
}

const answerSync = (code: string) =>
	vi.mocked(fsyncSync).mockImplementation(() => {
		throw Object.assign(new Error(`${code}: made up`), { code });
	});

test('a log is synced once when it is closed', () => {
	const { append, close } = appender();
	append('a line\n');
	close();
	expect(fsyncSync).toHaveBeenCalledOnce();
});

test.for(['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'])(
	'a device that answers %s has nothing to sync, and closes',
	(code) => {
		const { append, close, path } = appender();
		append('a line\n');
		answerSync(code);
		expect(() => close()).not.toThrow();
		expect(readFileSync(path, 'utf8')).toBe('a line\n');
	},
);

test('a disk that cannot keep the log is an error', () => {
	const { close } = appender();
	answerSync('EIO');
	expect(() => close()).toThrow('EIO');
});
