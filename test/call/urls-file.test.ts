/** urls_file: long lists are read from files, and only from files inside the allowed folders. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openSession, ZONE } from '../support/session.js';

/** Every path that was looked up on the disk. */
const lookedUp: string[] = [];
beforeEach(() => void lookedUp.splice(0));
vi.mock('node:fs/promises', async (load) => {
	const real = await load<typeof Files>();
	const realpath = (path: string) => {
		lookedUp.push(path);
		return real.realpath(path);
	};
	/** A file that says of itself what `pretended` says, and fails to read where that has an error. */
	const open = async (path: string, flags: number) => {
		const file = await real.open(path, flags);
		const { size, error } = pretended;
		if (size !== undefined) {
			const stat = file.stat.bind(file);
			file.stat = (async () => Object.assign(await stat(), { size })) as typeof file.stat;
		}
		if (error) file.read = () => Promise.reject(error);
		return file;
	};
	return { ...real, realpath, open };
});

/** 1,300 of them are more than 24 MB. */
const LONG_URL = `https://example.com/${'a'.repeat(20_000)}`;

/** What a file says of itself, in place of the truth. */
let pretended: { size?: number; error?: Error } = {};
const pretend = (facts: typeof pretended) => {
	pretended = facts;
	onTestFinished(() => {
		pretended = {};
	});
};

