/** `urls_file`: long lists from files, only below the folders that were offered. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connect, ZONE } from '../support/session.js';

/** Every path whose way was looked up on the disk. */
const lookedAt: string[] = [];
beforeEach(() => void lookedAt.splice(0));
vi.mock('node:fs/promises', async (load) => {
	const real = await load<typeof Files>();
	const realpath = (path: string) => {
		lookedAt.push(path);
		return real.realpath(path);
	};
	return { ...real, realpath };
});

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
	const session = await connect({ flags: ['--files-root', root] });
	return { ...session, ...(await session.call('purge_cache', { zone: ZONE, urls_file, ...more })) };
};

describe('a file below --files-root', () => {
	test.for(['relative', 'absolute'])('is read by its %s name, a URL a line', async (kind) => {
		const { root } = setUp();
		const { changes, text } = await purge(root, kind === 'relative' ? 'urls.txt' : join(root, 'urls.txt'));
		expect(text).toMatch(/^Cloudflare accepted the purge of 2 URLs of example\.com/);
		expect(changes()[0]?.body).toEqual({ files: ['https://www.example.com/a', 'https://www.example.com/b'] });
	});

	test.for<readonly [what: string, root: string, name: string]>([
		['the root is a link, and the name goes through it', 'link', 'link/urls.txt'],
		['the root is a link, and the name does not', 'link', 'root/urls.txt'],
		['the name goes through a link that stays inside', 'root', 'root/inner/urls.txt'],
	])('is read where %s', async ([, root, name]) => {
		const { folder, root: real } = setUp();
		symlinkSync(real, join(folder, 'link'));
		symlinkSync(real, join(real, 'inner'));
		expect((await purge(join(folder, root), join(folder, name))).text).toMatch(
			/^Cloudflare accepted the purge of 2 URLs/,
		);
	});

	test('goes together with urls and tags', async () => {
		const { root } = setUp();
		const { text } = await purge(root, 'urls.txt', { urls: ['https://www.example.com/c'], tags: ['t'] });
		expect(text).toMatch(/^Cloudflare accepted the purge of 3 URLs and 1 tag/);
	});

	test.runIf(process.platform !== 'win32')('that is a pipe is refused at once: nobody may write into it', async () => {
		const { root } = setUp();
		spawnSync('mkfifo', [join(root, 'pipe')]);
		const { text, requests } = await purge(root, 'pipe');
		expect(text).toContain('cannot be read');
		expect(requests).toEqual([]);
	});

	test('with wrong lines is refused by their numbers, without their text', async () => {
		const { root } = setUp(['https://www.example.com/', 'password=hunter2', '/relative', ...Array(9).fill('x y')]);
		const { text, requests } = await purge(root, 'urls.txt');
		expect(text).toMatch(/^Line 2 is not an absolute URL/);
		expect(text).toContain('… and 6 more lines.');
		expect(text).not.toContain('hunter2');
		expect(requests).toEqual([]);
	});

	test('that is empty is refused', async () => {
		const { root } = setUp(['']);
		expect((await purge(root, 'urls.txt')).text).toMatch(/^The file contains no URLs\./);
	});
});

describe('a file elsewhere', () => {
	test.for<readonly [what: string, name: (folder: string) => string]>([
		['beside the root', (folder) => join(folder, 'secret.txt')],
		['above it by ..', () => '../secret.txt'],
		['behind a link', () => 'link.txt'],
		['behind a linked folder', () => 'door/secret.txt'],
		['that does not exist', () => 'missing.txt'],
		['that is the root itself', () => '.'],
		['of the system', () => '/etc/passwd'],
	])('%s is refused, and all such refusals read alike', async ([, name]) => {
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
		['absolute', (folder) => join(folder, 'way-in')],
		['with ..', () => '../way-in'],
		['of a host', () => '//host.example/share/urls.txt'],
	])('by a name %s that lies outside by its words is not even looked at', async ([, name]) => {
		const { folder, root } = setUp();
		symlinkSync(join(root, 'urls.txt'), join(folder, 'way-in'));
		const { text, requests } = await purge(root, name(folder));
		expect(text).toMatch(/cannot be read: it does not exist, or it is outside the allowed folders\./);
		expect(lookedAt).toEqual([root]);
		expect(requests).toEqual([]);
	});

	test('is refused where no folder was offered', async () => {
		const { root } = setUp();
		const { call } = await connect();
		expect((await call('purge_cache', { zone: ZONE, urls_file: join(root, 'urls.txt') })).text).toMatch(
			/^There is no folder that urls_file may read from/,
		);
	});
});

describe('the roots that the client offers', () => {
	const offer = async (...uris: string[]) => {
		const session = await connect({ capabilities: { roots: {} } });
		session.client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: uris.map((uri) => ({ uri })) }));
		return session.call('purge_cache', { zone: ZONE, urls_file: 'urls.txt' });
	};

	test('are read too', async () => {
		const { root } = setUp();
		expect((await offer(pathToFileURL(root).href)).text).toMatch(/^Cloudflare accepted the purge of 2 URLs/);
	});

	test.for(['file://server/share', 'file:///a%2Fb', 'file:///%zz'])(
		'are passed over where one is no folder: %s',
		async (uri) => {
			const { root } = setUp();
			expect((await offer(uri, pathToFileURL(root).href)).text).toMatch(/^Cloudflare accepted the purge of 2 URLs/);
			expect((await offer(uri)).text).toMatch(/^There is no folder that urls_file may read from/);
		},
	);

	test('are none when the client does not say which within ten seconds', async () => {
		const session = await connect({ capabilities: { roots: {} } });
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
