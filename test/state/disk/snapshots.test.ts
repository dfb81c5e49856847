/** Snapshots on disk: who may read their files, which server knows of them, and how many are kept. */
import {
	chmodSync,
	existsSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { SnapshotStore } from '../../../src/state/disk/snapshots.js';
import { temporaryFolder } from '../../support/files.js';
import { type ClientOptions, openSession, types, ZONE, ZONE_ID } from '../../support/session.js';

type Snapshot = Parameters<SnapshotStore['save']>[0];

const DAY_MS = 24 * 60 * 60_000;
const SNAPSHOT: Snapshot = { zone: { id: ZONE_ID, name: ZONE }, taken: '2026-03-01T12:00:00.000Z', settings: {} };
const owner = { api: 'sandbox', credential: 'a' };

/** A store that admits everything. */
function openStore(folder: string, now = Date.parse(SNAPSHOT.taken)) {
	const clock = { ...systemClock, now: () => now };
	const rule = { owner: async () => owner, admits: async () => true, parse: (value: unknown) => value as Snapshot };
	return new SnapshotStore({ folder, rule, clock, log: () => undefined });
}

const filesOf = (state: string) => readdirSync(join(state, 'snapshots'));

/** A snapshot that a session took, and its file. */
async function take(options: ClientOptions = {}) {
	const state = temporaryFolder();
	const env = { ...options.env, CF_CACHE_STATE_DIR: state };
	const session = await openSession({ user: types(ZONE), ...options, env });
	const id = String(Object((await session.call('cache_snapshot', { zone: ZONE })).structured?.result).id);
	return { ...session, state, env, id, path: join(state, 'snapshots', `${id}.taken.json`) };
}

/** The refusal of a restore from the session's snapshot. */
const restore = async ({ call, id }: Pick<Awaited<ReturnType<typeof take>>, 'call' | 'id'>) =>
	(await call('cache_restore', { zone: ZONE, snapshot: id })).text;

describe.skipIf(process.platform === 'win32')('the file of a snapshot', () => {
	test('is readable by its owner only, in a folder of its owner, and holds no token', async () => {
		const { state, path } = await take();
		expect(statSync(path).mode & 0o777).toBe(0o600);
		expect(statSync(join(state, 'snapshots')).mode & 0o777).toBe(0o700);
		expect(readFileSync(path, 'utf8')).not.toMatch(/test-token|bearer|authorization/i);
	});

	test('that others can write is not read', async () => {
		const taken = await take();
		chmodSync(taken.path, 0o666);
		expect(await restore(taken)).toMatch(/^No snapshot has the id /);
	});

	test('in a folder that others can write is neither read nor added to', async () => {
		const taken = await take();
		chmodSync(join(taken.state, 'snapshots'), 0o777);
		expect(await restore(taken)).toMatch(/^No snapshot has the id /);
		expect((await taken.call('cache_snapshot', { zone: ZONE })).text).toContain('can be written by other users');
		expect(filesOf(taken.state)).toHaveLength(1);
	});

	test('that is a symbolic link is not followed', async () => {
		const taken = await take();
		symlinkSync(taken.path, join(taken.state, 'snapshots', '2222222222.taken.json'));
		expect(await restore({ ...taken, id: '2222222222' })).toMatch(/^No snapshot has the id /);
	});

	test.each(['{}', 'x', '{"version":1}\n{}\n', ''])('that holds %j is no snapshot', async (text) => {
		const taken = await take();
		writeFileSync(taken.path, text);
		expect(await restore(taken)).toMatch(/^No snapshot has the id /);
	});

	test('whose second line speaks of another zone than the first is no snapshot', async () => {
		const taken = await take();
		const [head = '', body = ''] = readFileSync(taken.path, 'utf8').split('\n');
		writeFileSync(taken.path, `${head}\n${body.replace(ZONE_ID, '1b5e0d3c2f4a69788796a5b4c3d2e1f0')}\n`);
		expect(await restore(taken)).toMatch(/^No snapshot has the id /);
	});
});

describe('a snapshot', () => {
	test.each([
		['with another credential', { CLOUDFLARE_API_TOKEN: 'another-token-0123456789' }, []],
		['with flags for another zone', {}, ['--zones', 'example.net']],
	])('is unknown to a server %s', async (_, env, flags) => {
		const taken = await take();
		const { client } = await openSession({ env: { ...taken.env, ...env }, flags });
		const { contents } = await client.readResource({ uri: 'cf-cache://snapshots' });
		expect(contents).toMatchObject([{ text: '[]' }]);
		await expect(client.readResource({ uri: `cf-cache://snapshots/${taken.id}` })).rejects.toThrow('No snapshot');
	});

	test('is a resource, which cache_restore takes back as it is', async () => {
		const { client, call, id } = await take();
		const { contents } = await client.readResource({ uri: `cf-cache://snapshots/${id}` });
		const { text } = contents[0] as { text: string };
		expect(JSON.parse(text)).toMatchObject({ zone: { name: ZONE }, settings: { tiered_caching: 'on' } });
		expect((await call('cache_restore', { zone: ZONE, snapshot: text })).text).toMatch(/nothing to change\.$/);
	});

	test('is not found by a path in place of its id', async () => {
		const taken = await take();
		for (const id of ['../snapshots/x', `../${taken.id}`, '.', '%2e%2e'])
			expect(await restore({ ...taken, id })).toMatch(/must be the id of a snapshot/);
	});

	test('is kept for 90 days', async () => {
		const folder = temporaryFolder();
		const id = await openStore(folder).save(SNAPSHOT);
		const taken = Date.parse(SNAPSHOT.taken);
		expect(await openStore(folder, taken + 90 * DAY_MS).load(id)).toEqual(SNAPSHOT);
		await expect(openStore(folder, taken + 91 * DAY_MS).load(id)).rejects.toThrow('No snapshot has the id');
	});
});

describe('the folder of snapshots', () => {
	test('keeps 100 of each kind, and undo never pushes out what was asked for', async () => {
		const folder = temporaryFolder();
		const store = openStore(folder);
		const id = await store.save(SNAPSHOT);
		for (let at = 0; at < 110; at++) await store.save({ ...SNAPSHOT, before: 'variants_delete' });
		const kinds = filesOf(folder).map((name) => name.split('.')[1]);
		expect(kinds.filter((kind) => kind === 'undo')).toHaveLength(100);
		expect(await store.load(id)).toEqual(SNAPSHOT);
	});

	test('loses files that are older than 90 days when a snapshot is added', async () => {
		const folder = temporaryFolder();
		const store = openStore(folder);
		const old = join(folder, 'snapshots', `${await store.save(SNAPSHOT)}.taken.json`);
		const then = new Date(systemClock.now() - 91 * DAY_MS);
		utimesSync(old, then, then);
		await store.save(SNAPSHOT);
		expect([existsSync(old), filesOf(folder).length]).toEqual([false, 1]);
	});

	test('leaves files alone that are not ours', async () => {
		const folder = temporaryFolder();
		const store = openStore(folder);
		await store.save(SNAPSHOT);
		const foreign = join(folder, 'snapshots', 'notes.txt');
		writeFileSync(foreign, 'x');
		utimesSync(foreign, 0, 0);
		await store.save(SNAPSHOT);
		expect(existsSync(foreign)).toBe(true);
	});
});
