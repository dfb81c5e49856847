/** Tests `call` as a real process, against a sandbox that records what arrives. */
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callTool } from '../../src/commands/call.js';
import { askOnTerminal } from '../../src/commands/terminal.js';
import { compose } from '../../src/compose/product.js';
import { type Config, readConfig } from '../../src/config/config.js';
import type { SandboxOptions } from '../../src/sandbox/server.js';
import { finish, start } from '../support/process.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';

const ZONE_FLAG = ['--zone', ZONE];
const [A, B] = ['https://example.com/a', 'https://example.com/b'] as const;

/** Starts a sandbox and runs the command against it. */
async function startShell(options: SandboxOptions = {}) {
	const { url, requests, changes } = await openSandbox(options);
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: url };
	return {
		env,
		requests,
		changes,
		call: (words: readonly string[], more: Record<string, string> = {}) =>
			finish(['call', ...words], { env: { ...env, ...more } }),
	};
}

describe('call', () => {
	test('prints the result as text and exits with 0', async () => {
		const { call } = await startShell();
		const { code, stdout, stderr } = await call(['zones_list', '--name', ZONE]);
		expect([code, stderr]).toEqual([0, '']);
		expect(stdout).toContain(`${ZONE} · ${ZONE_ID}`);
		expect(stdout).not.toContain('{');
		expect(stdout).toMatch(/[^\n]\n$/);
	});

	test('prints the structured result with --json', async () => {
		const { call } = await startShell();
		const { code, stdout } = await call(['cache_reserve_get', ...ZONE_FLAG, '--json']);
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({ status: 'done', zone: { id: ZONE_ID, name: ZONE } });
	});

	test('sends the URLs of its arguments as one request', async () => {
		const { call, changes } = await startShell();
		expect((await call(['purge_cache', ...ZONE_FLAG, '--urls', A, '--urls', B])).code).toBe(0);
		expect(changes().map(({ body }) => body)).toEqual([{ files: [A, B] }]);
	});

	test('reads its arguments as JSON from standard input behind -', async () => {
		const { env, changes } = await startShell();
		const running = start(['call', 'purge_cache', '-', ...['--log-level', 'info']], { env });
		await running.write(JSON.stringify({ zone: ZONE, tags: ['--base-url=https://evil.example'] }));
		running.endInput();
		expect((await running.ended).code).toBe(0);
		expect(changes().map(({ body }) => body)).toEqual([{ tags: ['--base-url=https://evil.example'] }]);
	});

	test.each(['--base-url=http://127.0.0.1:1', '--log-level=info', '--help'])(
		'refuses %s as the value of a tag and sends nothing, so that a dry run stays one',
		async (value) => {
			const { call, requests } = await startShell();
			const { code, stdout, stderr } = await call(['purge_cache', ...ZONE_FLAG, '--tags', value, '--dry_run']);
			expect([code, stdout]).toEqual([2, '']);
			expect(stderr).toContain('call: --tags needs a value; write --tags=VALUE');
			expect(requests).toEqual([]);
		},
	);

	test('prints nothing on stderr while it reads all settings at the same time', async () => {
		const { call } = await startShell();
		const { code, stderr } = await call(['cache_overview', ...ZONE_FLAG]);
		expect([code, stderr]).toEqual([0, '']);
	});

	test('exits with 1 when Cloudflare refuses, and prints the error on stderr', async () => {
		const { call } = await startShell({ tokens: { 'test-token-0123456789': { permissions: [] } } });
		const { code, stdout, stderr } = await call(['zones_list']);
		expect([code, stdout]).toEqual([1, '']);
		expect(stderr).toContain('HTTP 403');
	});

	test('exits with 2 for an argument that the tool refuses, names its help, and sends nothing', async () => {
		const { call, requests } = await startShell();
		const { code, stdout, stderr } = await call(['purge_cache', ...ZONE_FLAG, '--urls', '/a']);
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toContain('Its arguments: cloudflare-cache-mcp call purge_cache --help\n');
		expect(requests).toEqual([]);
	});

	test.each([
		[['zone_list'], 'there is no tool "zone_list"; the tools command lists them. Did you mean "zones_list"?'],
		[
			['zones_list', '--nam', ZONE],
			'call: zones_list takes no "--nam"; cloudflare-cache-mcp call zones_list --help. Did you mean "--name"?',
		],
		[
			['purge_cache', ...ZONE_FLAG, '--purge-everything'],
			'call: purge_cache takes no "--purge-everything", but purge_everything is a tool: cloudflare-cache-mcp call purge_everything',
		],
		[
			['purge_cache', ...ZONE_FLAG, '--tags', 'a', '--sandbx'],
			'call: purge_cache takes no "--sandbx"; cloudflare-cache-mcp call purge_cache --help. Did you mean "--sandbox"?',
		],
		[
			['purge_cache', ...ZONE_FLAG, '--tags', 'a', '--retries', 'many'],
			'--retries must be a whole number from 0 to 10',
		],
		[['purge_cache', ...ZONE_FLAG, '--tags', 'a', '--port', '1'], '--port is a flag of sandbox, not of call'],
		[['purge_cache', ...ZONE_FLAG, ...ZONE_FLAG, '--tags', 'a'], 'call: --zone is given twice'],
	])('exits with 2 for the words %j, prints one line on stderr, and sends nothing', async (words, line) => {
		const { call, requests } = await startShell();
		const { code, stdout, stderr } = await call(words);
		expect([code, stdout, stderr]).toEqual([2, '', `cloudflare-cache-mcp: ${line}\n`]);
		expect(requests).toEqual([]);
	});

	test('exits with 1 for a changing tool under --read-only and sends nothing', async () => {
		const { call, requests } = await startShell();
		const { code, stdout, stderr } = await call(['purge_cache', ...ZONE_FLAG, '--urls', A, '--read-only']);
		expect([code, stdout]).toEqual([1, '']);
		expect(stderr).toContain('purge_cache is not allowed under --read-only.');
		expect(requests).toEqual([]);
	});

	test.each([
		[
			'a file of --urls that does not exist',
			['--urls', '@/no/such/file'],
			'call: "/no/such/file" cannot be read (ENOENT)',
		],
		['a file of arguments that does not exist', ['@/no/such.json'], 'call: "/no/such.json" cannot be read (ENOENT)'],
		['a folder in place of a file', ['--urls', '@/'], 'call: "/" cannot be read (EISDIR)'],
		['a list that is not closed', ['--urls', '["a"'], 'call: a list that starts with [ is not valid JSON'],
		[
			'an object that is not closed',
			['{"urls": '],
			'call: the arguments are not a JSON object; a list stands behind its key, such as --urls -',
		],
		['a bare word', ['example.com'], 'call: "example.com" is neither JSON nor --key value'],
		['a short flag', ['-x'], 'call: "-x" is neither JSON nor --key value'],
		['two dashes alone', ['--', 'a'], 'call: "--" is neither JSON nor --key value'],
		['an argument without its value', ['--urls'], 'call: --urls needs a value'],
	])('exits with 2 for %s, prints one line on stderr, and sends nothing', async (_, words, line) => {
		const { call, requests } = await startShell();
		const { code, stdout, stderr } = await call(['purge_cache', ...words]);
		expect([code, stdout, stderr]).toEqual([2, '', `cloudflare-cache-mcp: ${line}\n`]);
		expect(requests).toEqual([]);
	});
});

