/** `call`: one tool from a shell, as a real process against a sandbox that records what arrives. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callTool, readArguments } from '../../src/commands/call.js';
import { askOnTerminal } from '../../src/commands/terminal.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/errors.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { type SandboxOptions, type SeenRequest, startSandbox } from '../../src/sandbox/server.js';
import { finish } from '../support/process.js';
import { ZONE, ZONE_ID } from '../support/session.js';

const ZONE_FLAG = ['--zone', ZONE];
const [A, B] = ['https://example.com/a', 'https://example.com/b'] as const;

/** A sandbox, and the command against it. */
async function startShell(options: SandboxOptions = {}) {
	const requests: SeenRequest[] = [];
	const sandbox = await startSandbox({ ...options, onRequest: (request) => requests.push(request) });
	onTestFinished(() => sandbox.close());
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: sandbox.url };
	return {
		env,
		requests,
		changes: () => requests.filter(({ method }) => method !== 'GET'),
		call: (words: readonly string[], more: Record<string, string> = {}) =>
			finish(['call', ...words], { env: { ...env, ...more } }),
	};
}

/** The path of a file of this test's own, as the command takes it. */
function file(name: string, text: string): string {
	const folder = mkdtempSync(join(tmpdir(), 'call-test-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	writeFileSync(join(folder, name), text);
	return `@${join(folder, name)}`;
}

const operation = (tool: string) => OPERATIONS.find(({ name }) => name === tool);
const purgeArguments = (...words: string[]) => readArguments(words, operation('purge_cache'));

describe('call', () => {
	test('prints the answer as text and exits with 0', async () => {
		const { call } = await startShell();
		const { code, stdout, stderr } = await call(['zones_list', '--name', ZONE]);
		expect([code, stderr]).toEqual([0, '']);
		expect(stdout).toContain(`${ZONE} · ${ZONE_ID}`);
		expect(stdout).not.toContain('{');
		expect(stdout).toMatch(/[^\n]\n$/);
	});

	test('prints the structured answer with --json', async () => {
		const { call } = await startShell();
		const { code, stdout } = await call(['cache_reserve_get', ...ZONE_FLAG, '--json']);
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({ status: 'done', zone: { id: ZONE_ID, name: ZONE } });
	});

	test('sends what the arguments say', async () => {
		const { call, changes } = await startShell();
		expect((await call(['purge_cache', ...ZONE_FLAG, '--urls', A, '--urls', B])).code).toBe(0);
		expect(changes().map(({ body }) => body)).toEqual([{ files: [A, B] }]);
	});

	test('exits with 1 when Cloudflare refuses', async () => {
		const { call } = await startShell({ tokens: { 'test-token-0123456789': { permissions: [] } } });
		const { code, stdout, stderr } = await call(['zones_list']);
		expect([code, stderr]).toEqual([1, '']);
		expect(stdout).toContain('HTTP 403');
	});

	test('prints an error as JSON with --json', async () => {
		const { call } = await startShell();
		const { code, stdout } = await call(['purge_cache', ...ZONE_FLAG, '--urls', '/a', '--json']);
		expect(code).toBe(1);
		expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining('Nothing was changed.') });
	});

	test('exits with 1 for an unknown tool, names the nearest, and sends nothing', async () => {
		const { call, requests } = await startShell();
		const { code, stdout } = await call(['zone_list']);
		expect(code).toBe(1);
		expect(stdout).toContain('Did you mean "zones_list"?');
		expect(requests).toEqual([]);
	});

	test('exits with 1 for an unknown argument and sends nothing', async () => {
		const { call, requests } = await startShell();
		const { code, stdout } = await call(['zones_list', '--nam', ZONE]);
		expect(code).toBe(1);
		expect(stdout).toContain('"nam"');
		expect(requests).toEqual([]);
	});

	test('exits with 1 for a change under --read-only and sends nothing', async () => {
		const { call, requests } = await startShell();
		const { code, stdout } = await call(['purge_cache', ...ZONE_FLAG, '--urls', A, '--read-only']);
		expect(code).toBe(1);
		expect(stdout).toContain('--read-only');
		expect(requests).toEqual([]);
	});

	test.each([
		['--urls', ['--urls', '@/no/such/file'], 'call: "/no/such/file" cannot be read (ENOENT)'],
		['the arguments', ['@/no/such.json'], 'call: "/no/such.json" cannot be read (ENOENT)'],
		['a folder', ['--urls', '@/'], 'call: "/" cannot be read (EISDIR)'],
		['a list', ['--urls', '["a"'], 'call: a list that starts with [ is not valid JSON'],
		['an object', ['{"urls": '], 'call: the arguments are not a JSON object'],
		['a bare word', ['example.com'], 'call: "example.com" is neither JSON nor --key value'],
		['a short flag', ['-x'], 'call: "-x" is neither JSON nor --key value'],
		['two dashes', ['--', 'a'], 'call: "--" is neither JSON nor --key value'],
		['a missing value', ['--urls'], 'call: --urls needs a value'],
	])('exits with 2, one line and nothing sent when %s cannot be read', async (_, words, line) => {
		const { call, requests } = await startShell();
		const { code, stdout, stderr } = await call(['purge_cache', ...words]);
		expect([code, stdout, stderr]).toEqual([2, '', `cloudflare-cache-mcp: ${line}\n`]);
		expect(requests).toEqual([]);
	});
});

