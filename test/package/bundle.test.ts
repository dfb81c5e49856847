/** The bundle for Claude Desktop is packed, checked by its format's own rules, unpacked, and started as its manifest says. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { crc32, inflateSync } from 'node:zlib';
import { getMcpConfigForManifest, unpackExtension, v0_3 } from '@anthropic-ai/mcpb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifestOfPackage from '../../package.json' with { type: 'json' };
import { packBundle } from '../../src/build/bundle.js';
import { OPTION_LIST, OPTIONS } from '../../src/config/options/index.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { REPOSITORY } from '../../src/version.js';
import { temporaryFolder } from '../support/files.js';
import { openSession, type Session, ZONE } from '../support/session.js';
import { BESIDE_CODE, filesIn, ROOT } from './folder.js';
import { findTraces, tracesOf } from './traces.js';

const TOKEN = 'test-token-0123456789';

type Values = Record<string, string | boolean>;

let folder: string;

beforeAll(async () => {
	const out = temporaryFolder(afterAll);
	const file = join(out, 'bundle.mcpb');
	await packBundle(ROOT, file);
	folder = join(out, 'unpacked');
	expect(await unpackExtension({ mcpbPath: file, outputDir: folder, silent: true })).toBe(true);
});

const readRaw = (): unknown => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
const readManifest = () => v0_3.McpbManifestSchema.parse(readRaw());

/** The content of a part of a PNG. Throws when the file has no such part, or one with a wrong checksum. */
function chunkOf(png: Buffer, wanted: string): Buffer {
	for (let at = 8; at < png.length; ) {
		const length = png.readUInt32BE(at);
		const body = png.subarray(at + 4, at + 8 + length);
		if (crc32(body) !== png.readUInt32BE(at + 8 + length)) throw new Error('a checksum is wrong');
		if (body.toString('latin1', 0, 4) === wanted) return body.subarray(4);
		at += 12 + length;
	}
	throw new Error(`no ${wanted}`);
}

/** What a client starts that installed the bundle; undefined when a required value is missing. */
const configure = (userConfig: Values) =>
	getMcpConfigForManifest({
		manifest: readManifest(),
		extensionPath: folder,
		systemDirs: {},
		userConfig,
		pathSeparator: sep,
	});

/** Opens a session with the bundle and records the requests that left. `env` overrides what the client filled in. */
async function install(values: Values, env: Record<string, string> = {}): Promise<Session> {
	const config = await configure(values);
	return openSession({
		over: 'stdio',
		command: [config?.command ?? '', ...(config?.args ?? [])],
		env: { ...config?.env, ...env },
	});
}

describe('the bundle', () => {
	test('has a manifest that is valid by the rules of its format', () => {
		expect(v0_3.McpbManifestSchema.safeParse(readRaw()).error).toBeUndefined();
	});

	test('is not packed when package.json makes an invalid manifest', async () => {
		const root = temporaryFolder();
		const { version: _, ...broken } = manifestOfPackage;
		mkdirSync(join(root, 'dist'));
		writeFileSync(join(root, 'package.json'), JSON.stringify(broken));
		for (const name of ['LICENSE', 'README.md']) writeFileSync(join(root, name), '');
		await expect(packBundle(root, join(root, 'out.mcpb'))).rejects.toThrow('could not be packed');
		expect(filesIn(root)).not.toContain('out.mcpb');
	});

	test('holds the command, its manifest, licence and README, and nothing else', () => {
		const files = filesIn(folder);
		expect(files.filter((file) => !/^dist\/[\w-]+\.js$/.test(file))).toEqual([
			'LICENSE',
			'README.md',
			...BESIDE_CODE,
			'icon.png',
			'manifest.json',
			'package.json',
		]);
		expect(files).toContain(readManifest().server.entry_point);
	});

	test('has an icon that is a square PNG of 512 pixels with clear corners', () => {
		const icon = readFileSync(join(folder, readManifest().icon ?? ''));
		expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([512, 512]);
		const rows = inflateSync(chunkOf(icon, 'IDAT'));
		const pixel = (x: number, y: number) => [...rows.subarray(y * (512 * 4 + 1) + 1 + x * 4).subarray(0, 4)];
		expect(rows).toHaveLength(512 * (512 * 4 + 1));
		expect([pixel(0, 0)[3], pixel(256, 256)[3]]).toEqual([0, 255]);
	});

	test('declares its code as ESM, which older Node takes for CommonJS otherwise', () => {
		expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({ type: 'module' });
	});

	test('holds no folder, user or variable of the machine that built it', () => {
		expect(findTraces(folder, tracesOf(process.env))).toEqual([]);
	});
});

