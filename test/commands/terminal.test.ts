/** Tests what the commands do on a terminal: the real process, whose streams say that they are one. */
import { describe, expect, test } from 'vitest';
import { temporaryFile, temporaryFolder } from '../support/files.js';
import { finish, preload, start } from '../support/process.js';
import { openSession, ZONE } from '../support/session.js';

const ERASE = '\r\u001b[K';
const GREETING = /^cloudflare-cache-mcp \d+\.\d+\.\d+ is waiting for an MCP client on standard input\. .*\n.*\n.*\n$/;

/** Makes these streams of the process a terminal, as far as the process can tell. */
const terminal = (...streams: ('stdin' | 'stdout' | 'stderr')[]) =>
	preload(streams.map((name) => `process.${name}.isTTY = true; process.${name}.columns = 80;`).join(' '));
const URLS = Array.from({ length: 20_000 }, (_, at) => `https://${ZONE}/${at}`).join('\n');

describe('a long purge', () => {
	test('shows items, rate and time left on stderr; Ctrl-C says what was sent and how to go on', async () => {
		const list = temporaryFile('urls.txt', URLS);
		const state = ['--sandbox', '--state-dir', temporaryFolder()];
		const running = start(['call', 'purge_cache', '--zone', ZONE, '--urls', `@${list}`, ...state], {
			nodeFlags: [terminal('stderr')],
		});
		await running.saw('stderr', '/s · about');
		running.kill('SIGINT');
		expect((await running.ended).code).toBe(130);
		expect(running.stdout()).toBe('');
		const end = running.stderr().lastIndexOf(ERASE) + ERASE.length;
		const [drawn, said] = [running.stderr().slice(0, end), running.stderr().slice(end)];
		expect(drawn).toMatch(/[\d,]+ of 20,000 items · [\d,]+\/s · about \d+ s left/);
		expect(drawn).not.toContain('\n');
		expect(said).toMatch(/Not done: [\d,]+ URLs\.\nThe call was interrupted\.\n/);
		const command = /Continue with: cloudflare-cache-mcp (.*)$/m.exec(said)?.[1]?.split(' ') ?? [];
		expect(command).toEqual([
			'call',
			'purge_resume',
			'--resume',
			expect.stringMatching(/^\w{10}$/),
			'--state-dir',
			state[2],
			'--sandbox',
		]);
		const resumed = await finish([...command, '--dry-run']);
		expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('Would send to example.com') });
	});

	test.each([
		['a pipe', {}, []],
		['a terminal that erases nothing', { TERM: 'dumb' }, [terminal('stderr')]],
	])('shows nothing on %s', async (_, env, nodeFlags) => {
		const list = temporaryFile('urls.txt', URLS.split('\n').slice(0, 200).join('\n'));
		const flags = ['--sandbox', '--latency', '1200', '--state-dir', temporaryFolder()];
		const words = ['call', 'purge_cache', '--zone', ZONE, '--urls', `@${list}`, ...flags];
		expect(await finish(words, { env, nodeFlags })).toMatchObject({ code: 0, stderr: '' });
	});

	test('prints exactly one JSON document on stdout while the line is drawn on stderr', async () => {
		const flags = ['--sandbox', '--latency', '1200', '--json'];
		const { code, stdout, stderr } = await finish(['call', 'cache_reserve_get', '--zone', ZONE, ...flags], {
			nodeFlags: [terminal('stderr', 'stdout')],
		});
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({ status: 'done' });
		expect(stderr).toContain('Waiting for an answer: 1 s');
		expect(stderr.endsWith(ERASE)).toBe(true);
	});

	test('is not begun when Ctrl-C comes while its arguments are read', async () => {
		const running = start(['call', 'purge_cache', '-', '--sandbox', '--log-level', 'debug'], {
			nodeFlags: [terminal('stderr', 'stdin')],
		});
		await running.saw('stderr', 'Reading from the terminal. Ctrl-D on an empty line ends it.\n');
		running.kill('SIGINT');
		expect((await running.ended).code).toBe(130);
		expect(running.stderr()).toContain('cloudflare-cache-mcp: The call was interrupted.\n');
		expect(running.stderr()).not.toContain('POST');
	});
});

describe('a server that is started by hand', () => {
	test('says on a terminal that it waits for a client, and what to try', async () => {
		const running = start([], { nodeFlags: [terminal('stdin', 'stderr')] });
		await running.saw('stderr', 'help.\n');
		running.endInput();
		expect((await running.ended).code).toBe(0);
		expect(running.stderr()).toMatch(GREETING);
		expect(running.stdout()).toBe('');
	});

	test.each([[[]], [['stdin']], [['stderr']], [['stdout']]] as const)(
		'says nothing where only %j is a terminal',
		async (streams) => {
			const nodeFlags = streams.length > 0 ? [terminal(...streams)] : [];
			expect(await finish([], { nodeFlags })).toMatchObject({ code: 0, stdout: '', stderr: '' });
		},
	);

	test.each([
		[['--read-only', '--tools', 'purge_cache'], '--read-only and --tools'],
		[['--tools', 'purge_cache', '--exclude-tools', 'purge_cache'], '--exclude-tools and --tools'],
	])('warns with one line that %j leave no tool', async (flags, named) => {
		const { code, stderr } = await finish(flags);
		expect([code, stderr]).toEqual([0, `cloudflare-cache-mcp: warn: no tool is listed: ${named} leave none\n`]);
	});

	test('asks nothing of the API before the first call', async () => {
		const { tools, call, requests } = await openSession({ over: 'stdio' });
		await tools();
		expect(requests).toEqual([]);
		await call('zones_list');
		expect(requests).toHaveLength(1);
	});
});

describe('colours of the demo', () => {
	test.each([
		[{ NO_COLOR: '1' }, ['stdout'], false],
		[{ TERM: 'dumb' }, ['stdout'], false],
		[{ FORCE_COLOR: '1' }, [], true],
		[{ FORCE_COLOR: '0' }, ['stdout'], false],
		[{ TERM: 'xterm' }, ['stdout'], true],
	] as const)('with %j, where %j is a terminal: %s', async (env, streams, hasColours) => {
		const nodeFlags = streams.length > 0 ? [terminal(...streams)] : [];
		const running = start(['demo'], { env, nodeFlags });
		await running.saw('stdout', 'tools, served over stdio');
		running.kill('SIGKILL');
		await running.ended;
		expect(running.stdout().includes('\u001b[')).toBe(hasColours);
	});
});
