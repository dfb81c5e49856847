/** The container image is built, and the server in it runs as a user without rights on files that it cannot change. */
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/config/address-parsers.js';
import { VERSION } from '../../src/version.js';
import { temporaryFolder } from '../support/files.js';
import { openSession, ZONE } from '../support/session.js';
import { filesIn, ROOT } from './folder.js';
import { baseName, DOCKERFILE, Image, type ImageConfig, NOT_INSTALLED, startGroup } from './image.js';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const obstacle = Image.obstacle();
const TOKEN = 'token-of-a-caller-0123456789-0123456789';
const POLICY = { principals: [{ name: 'ada', sha256: [createHash('sha256').update(TOKEN).digest('hex')] }] };
const isInCi = process.env.CI === 'true';

describe('the Dockerfile', () => {
	test('takes the Node.js that CI tests with, by its exact version', () => {
		const [, version] = /^NODE_24=(.+)$/m.exec(read('.ci/versions')) ?? [];
		expect(baseName()).toBe(`docker.io/library/node:${version}-slim`);
	});

	test('copies only what .dockerignore lets through, which is neither secrets nor node_modules', () => {
		const sources = DOCKERFILE.getCOPYs().flatMap((one) =>
			one
				.getArguments()
				.slice(0, -1)
				.map((argument) => argument.getValue()),
		);
		const let_through = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name);
		expect(read('.dockerignore')).toMatch(/^\*$/m);
		expect([...sources].sort()).toEqual([...let_through].sort());
	});

	test('needs no shell: every command is a list of words', () => {
		const commands = DOCKERFILE.getInstructions().filter((one) => /^(RUN|CMD|ENTRYPOINT)$/.test(one.getKeyword()));
		const inShell = commands.filter((one) => !(one.getArgumentsContent() ?? '').startsWith('['));
		expect(commands).toHaveLength(3);
		expect(inShell.map(String)).toEqual([]);
		expect(DOCKERFILE.getHEALTHCHECKs().map((one) => one.getArgumentsContent() ?? '')).toEqual([
			expect.stringMatching(/CMD \["node", /),
		]);
	});
});

// Outside of CI a machine may lack buildah. A kernel that allows no namespaces cannot build at all, also in CI.
const cannotBuild = obstacle !== undefined && !(isInCi && obstacle === NOT_INSTALLED);

describe.skipIf(cannotBuild)(`the image${cannotBuild ? ` is not built, because ${obstacle}` : ''}`, () => {
	const image = new Image();
	let container: string;
	let config: ImageConfig;

	beforeAll(() => {
		container = image.build();
		config = image.config();
	});
	afterAll(() => image.remove());

	/**
	 * Runs code in the container as its user, and returns the text that it gives to `tell`. The text comes back in a file below
	 * /mnt, because buildah can lose what a command writes right before it ends.
	 */
	const evaluate = (code: string) => {
		const folder = temporaryFolder();
		chmodSync(folder, 0o777);
		const tell = `const tell = (text) => require('node:fs').writeFileSync('/mnt/told', text);`;
		expect(image.succeeds(container, ['node', '-e', tell + code], ['--volume', `${folder}:/mnt`])).toBe(true);
		return readFileSync(join(folder, 'told'), 'utf8');
	};

	test('runs as user 10001, which is not root and has no capabilities', () => {
		expect(config.User).toBe('10001:10001');
		expect(evaluate("tell(process.getuid() + ' ' + process.getgid())")).toBe('10001 10001');
		const status = evaluate(`tell(require('node:fs').readFileSync('/proc/self/status', 'utf8'))`);
		expect(status).toMatch(/^CapEff:\s+0+$/m);
	});

	test('can write to /state and to nothing else in it, so it works with a root that is read-only', () => {
		const code = `
			const { accessSync, constants, readdirSync } = require('node:fs');
			const isWritable = (path) => { try { accessSync(path, constants.W_OK); return true } catch { return false } };
			const foldersBelow = (path) => [path, ...readdirSync(path, { withFileTypes: true })
				.filter((entry) => entry.isDirectory() && !/^.(proc|sys|dev)$/.test(path + entry.name))
				.flatMap((entry) => foldersBelow((path === '/' ? '' : path) + '/' + entry.name))];
			tell(foldersBelow('/').filter(isWritable).join(' '));`;
		expect(evaluate(code)).toBe('/mnt /state');
		expect(Object.keys(config.Volumes)).toEqual(['/state']);
		expect(config.Env).toContain('CF_CACHE_STATE_DIR=/state/data');
	});

	test('holds the built command, its licences and nothing else of the repository', () => {
		const listed = evaluate(`
			const fs = require('node:fs');
			tell(fs.readdirSync('/app', { recursive: true, withFileTypes: true })
				.filter((entry) => entry.isFile())
				.map((entry) => require('node:path').join(entry.parentPath, entry.name)).sort().join('\\n'));`);
		const dist = filesIn(join(ROOT, 'dist')).map((name) => `/app/dist/${name}`);
		expect(listed.split('\n')).toEqual(['/app/LICENSE', ...dist, '/app/package.json'].sort());
	});

	test('starts the command by its entry point', () => {
		const [program, ...args] = config.Entrypoint;
		expect([program, ...args]).toEqual(['node', '/app/dist/cli.js']);
		const words = JSON.stringify([...args, '--version']);
		expect(evaluate(`tell(require('node:child_process').execFileSync('${program}', ${words}))`)).toBe(`${VERSION}\n`);
	});

	test('serves a session over stdio, and keeps snapshots in a volume that belongs to another user', async () => {
		const state = temporaryFolder();
		chmodSync(state, 0o777);
		const [program = '', ...words] = image.commandIn(container, config.Entrypoint, ['--volume', `${state}:/mnt`]);
		// buildah mounts nothing over a volume that the image itself declares.
		const flags = ['--sandbox', '--state-dir', '/mnt/data'];
		const session = await openSession({ over: 'stdio', command: [program, ...words], flags });
		expect(await session.call('cache_snapshot', { zone: ZONE })).toMatchObject({ structured: { status: 'done' } });
		await session.close();
		expect(readdirSync(state).length).toBeGreaterThan(0);
	});

	test('serves callers over HTTP, and its health check tells whether it does', async () => {
		const folder = temporaryFolder();
		chmodSync(folder, 0o755);
		writeFileSync(join(folder, 'policy.json'), JSON.stringify(POLICY), { mode: 0o644 });
		const flags = ['--sandbox', '--policy', '/mnt/policy.json', '--http', '0', '--ops', '0', '--log-level', 'info'];
		const words = [...config.Entrypoint, ...flags];
		const running = startGroup(image.commandIn(container, words, ['--volume', `${folder}:/mnt`]));
		const [, ops = '', url = ''] = await running.saw(/metrics on http:\S+?:(\d+)".*listening on (http:[^"]+)/s);
		const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
		const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
		expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
		const [, ...check] = config.Healthcheck.Test;
		const isHealthy = () =>
			image.succeeds(
				container,
				check.map((word) => word.replace('9090', ops)),
			);
		expect(isHealthy()).toBe(true);
		await running.end();
		expect(isHealthy()).toBe(false);
	});

	test('asks the port for health that its own command opens', () => {
		const { port } = parseAddress(config.Cmd[config.Cmd.indexOf('--ops') + 1] ?? '');
		expect(config.Healthcheck.Test.slice(0, 3)).toEqual(['CMD', 'node', '-e']);
		expect(config.Healthcheck.Test[3]).toContain(`http://127.0.0.1:${port}/healthz`);
	});
});
