/** The npm package is packed, installed into an empty folder without a network, and run from there. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import mcp from '../../mcp.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/files.js';
import { openSession, ZONE } from '../support/session.js';
import { BESIDE_CODE, filesIn, ROOT } from './folder.js';
import { findTraces, tracesOf } from './traces.js';

const LARGEST = 2 * 1024 * 1024;
const { name, version } = manifest;
const NO_TOKEN = { CLOUDFLARE_API_TOKEN: undefined };

let home: string;
let installed: string;

/** Runs npm without this machine's settings and cache, and without a registry. */
function npm(command: 'npm' | 'npx', args: string[], cwd: string): string {
	const settings = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
	const env = { PATH: process.env.PATH, HOME: home, npm_config_cache: join(home, 'cache'), ...settings };
	return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
}

beforeAll(() => {
	home = temporaryFolder(afterAll);
	const folder = join(temporaryFolder(afterAll), 'project');
	// Other tests run the command in dist, so packing must not rebuild it.
	const [packed] = JSON.parse(npm('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], ROOT)) as {
		filename: string;
	}[];
	npm('npm', ['install', '--prefix', folder, join(home, packed?.filename ?? '')], home);
	installed = folder;
});

const packageFolder = () => join(installed, 'node_modules', name);

describe('the npm package', () => {
	test('installs as one package, without a registry', () => {
		const packages = readdirSync(join(installed, 'node_modules')).filter((one) => !one.startsWith('.'));
		expect(packages).toEqual([name]);
	});

	test('takes no more than 2 MB on disk', () => {
		const sizes = filesIn(packageFolder()).map((file) => statSync(join(packageFolder(), file)).size);
		expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(LARGEST);
	});

	test('holds code, licence, README and the entries for clients, and nothing else', () => {
		const files = filesIn(packageFolder());
		const code = files.filter((file) => /^dist\/[\w-]+\.js$/.test(file));
		expect(code).toContain('dist/cli.js');
		expect(files.filter((file) => !code.includes(file))).toEqual([
			'LICENSE',
			'README.md',
			...BESIDE_CODE,
			'mcp.json',
			'package.json',
		]);
	});

	test('holds the licence of each bundled package, and of llhttp, which is compiled into one of them', () => {
		const licences = readFileSync(join(packageFolder(), 'dist/THIRD_PARTY_LICENSES'), 'utf8');
		for (const bundled of ['undici', 'zod', '@modelcontextprotocol/sdk', 'ipaddr.js', 'llhttp'])
			expect(licences).toMatch(new RegExp(`^${bundled}[ ,]`, 'm'));
		expect(licences).toContain('Copyright Fedor Indutny');
	});

	test('depends on no other package', () => {
		expect(Object.keys(manifest).filter((field) => /dependencies$/i.test(field))).toEqual(['devDependencies']);
	});

	test('holds no folder, user or variable of the machine that built it', () => {
		expect(findTraces(packageFolder(), tracesOf(process.env))).toEqual([]);
	});

	test('with a path or variable of the machine in a file would be found', () => {
		const folder = temporaryFolder();
		writeFileSync(join(folder, 'clean.js'), 'export const version = 1;');
		writeFileSync(join(folder, 'path.js'), `// ${ROOT}/src/cli.ts`);
		writeFileSync(join(folder, 'variable.js'), 'const key = "canary-0123456789";');
		expect(findTraces(folder, tracesOf({ CANARY: 'canary-0123456789' }))).toEqual(['path.js', 'variable.js']);
	});

	test('prints its version when npx runs it', () => {
		expect(npm('npx', [name, '--version'], installed)).toBe(`${version}\n`);
	});

	test.for(['mcpServers', 'servers'] as const)('is what the entry of mcp.json for %s starts', (clients) => {
		const { command, args } = mcp[clients]['cf-cache'];
		expect(command).toBe('npx');
		expect(npm('npx', [...args, '--version'], installed)).toBe(`${version}\n`);
	});

	test('serves a whole session by the command it installs', async () => {
		const command = join(installed, 'node_modules/.bin', name);
		const session = await openSession({ over: 'stdio', command: [command], flags: ['--sandbox'], env: NO_TOKEN });
		expect(session.client.getServerVersion()).toMatchObject({ name, version });
		expect(await session.tools()).toContain('purge_cache');
		expect(await session.call('cache_reserve_get', { zone: ZONE })).toMatchObject({ isError: false });
		expect(await session.call('purge_cache', { zone: ZONE, tags: ['news'] })).toMatchObject({
			structured: { status: 'done' },
		});
		const { structured } = await session.call('purge_everything', { zone: ZONE });
		expect(structured).toMatchObject({ status: 'confirmation_required', confirm: expect.stringMatching(/\S{6}/) });
		const confirm = structured?.confirm;
		expect(await session.call('purge_everything', { zone: ZONE, confirm })).toMatchObject({
			structured: { status: 'done' },
		});
		await session.close();
		expect(() => process.kill(session.pid, 0)).toThrow('ESRCH');
	});
});