describe('a destructive call', () => {
	const EVERYTHING = ['purge_everything', ...ZONE_FLAG];
	test.each<[string, string[], Record<string, string>]>([
		['no flag', [], {}],
		['--confirm code', ['--confirm', 'code'], {}],
		['a shared secret', [], { CF_CACHE_CONFIRM_SECRET: 'a secret of the test' }],
		['the policy code in the environment', [], { CF_CACHE_CONFIRM: 'code' }],
	])('is refused with exit 3, tells the consequence and both ways, and gives no code: %s', async (_, flags, env) => {
		const { call, changes } = await startShell();
		const { code, stdout, stderr } = await call([...EVERYTHING, ...flags], env);
		expect([code, stdout]).toEqual([3, '']);
		expect(stderr).toMatch(/^Deletes everything cached for example\.com .* there is no terminal to ask on\.\n/);
		expect(stderr).toContain(
			'Nothing was changed.\nRun the command in a terminal, or add --confirm-zone example.com if you want exactly this.',
		);
		expect(stderr).not.toMatch(/confirm:|\bcode\b/);
		expect(changes()).toEqual([]);
	});

	test.each([
		['purge_everything', [], { purge_everything: true }],
		['purge_cache', ['--hosts', 'www.example.com'], { hosts: ['www.example.com'] }],
	] as const)('%s runs with the name of its zone behind --confirm-zone', async (tool, words, body) => {
		const { call, changes } = await startShell();
		const { code, stdout } = await call([tool, ...ZONE_FLAG, ...words, '--confirm-zone', 'Example.COM']);
		expect([code, stdout]).toEqual([0, expect.stringContaining('Cloudflare accepted')]);
		expect(changes().map((request) => request.body)).toEqual([body]);
	});

	test.each(['example.net', 'www.example.com', ZONE_ID, 'yes', 'example.com.'])(
		'is refused with exit 3 with %j behind --confirm-zone, and changes nothing',
		async (typed) => {
			const { call, changes } = await startShell();
			const { code, stderr } = await call([...EVERYTHING, `--confirm-zone=${typed}`]);
			expect(code).toBe(3);
			expect(stderr).toContain(
				`This needs --confirm-zone example.com, and "${typed}" was given.\nNothing was changed.`,
			);
			expect(changes()).toEqual([]);
		},
	);

	test('is refused in spite of a code among its JSON arguments', async () => {
		const { call, changes } = await startShell();
		const { code } = await call(['purge_everything', JSON.stringify({ zone: ZONE, confirm: 'tg4x2k-0a1b2c3d-x' })]);
		expect(code).toBe(3);
		expect(changes()).toEqual([]);
	});

	test('is refused by --confirm block behind the tool, with --confirm-zone too', async () => {
		const { call, requests } = await startShell();
		const words = ['--hosts', ZONE, '--confirm', 'block', '--confirm-zone', ZONE];
		const { code, stderr } = await call(['purge_cache', ...ZONE_FLAG, ...words]);
		expect(code).toBe(1);
		expect(stderr).toContain('is not allowed under --confirm block.');
		expect(requests).toEqual([]);
	});

	test('takes no code: --confirm names the policy', async () => {
		const { call, requests } = await startShell();
		const { code, stderr } = await call([...EVERYTHING, '--confirm', 'tg4x2k-0a1b2c3d-x']);
		expect(code).toBe(2);
		expect(stderr).toContain('--confirm must be one of ask, code, block');
		expect(requests).toEqual([]);
	});

	test.each(['serve', 'tools', 'doctor', 'sandbox'])('--confirm-zone is no flag of %s', async (command) => {
		const { env } = await startShell();
		const { code, stderr } = await finish([command, '--confirm-zone', ZONE], { env });
		expect([code, stderr]).toEqual([2, `cloudflare-cache-mcp: --confirm-zone is a flag of call, not of ${command}\n`]);
	});

	test.each([
		[['--dry_run', ...ZONE_FLAG]],
		[[...ZONE_FLAG, '--dry_run']],
		[[...ZONE_FLAG, '--dry_run=true']],
		[[...ZONE_FLAG, '--dry_run', 'true']],
	])('shows its plan and changes nothing with the words %j', async (words) => {
		const { call, changes } = await startShell();
		const { code, stdout } = await call(['purge_everything', ...words]);
		expect(code).toBe(0);
		expect(stdout).toContain('Dry run: nothing was changed.');
		expect(changes()).toEqual([]);
	});

	test('runs without a confirmation under --dangerously-skip-confirmation', async () => {
		const { call, changes } = await startShell();
		expect((await call([...EVERYTHING, '--dangerously-skip-confirmation'])).code).toBe(0);
		expect(changes()).toHaveLength(1);
	});
});