describe('the manifest of the bundle', () => {
	test('repeats name, version, licence and engines of package.json', () => {
		const { name, version, license, engines } = manifestOfPackage;
		expect(readManifest()).toMatchObject({ manifest_version: '0.3', name, version, license });
		expect(readManifest().compatibility).toEqual({
			platforms: ['darwin', 'win32', 'linux'],
			runtimes: { node: engines.node },
		});
	});

	test('describes the product at length, and links to its repository, its documentation and its issues', () => {
		const { long_description, repository, homepage, documentation, support } = readManifest();
		expect(long_description?.split('\n\n').length).toBeGreaterThan(3);
		expect(repository).toEqual({ type: 'git', url: `${REPOSITORY}.git` });
		expect([homepage, documentation, support]).toEqual([REPOSITORY, `${REPOSITORY}#readme`, `${REPOSITORY}/issues`]);
	});

	test('helps with every field in whole sentences', () => {
		const fields = Object.values(readManifest().user_config ?? {});
		expect(fields.filter(({ description }) => !/^(?:[A-Z]|ask:).*\.$/s.test(description))).toEqual([]);
	});

	test('names the permissions of the token, and the choices of consent', () => {
		const { token, confirm } = readManifest().user_config ?? {};
		for (const permission of ['Zone › Cache Purge', 'Zone Settings › Edit', 'Zone › Read'])
			expect(token?.description).toContain(permission);
		for (const choice of OPTIONS.confirm.choices ?? []) expect(confirm?.description).toContain(`${choice}: `);
	});

	test('names every tool', () => {
		expect(readManifest().tools?.map(({ name }) => name)).toEqual(OPERATIONS.map(({ name }) => name));
	});

	test('asks for every option that has a dialog, and passes it on in its environment variable', () => {
		const asked = OPTION_LIST.map(([, option]) => option).filter(({ dialog }) => dialog);
		const { user_config = {}, server } = readManifest();
		expect(Object.values(user_config).map(({ title }) => title)).toEqual(asked.map(({ dialog }) => dialog?.title));
		const { CF_CACHE_DIALOG, ...env } = server.mcp_config.env ?? {};
		expect(CF_CACHE_DIALOG).toBe('1');
		expect(Object.keys(env)).toEqual(asked.map((option) => option.env));
	});

	test('declares every value that it uses, and uses every value that it declares', () => {
		const { user_config = {}, server } = readManifest();
		const used = [...JSON.stringify(server).matchAll(/\$\{user_config\.(\w+)\}/g)].map(([, key]) => key);
		expect(used.sort()).toEqual(Object.keys(user_config).sort());
	});

	test('keeps the token secret, and requires nothing else', () => {
		const { user_config = {} } = readManifest();
		expect(user_config.token).toMatchObject({ sensitive: true, required: true });
		expect(Object.keys(user_config).filter((key) => user_config[key]?.required)).toEqual(['token']);
	});

	test('gives its client nothing to start without a token', async () => {
		expect(await configure({})).toBeUndefined();
		expect(await configure({ token: '' })).toBeUndefined();
	});
});

describe('the installed bundle', () => {
	test('serves a whole session when every value is filled in', async () => {
		const files = temporaryFolder();
		const log = join(files, 'audit.jsonl');
		writeFileSync(join(files, 'urls.txt'), `https://${ZONE}/a\n`);
		const { tools, call, requests, close } = await install({
			token: TOKEN,
			zone: ZONE,
			zones: ZONE,
			read_only: false,
			toolsets: 'purge',
			confirm: 'code',
			audit_log: log,
			files_root: files,
		});
		const purging = OPERATIONS.filter(({ toolset }) => toolset === 'purge').map(({ name }) => name);
		expect(await tools()).toEqual(purging);
		expect(await call('purge_cache', { urls_file: 'urls.txt' })).toMatchObject({ structured: { status: 'done' } });
		const { structured } = await call('purge_everything');
		expect(structured?.status).toBe('confirmation_required');
		expect((await call('purge_cache', { zone: 'example.org', tags: ['a'] })).isError).toBe(true);
		await close();
		expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
		expect(readFileSync(log, 'utf8')).toContain('purge_cache');
	});

	test('lists only reading tools when the switch Read only is on', async () => {
		const { tools } = await install({ token: TOKEN, read_only: true });
		expect(await tools()).toEqual(OPERATIONS.filter(({ danger }) => danger === 'read').map(({ name }) => name));
	});

	test('starts when optional values are left out, which its client passes on as placeholders', async () => {
		expect((await configure({ token: TOKEN }))?.env?.CLOUDFLARE_ZONE).toBe('$' + '{user_config.zone}');
		const { tools, call } = await install({ token: TOKEN });
		expect(await tools()).toEqual(OPERATIONS.map(({ name }) => name));
		expect(await call('cache_reserve_get', { zone: ZONE })).toMatchObject({ isError: false });
	});

	test('starts when the optional values are empty', async () => {
		const optional = Object.keys(readManifest().user_config ?? {}).filter((key) => key !== 'token');
		const empty = Object.fromEntries(optional.map((key) => [key, '']));
		const { tools, call } = await install({ ...empty, token: TOKEN });
		expect(await tools()).toEqual(OPERATIONS.map(({ name }) => name));
		expect(await call('cache_reserve_get', { zone: ZONE })).toMatchObject({ isError: false });
	});

	test('starts when its client fills in no value at all, and the first call says that the token is a placeholder', async () => {
		const { tools, call, requests } = await install({ token: TOKEN }, readManifest().server.mcp_config.env);
		expect(await tools()).toHaveLength(OPERATIONS.length);
		expect((await call('zones_list')).text).toContain('CLOUDFLARE_API_TOKEN still holds a placeholder');
		expect(requests).toEqual([]);
	});
});