/** A folder with a root in it and a file beside the root. */
function setUp(lines: string[] = ['https://www.example.com/a', '', '  https://www.example.com/b  ']) {
	const folder = mkdtempSync(join(tmpdir(), 'files-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const root = join(folder, 'root');
	mkdirSync(root);
	writeFileSync(join(root, 'urls.txt'), lines.join('\n'));
	writeFileSync(join(folder, 'secret.txt'), 'https://www.example.com/secret\n');
	return { folder, root };
}

const purge = async (root: string, urls_file: string, more: Record<string, unknown> = {}) => {
	const session = await openSession({ flags: ['--files-root', root] });
	return { ...session, ...(await session.call('purge_cache', { zone: ZONE, urls_file, ...more })) };
};

describe('a file inside --files-root', () => {
	test.for(['relative', 'absolute'])('is read by its %s name, one URL per line', async (kind) => {
		const { root } = setUp();
		const { changes, text } = await purge(root, kind === 'relative' ? 'urls.txt' : join(root, 'urls.txt'));
		expect(text).toMatch(/^Cloudflare accepted the purge of 2 URLs of example\.com/);
		expect(changes()[0]?.body).toEqual({ files: ['https://www.example.com/a', 'https://www.example.com/b'] });
	});

	test.for<readonly [what: string, root: string, name: string]>([
		['the root is a link, and the name goes through it', 'link', 'link/urls.txt'],
		['the root is a link, and the name does not', 'link', 'root/urls.txt'],
		['the name goes through a link that stays inside', 'root', 'root/inner/urls.txt'],
	])('is read when %s', async ([, root, name]) => {
		const { folder, root: real } = setUp();
		symlinkSync(real, join(folder, 'link'));
		symlinkSync(real, join(real, 'inner'));
		expect((await purge(join(folder, root), join(folder, name))).text).toMatch(
			/^Cloudflare accepted the purge of 2 URLs/,
		);
	});

	test('is purged together with urls and tags', async () => {
		const { root } = setUp();
		const { text } = await purge(root, 'urls.txt', { urls: ['https://www.example.com/c'], tags: ['t'] });
		expect(text).toMatch(/^Cloudflare accepted the purge of 3 URLs and 1 tag/);
	});

	test.runIf(process.platform !== 'win32')(
		'is refused at once when it is a pipe, which may have no writer',
		async () => {
			const { root } = setUp();
			spawnSync('mkfifo', [join(root, 'pipe')]);
			const { text, requests } = await purge(root, 'pipe');
			expect(text).toContain('cannot be read');
			expect(requests).toEqual([]);
		},
	);

	test('is refused with the numbers of its wrong lines, without their text', async () => {
		const { root } = setUp(['https://www.example.com/', 'password=hunter2', '/relative', ...Array(9).fill('x y')]);
		const { text, requests } = await purge(root, 'urls.txt');
		expect(text).toMatch(/^Line 2 is not an absolute URL/);
		expect(text).toContain('… and 6 more lines.');
		expect(text).not.toContain('hunter2');
		expect(requests).toEqual([]);
	});

	test('is refused by line number when one line holds a list', async () => {
		const { root } = setUp([
			'https://www.example.com/a,',
			'https://www.example.com/b,https://www.example.com/c',
			'x\ry',
		]);
		const { text, requests } = await purge(root, 'urls.txt');
		expect(text.split('\n').slice(0, 3)).toEqual([
			'Line 1 ends with ",", which separates items: remove it.',
			'Line 2 contains two URLs: give one URL per item.',
			expect.stringMatching(/^Line 3 is not an absolute URL/),
		]);
		expect(requests).toEqual([]);
	});

	test.for<readonly [encoding: string, bytes: Buffer, says: string]>([
		[
			'Latin-1',
			Buffer.from('https://www.example.com/\nhttps://www.example.com/caf\xe9\n', 'latin1'),
			'Line 2 is not UTF-8 but probably Latin-1 or Windows-1252: save the file as UTF-8.',
		],
		[
			'UTF-16 with a mark',
			Buffer.from('\ufeffhttps://www.example.com/', 'utf16le'),
			'Line 1 is not UTF-8 but probably UTF-16: save the file as UTF-8.',
		],
		[
			'UTF-16 without one',
			Buffer.from('https://www.example.com/', 'utf16le'),
			'Line 1 is not UTF-8 but probably UTF-16: save the file as UTF-8.',
		],
		[
			'UTF-16 of the other byte order',
			Buffer.from('\ufeffhttps://www.example.com/', 'utf16le').swap16(),
			'Line 1 is not UTF-8 but probably UTF-16: save the file as UTF-8.',
		],
	])('is refused by line and encoding when it is in %s', async ([, bytes, says]) => {
		const { root } = setUp();
		writeFileSync(join(root, 'list.txt'), bytes);
		const { text, requests } = await purge(root, 'list.txt');
		expect(text.split('\n')[0]).toBe(says);
		expect(requests).toEqual([]);
	});

	test('is read as Windows saves it, with a byte order mark, CR and LF, and blanks around', async () => {
		const { root } = setUp();
		const text = '\ufeffhttps://www.example.com/a\r\n\r\n  https://www.example.com/é?x=1  \r\n';
		writeFileSync(join(root, 'list.txt'), text);
		const { changes } = await purge(root, 'list.txt');
		expect(changes()[0]?.body).toEqual({ files: ['https://www.example.com/a', 'https://www.example.com/é?x=1'] });
	});

	test('may have comments, which are lines that start with #', async () => {
		const { root } = setUp();
		writeFileSync(join(root, 'list.txt'), '# pages\nhttps://www.example.com/a\n  #https://www.example.com/b\n');
		const { changes } = await purge(root, 'list.txt');
		expect(changes()[0]?.body).toEqual({ files: ['https://www.example.com/a'] });
	});

	test('is read whole when it has several chunks, also where a chunk ends within a letter', async () => {
		const urls = Array.from({ length: 5_000 }, (_, at) => `https://www.example.com/${'é'.repeat(at % 40)}${at}`);
		const { root } = setUp(urls);
		const { changes } = await purge(root, 'urls.txt');
		expect(changes().flatMap(({ body }) => (body as { files: string[] }).files)).toEqual(urls);
	});

	test.for<readonly [what: string, lines: string[], says: string]>([
		['a line of 32,769 bytes', ['https://a.example/', 'a'.repeat(32_769)], 'Line 2 is longer than 32,768 bytes.'],
		['a line of 20 MB', ['', '', 'a'.repeat(20_000_000)], 'Line 3 is longer than 32,768 bytes.'],
		['more than 24 MB', Array(1_300).fill(LONG_URL), 'The file is larger than 24 MB.'],
	])('is refused when it has %s', async ([, lines, says]) => {
		const { root } = setUp(lines);
		const { text, requests } = await purge(root, 'urls.txt');
		expect(text.split('\n')[0]).toBe(says);
		expect(requests).toEqual([]);
	});

	test('is read no further than 24 MB when it says that it is smaller', async () => {
		const { root } = setUp(Array(1_300).fill(LONG_URL));
		pretend({ size: 0 });
		const { text, requests } = await purge(root, 'urls.txt');
		expect(text.split('\n')[0]).toBe('The file is larger than 24 MB.');
		expect(requests).toEqual([]);
	});

	test('is refused when reading it fails, and nothing was changed', async () => {
		const { root } = setUp();
		pretend({ error: Object.assign(new Error('i/o error'), { code: 'EIO' }) });
		const { text, isError, requests } = await purge(root, 'urls.txt');
		expect(isError).toBe(true);
		expect(text).toBe(
			'The file "urls.txt" cannot be read (EIO).\nNothing was changed.\nCheck the file and call again.',
		);
		expect(requests).toEqual([]);
	});

	test('is refused when it is empty', async () => {
		const { root } = setUp(['']);
		expect((await purge(root, 'urls.txt')).text).toMatch(/^The file contains no URLs\./);
	});
});

describe('a file outside the allowed folders', () => {
	test.for<readonly [what: string, name: (folder: string) => string]>([
		['that lies beside the root', (folder) => join(folder, 'secret.txt')],
		['that is named by ..', () => '../secret.txt'],
		['behind a link', () => 'link.txt'],
		['behind a linked folder', () => 'door/secret.txt'],
		['that does not exist', () => 'missing.txt'],
		['that is the root itself', () => '.'],
		['that belongs to the system', () => '/etc/passwd'],
	])('%s is refused with the same message as every other', async ([, name]) => {
		const { folder, root } = setUp();
		symlinkSync(join(folder, 'secret.txt'), join(root, 'link.txt'));
		symlinkSync(folder, join(root, 'door'));
		const { text, requests } = await purge(root, name(folder));
		expect(text).toMatch(
			/cannot be read: it does not exist, or it is outside the allowed folders\.\nNothing was changed\./,
		);
		expect(text).not.toContain('example.com/secret');
		expect(requests).toEqual([]);
	});

	test.for<readonly [what: string, name: (folder: string) => string]>([
		['an absolute path', (folder) => join(folder, 'way-in')],
		['a path with ..', () => '../way-in'],
		['the path of a host', () => '//host.example/share/urls.txt'],
	])('is not even looked up when it is given by %s', async ([, name]) => {
		const { folder, root } = setUp();
		symlinkSync(join(root, 'urls.txt'), join(folder, 'way-in'));
		const { text, requests } = await purge(root, name(folder));
		expect(text).toMatch(/cannot be read: it does not exist, or it is outside the allowed folders\./);
		expect(lookedUp).toEqual([root]);
		expect(requests).toEqual([]);
	});

	test('is refused when no folder is allowed', async () => {
		const { root } = setUp();
		const { call } = await openSession();
		expect((await call('purge_cache', { zone: ZONE, urls_file: join(root, 'urls.txt') })).text).toMatch(
			/^There is no folder that urls_file may read from/,
		);
	});
});

describe('the roots that the client offers', () => {
	const offer = async (...uris: string[]) => {
		const session = await openSession({ capabilities: { roots: {} } });
		session.client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: uris.map((uri) => ({ uri })) }));
		return session.call('purge_cache', { zone: ZONE, urls_file: 'urls.txt' });
	};

	test('are allowed folders too', async () => {
		const { root } = setUp();
		expect((await offer(pathToFileURL(root).href)).text).toMatch(/^Cloudflare accepted the purge of 2 URLs/);
	});

	test.for(['file://server/share', 'file:///a%2Fb', 'file:///%zz'])(
		'are skipped where one is not a folder: %s',
		async (uri) => {
			const { root } = setUp();
			expect((await offer(uri, pathToFileURL(root).href)).text).toMatch(/^Cloudflare accepted the purge of 2 URLs/);
			expect((await offer(uri)).text).toMatch(/^There is no folder that urls_file may read from/);
		},
	);

	test('count as none when the client does not name them within 10 seconds', async () => {
		const session = await openSession({ capabilities: { roots: {} } });
		const asked = new Promise<void>((resolve) => {
			session.client.setRequestHandler(ListRootsRequestSchema, () => {
				resolve();
				return new Promise(() => undefined);
			});
		});
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		onTestFinished(() => void vi.useRealTimers());
		const call = session.call('purge_cache', { zone: ZONE, urls_file: 'urls.txt' });
		await asked;
		await vi.advanceTimersByTimeAsync(10_000);
		expect((await call).text).toMatch(/^There is no folder that urls_file may read from/);
		expect(session.requests).toEqual([]);
	});
});