describe('A destructive call', () => {
	const EVERYTHING = ['purge_everything', ...ZONE_FLAG];
	const SECRET = { CF_CACHE_CONFIRM_SECRET: 'a secret of the test' };
	const codeIn = (stdout: string) => (JSON.parse(stdout) as { confirm: string }).confirm;

	test('exits with 3 and changes nothing without a confirmation', async () => {
		const { call, changes } = await startShell();
		const { code, stdout } = await call(EVERYTHING);
		expect(code).toBe(3);
		expect(stdout).toContain('Nothing was changed yet.');
		expect(changes()).toEqual([]);
	});

	test('runs with the code of an earlier process that had the same secret', async () => {
		const { call, changes } = await startShell();
		const asked = await call([...EVERYTHING, '--json'], SECRET);
		const { code } = await call([...EVERYTHING, '--confirm', codeIn(asked.stdout)], SECRET);
		expect(code).toBe(0);
		expect(changes().map(({ body }) => body)).toEqual([{ purge_everything: true }]);
	});

	test.each([
		['another secret', EVERYTHING, { CF_CACHE_CONFIRM_SECRET: 'another secret of it' }],
		['no secret', EVERYTHING, {}],
		['another zone', ['purge_everything', '--zone', 'example.net'], SECRET],
		['another tool', ['cache_reserve_clear', ...ZONE_FLAG], SECRET],
	])('refuses the code of an earlier process with %s', async (_, words, env) => {
		const { call, changes } = await startShell();
		const asked = await call([...EVERYTHING, '--json'], SECRET);
		const { code, stdout } = await call([...words, '--confirm', codeIn(asked.stdout)], env as Record<string, string>);
		expect(code).toBe(1);
		expect(stdout).toContain('The code was not issued for exactly this call');
		expect(changes()).toEqual([]);
	});

	test.each([
		[['--dry_run', ...ZONE_FLAG]],
		[[...ZONE_FLAG, '--dry_run']],
		[[...ZONE_FLAG, '--dry_run=true']],
		[[...ZONE_FLAG, '--dry_run', 'true']],
	])('only shows the plan with %s', async (words) => {
		const { call, changes } = await startShell();
		const { code, stdout } = await call(['purge_everything', ...words]);
		expect(code).toBe(0);
		expect(stdout).toContain('Dry run: nothing was changed.');
		expect(changes()).toEqual([]);
	});

	test('runs unasked with --dangerously-skip-confirmation', async () => {
		const { call, changes } = await startShell();
		expect((await call([...EVERYTHING, '--dangerously-skip-confirmation'])).code).toBe(0);
		expect(changes()).toHaveLength(1);
	});
});