describe('a destructive call on a terminal', () => {
	/** Runs the call for a user who does this at the question. */
	async function ask(act: (input: PassThrough, stop: AbortController) => void, isTTY = false) {
		const { env, changes } = await startShell();
		const [input, output, stop] = [new PassThrough(), new PassThrough({ encoding: 'utf8' }), new AbortController()];
		Object.assign(output, { isTTY });
		const product = compose(readConfig([], env) as Config, { log: () => undefined });
		onTestFinished(() => product.close());
		const shown = new Promise<string>((resolve) => output.once('data', resolve));
		const answer = callTool(product, 'purge_everything', [ZONE_FLAG.join('=')], {
			readInput: () => Promise.reject(new Error('standard input was read')),
			askOnTerminal: askOnTerminal(input, output, () => stop.abort()),
			confirmZone: undefined,
			signal: stop.signal,
			json: false,
			flags: '',
		});
		const question = await shown;
		act(input, stop);
		return { ...(await answer), question, changes: changes() };
	}

	test('shows the consequence and the zone name to type', async () => {
		const { question } = await ask((input) => input.write('\n'));
		expect(question).toMatch(
			/^Deletes everything cached for example\.com .*\nTo confirm, type the zone name \(example\.com\): $/,
		);
	});

	test('runs when the user types the zone name', async () => {
		const { code, changes } = await ask((input) => input.write(`${ZONE}\n`));
		expect([code, changes.length]).toEqual([0, 1]);
	});

	test.each(['', 'y', 'yes', 'example.org', `www.${ZONE}`])(
		'is refused and changes nothing when the user types %j',
		async (typed) => {
			const { code, text, changes } = await ask((input) => input.write(`${typed}\n`));
			expect(code).toBe(3);
			expect(text).toContain('Nothing was changed.');
			expect(changes).toEqual([]);
		},
	);

	test('is interrupted by the key Ctrl-C, which sends no signal at a question', async () => {
		const { code, changes } = await ask((input) => input.write('\u0003'), true);
		expect([code, changes]).toEqual([130, []]);
	});

	test.each<[string, number, Parameters<typeof ask>[0]]>([
		['the end of the input', 3, (input) => input.end()],
		['the end of the input right behind the zone name', 3, (input) => input.end(ZONE)],
		['Ctrl+C', 130, (_, stop) => stop.abort()],
	])('is refused and changes nothing at %s', async (_, exit, act) => {
		const { code, changes } = await ask(act);
		expect([code, changes]).toEqual([exit, []]);
	});
});
