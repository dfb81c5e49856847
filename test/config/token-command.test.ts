/** A command that prints the token runs when it is needed; while it is locked, calls fail cleanly and none waits without end. */
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import type * as Os from 'node:os';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { compose } from '../../src/compose/product.js';
import { type CredentialConfig, createCredentialReader } from '../../src/config/credential.js';
import { findProgram } from '../../src/config/token-command.js';
import { startUpstream, success, withZone } from '../support/api.js';
import { createVirtualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { finish, start } from '../support/process.js';
import { openSession, ZONE_ID } from '../support/session.js';
import { read } from './samples.js';

vi.mock('node:os', async (load) => {
	const real = await load<typeof Os>();
	return { ...real, platform: vi.fn(real.platform) };
});
afterEach(() => void vi.mocked(platform).mockReset());

const TOKEN = 'a-token-from-a-command';
const READ = ['cache_reserve_get', { zone: ZONE_ID }] as const;
const OFF = success({ id: 'cache_reserve', value: 'off' });
const ADVICE = {
	agent: 'Ask the user to unlock the password manager or to fix --token-command, then call again.',
	shell: 'Unlock the password manager or correct --token-command, then call again.',
};

/** A command that runs this code. */
const node = (code: string) => [process.execPath, '-e', code];
const readerOf = (config: CredentialConfig) => createCredentialReader(config, () => undefined);

describe('A token command', () => {
	test('runs once when it succeeds, however often the credential is read, and its output is trimmed', async () => {
		const runs = join(temporaryFolder(), 'runs');
		const code = `require('fs').appendFileSync(${JSON.stringify(runs)}, 'x'); console.log('  ${TOKEN}  ')`;
		const readCredential = readerOf({ tokenCommand: node(code) });
		const all = await Promise.all([readCredential(), readCredential(), readCredential()]);
		expect(all).toEqual(Array(3).fill({ kind: 'token', token: TOKEN, source: '--token-command' }));
		expect(readFileSync(runs, 'utf8')).toBe('x');
	});

	test('that failed runs again at the next read, because the user may have unlocked it', async () => {
		const unlocked = join(temporaryFolder(), 'unlocked');
		const code = `console.log(require('fs').readFileSync(${JSON.stringify(unlocked)}, 'utf8'))`;
		const readCredential = readerOf({ tokenCommand: node(code) });
		const first = await Promise.all([readCredential(), readCredential()]);
		expect(first.map(({ kind }) => kind)).toEqual(['none', 'none']);
		writeFileSync(unlocked, TOKEN);
		expect(await readCredential()).toEqual({ kind: 'token', token: TOKEN, source: '--token-command' });
	});

	test('does not run before the credential is read', () => {
		const runs = join(temporaryFolder(), 'runs');
		readerOf({ tokenCommand: node(`require('fs').writeFileSync(${JSON.stringify(runs)}, 'x')`) });
		expect(existsSync(runs)).toBe(false);
	});

	test('runs without a shell', async () => {
		const credential = await readerOf({
			tokenCommand: [...node('console.log(process.argv[1])'), 'x$(echo injected)'],
		})();
		expect(credential).toMatchObject({ kind: 'none', why: expect.stringContaining('is not a token') });
	});

	test.each<[what: string, words: string[], why: string]>([
		['that does not exist', ['/no/such/command'], 'the --token-command could not be run (ENOENT)'],
		[
			'that fails, without repeating what it printed',
			node("console.error('secret words'); console.log('secret words'); process.exit(3)"),
			'the --token-command ended with exit code 3',
		],
		['that prints nothing', node(''), 'the --token-command printed nothing'],
		[
			'that prints several words',
			node("console.log('two words')"),
			'the value of --token-command is not a token: a token has only letters, digits, _ and -',
		],
		[
			'that prints a reference',
			node("console.log('op://vault/cloudflare/token')"),
			'--token-command still holds a placeholder, such as $' + '{…} or op://…, that was not filled in',
		],
		[
			'that is a script of Windows',
			['/no/such/op.cmd', 'read'],
			'the --token-command could not be run (ENOENT) (on Windows name an .exe, or cmd /c …)',
		],
	])('%s gives no credential and says why', async (_, tokenCommand, why) => {
		const credential = await readerOf({ tokenCommand })();
		expect(credential).toEqual({ kind: 'none', why: `No credential: ${why}.`, advice: ADVICE });
	});

	test.each([
		['linux', 'No credential: the --token-command could not be run (ENOENT).'],
		['win32', 'No credential: the --token-command could not be run (ENOENT) (on Windows name an .exe, or cmd /c …).'],
	] as const)('that is missing gets advice about scripts on Windows only, and here on %s', async (system, why) => {
		vi.mocked(platform).mockReturnValue(system);
		expect(await readerOf({ tokenCommand: ['/no/such/op'] })()).toMatchObject({ why });
	});

	test.each([
		['the home folder', undefined],
		['the root, where the home folder is relative,', ''],
		['the root, where there is no home folder,', '/no/such/folder'],
	])('runs in %s and never in the folder of the server', async (_, folder) => {
		const home = folder ?? temporaryFolder();
		const print = `console.log(Buffer.from(process.cwd()).toString('hex'))`;
		const flags = ['--token-command', `"${process.execPath}" -e "${print}"`];
		const upstream = await startUpstream(withZone(() => OFF));
		const { stdout, code } = await finish(
			['call', READ[0], JSON.stringify(READ[1]), '--base-url', upstream.url, ...flags],
			{
				env: { HOME: home },
			},
		);
		expect([code, stdout]).toEqual([0, expect.stringContaining('Cache Reserve')]);
		const cwd = folder === undefined ? realpathSync(home) : '/';
		expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${Buffer.from(cwd).toString('hex')}`);
	});

	test('runs with the variable that keeps Windows from looking in the current folder', async () => {
		const print = `console.log('set-to-' + process.env.NoDefaultCurrentDirectoryInExePath)`;
		const flags = ['--token-command', `"${process.execPath}" -e "${print}"`];
		const upstream = await startUpstream(withZone(() => OFF));
		await finish(['call', READ[0], JSON.stringify(READ[1]), '--base-url', upstream.url, ...flags]);
		expect(upstream.requests[0]?.headers.authorization).toBe('Bearer set-to-1');
	});

	test('is not used where the environment holds a token', async () => {
		const credential = await readerOf({ token: TOKEN, tokenCommand: ['/no/such/command'] })();
		expect(credential).toEqual({ kind: 'token', token: TOKEN, source: 'CLOUDFLARE_API_TOKEN' });
	});
});

describe('The program of a token command on Windows', () => {
	const there =
		(...files: string[]) =>
		(path: string) =>
			files.includes(path);
	const PATHS = '.;bin;C:\\one;"C:\\two words"';

	test.each([
		['the first absolute folder of PATH', 'op', ['op.exe', 'bin\\op.exe', 'C:\\one\\op.exe'], 'C:\\one\\op.exe'],
		['a folder in quotes', 'op', ['C:\\two words\\op.exe'], 'C:\\two words\\op.exe'],
		['its own ending', 'op.exe', ['C:\\one\\op.exe.exe', 'C:\\two words\\op.exe'], 'C:\\two words\\op.exe'],
		['an ending that Windows adds', 'op', ['C:\\one\\op', 'C:\\one\\op.com'], 'C:\\one\\op.com'],
		['a path as it is', 'D:\\tools\\op.exe', [], 'D:\\tools\\op.exe'],
		['nothing in a relative folder', 'op', ['op.exe', '.\\op.exe', 'bin\\op.exe'], undefined],
	])('is found by %s', (_, name, files, program) => {
		expect(findProgram(name, PATHS, there(...files))).toBe(program);
	});

	test('is looked for by PATH alone, so that one in the current folder does not run', async () => {
		vi.mocked(platform).mockReturnValue('win32');
		const credential = await readerOf({ tokenCommand: ['node'], searchPath: '.' })();
		expect(credential).toMatchObject({ kind: 'none', why: expect.stringContaining('could not be run (ENOENT)') });
	});

	test('comes with the PATH of the environment', () => {
		expect(read(['--token-command', 'op read'], { PATH: 'C:\\one' }).searchPath).toBe('C:\\one');
	});
});

/** A command that records each run. It prints the token as soon as it is unlocked; locked, it fails or waits. */
function createManager(whenLocked: 'fails' | 'waits') {
	const folder = temporaryFolder();
	const [script, runs, unlocked] = [join(folder, 'op.cjs'), join(folder, 'runs'), join(folder, 'unlocked')];
	writeFileSync(
		script,
		`const { appendFileSync, existsSync } = require('fs');
		appendFileSync(${JSON.stringify(runs)}, process.pid + '\\n');
		const look = () => {
			if (existsSync(${JSON.stringify(unlocked)})) { console.log('${TOKEN}'); process.exit(0); }
			if (${JSON.stringify(whenLocked)} === 'fails' || !existsSync(${JSON.stringify(folder)})) process.exit(1);
		};
		look();
		setInterval(look, 10);`,
	);
	return {
		flags: ['--token-command', `"${process.execPath}" "${script}"`],
		unlock: () => writeFileSync(unlocked, ''),
		/** The process ids of its runs. */
		runs: () => (existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n').map(Number) : []),
	};
}

/** A server without another token, at an API that answers. */
/** The clock is the machine's where none is given: a command runs in real time. */
async function connectTo({ flags }: ReturnType<typeof createManager>, clock: Clock = systemClock) {
	const upstream = await startUpstream(withZone(() => OFF));
	const options = { upstream: upstream.url, flags, env: { CLOUDFLARE_API_TOKEN: '' }, clock };
	return { upstream, ...(await openSession(options)) };
}

test('A server that preloads, as it does after every tools/list, does not read the credential', async () => {
	let asked = 0;
	const readCredential = async () => {
		asked++;
		return { kind: 'token', token: TOKEN, source: '--token-command' } as const;
	};
	const preflight = { readCredential, auditFile: undefined };
	const product = compose(read([]), { log: () => undefined, preflight });
	onTestFinished(() => product.close());
	await product.preload();
	expect(asked).toBe(0);
});

test('Calls that come together run the command once and carry its token', async () => {
	const manager = createManager('waits');
	manager.unlock();
	const { call, upstream } = await connectTo(manager);
	await Promise.all([call(...READ), call(...READ), call(...READ)]);
	expect(manager.runs()).toHaveLength(1);
	expect(new Set(upstream.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
});

test('A call while the manager is locked says so and sends nothing, and the next call runs the command again', async () => {
	const manager = createManager('fails');
	const { call, upstream } = await connectTo(manager);
	expect((await call(...READ)).text.split('\n')).toEqual([
		'No credential: the --token-command ended with exit code 1.',
		ADVICE.agent,
	]);
	expect(upstream.requests).toEqual([]);
	manager.unlock();
	expect((await call(...READ)).text).toContain('Cache Reserve of example.com is off');
	expect(manager.runs()).toHaveLength(2);
});

test('A call while the user is asked ends within 45 s, and the next call waits for the same question', async () => {
	const manager = createManager('waits');
	// The clock does not count a running command as work, so time passes.
	const clock = createVirtualClock();
	const { call, upstream } = await connectTo(manager, clock);
	const began = clock.now();
	expect((await call(...READ)).text.split('\n')).toEqual([
		"No answer arrived within this call's time limit.",
		'Call again later.',
	]);
	expect(clock.now() - began).toBeLessThan(45_000);
	expect(upstream.requests).toEqual([]);
	manager.unlock();
	while ((await call(...READ)).isError);
	expect(manager.runs()).toHaveLength(1);
});

test('A call that is cancelled while the user is asked sends nothing, even when the user agrees later', async () => {
	const manager = createManager('waits');
	const { call, upstream } = await connectTo(manager);
	const client = new AbortController();
	const cancelled = call(...READ, { signal: client.signal }).catch(() => 'cancelled');
	client.abort();
	expect(await cancelled).toBe('cancelled');
	manager.unlock();
	await call(...READ);
	expect(upstream.requests.map(({ target }) => target)).toEqual([
		`/zones/${ZONE_ID}`,
		`/zones/${ZONE_ID}/cache/cache_reserve`,
	]);
});

test('The end of stdin ends a server whose call waits for the user, and the command that asks', async () => {
	const manager = createManager('waits');
	const server = start(manager.flags);
	const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };
	server.send({ id: 1, method: 'initialize', params });
	server.send({ method: 'notifications/initialized' });
	server.send({ id: 2, method: 'tools/call', params: { name: READ[0], arguments: READ[1] } });
	server.endInput();
	expect(await server.ended).toMatchObject({ code: 0 });
	const [pid] = manager.runs();
	while (isAlive(pid as number)) await turn();
});

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