describe('The arguments', () => {
	test.each<[string, () => string[]]>([
		['a repeated key', () => ['--urls', A, '--urls', B]],
		['a repeated key with =', () => [`--urls=${A}`, `--urls=${B}`]],
		['a JSON list', () => ['--urls', JSON.stringify([A, B])]],
		['a list and an item', () => ['--urls', JSON.stringify([A]), '--urls', B]],
		['a file with one item a line', () => ['--urls', file('urls.txt', `${A}\n\n  ${B}\r\n`)]],
		['a file with a JSON list', () => ['--urls', file('urls.json', JSON.stringify([A, B], null, 2))]],
		['a file and an item', () => ['--urls', file('urls.txt', A), '--urls', B]],
		['an object', () => [JSON.stringify({ urls: [A, B] })]],
		['a file with an object', () => [file('arguments.json', JSON.stringify({ urls: [A, B] }))]],
	])('are read from %s', (_, words) => {
		expect(purgeArguments(...words())).toEqual({ urls: [A, B] });
	});

	test('are objects where a line of a file is one', () => {
		const lines = ['{"url":"https://example.com/a","headers":{"Origin":"https://example.net"}}'];
		expect(purgeArguments('--files', file('files.txt', lines.join('\n')))).toEqual({
			files: [JSON.parse(lines[0] ?? '')],
		});
	});

	test('are read from a file where the value is one text', () => {
		expect(
			readArguments(['--value', file('value.json', '{"jpeg":["image/webp"]}\n')], operation('variants_edit')),
		).toEqual({
			value: '{"jpeg":["image/webp"]}',
		});
	});

	test('may have = in their value', () => {
		expect(purgeArguments('--urls=https://example.com/?a=b')).toEqual({ urls: ['https://example.com/?a=b'] });
	});

	test('are none without words', () => expect(purgeArguments()).toEqual({}));

	test.each<[string, () => string[]]>([
		['words behind an object, such as --dry_run', () => [JSON.stringify({ urls: [A] }), '--dry_run']],
		['words behind a file with an object', () => [file('arguments.json', JSON.stringify({ urls: [A] })), '--dry_run']],
		['a line that is no JSON', () => ['--files', file('files.txt', '{"url":')]],
		['a list', () => [JSON.stringify([A])]],
		['a file with a list', () => [file('arguments.json', '[]')]],
		['one value twice', () => ['--zone', 'example.com', '--zone', 'example.net']],
	])('refuse %s', (_, words) => {
		expect(() => purgeArguments(...words())).toThrow(ConfigError);
	});
});

describe('On a terminal', () => {
	/** A person at a terminal who does this. */
	async function ask(act: (input: PassThrough, stop: AbortController) => void) {
		const { env, changes } = await startShell();
		const [input, output, stop] = [new PassThrough(), new PassThrough({ encoding: 'utf8' }), new AbortController()];
		const product = compose(readConfig([], env) as Config, { log: () => undefined });
		onTestFinished(() => product.close());
		const shown = new Promise<string>((resolve) => output.once('data', resolve));
		const answer = callTool(product, 'purge_everything', ZONE_FLAG, {
			askUser: askOnTerminal(input, output, stop.signal),
			signal: new AbortController().signal,
			json: false,
		});
		const question = await shown;
		act(input, stop);
		return { ...(await answer), question, changes: changes() };
	}

	test('the person reads the consequence and what to type', async () => {
		const { question } = await ask((input) => input.write('\n'));
		expect(question).toMatch(
			/^Deletes everything cached for example\.com .*\nTo confirm, type the zone name \(example\.com\): $/,
		);
	});

	test('the zone name confirms', async () => {
		const { code, changes } = await ask((input) => input.write(`${ZONE}\n`));
		expect([code, changes.length]).toEqual([0, 1]);
	});

	test.each(['', 'y', 'yes', 'example.org', 'EXAMPLE.COM', ` ${ZONE}`])('%j does not confirm', async (typed) => {
		const { code, text, changes } = await ask((input) => input.write(`${typed}\n`));
		expect(code).toBe(1);
		expect(text).toContain('Nothing was changed.');
		expect(changes).toEqual([]);
	});

	test.each<[string, Parameters<typeof ask>[0]]>([
		['the end of the input', (input) => input.end()],
		['the end of the input behind the zone name', (input) => input.end(ZONE)],
		['an interruption', (_, stop) => stop.abort()],
	])('%s does not confirm', async (_, act) => {
		const { code, changes } = await ask(act);
		expect([code, changes]).toEqual([1, []]);
	});
});
