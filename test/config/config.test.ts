/** Command line and environment → configuration: every option from each of its sources, and what stops the start. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compose } from '../../src/compose.js';
import { COMMANDS } from '../../src/config/commands.js';
import { type Config, helpText, readConfig } from '../../src/config/config.js';
import { OPTIONS, type Option } from '../../src/config/options.js';
import { ConfigError } from '../../src/errors.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { argumentNames } from '../../src/operations/input.js';
import { connect, ZONE_ID } from '../support/session.js';

type Name = keyof typeof OPTIONS;

/** For every option a text that is right, the value it stands for, and a text that is wrong, unless any text is right. */
const SAMPLES: Readonly<Record<Name, { good: string; value: unknown; bad?: string }>> = {
	token: { good: 'abc', value: 'abc' },
	tokenFile: { good: '/run/token', value: '/run/token' },
	tokenCommand: { good: 'op read "a b"', value: ['op', 'read', 'a b'], bad: '' },
	email: { good: 'a@example.com', value: 'a@example.com' },
	key: { good: 'abc', value: 'abc' },
	zone: { good: 'example.com', value: 'example.com' },
	baseUrl: { good: 'https://proxy.example.com/v4/', value: 'https://proxy.example.com/v4', bad: 'proxy.example.com' },
	zones: {
		good: `a.example, b.example=${ZONE_ID}`,
		value: [{ name: 'a.example' }, { name: 'b.example', id: ZONE_ID }],
		bad: 'a.example=b',
	},
	readOnly: { good: 'on', value: true, bad: 'maybe' },
	toolsets: { good: 'purge, zone', value: ['purge', 'zone'], bad: 'purge,zones' },
	tools: { good: 'zones_list,', value: ['zones_list'], bad: ',' },
	excludeTools: { good: 'purge_everything', value: ['purge_everything'], bad: ' , ' },
	confirm: { good: 'code', value: 'code', bad: 'off' },
	skipConfirmation: { good: 'true', value: true, bad: 'maybe' },
	confirmTtl: { good: '60', value: 60, bad: '9' },
	confirmSecret: { good: '0123456789abcdef', value: '0123456789abcdef', bad: '0123456789abcde' },
	plan: { good: 'business', value: 'business', bad: 'ultimate' },
	sandbox: { good: '1', value: true, bad: '2' },
	auditLog: { good: '/var/log/audit.jsonl', value: '/var/log/audit.jsonl' },
	filesRoot: { good: '/srv/lists', value: '/srv/lists' },
	retries: { good: '0', value: 0, bad: '11' },
	stateDir: { good: '/var/lib/state', value: '/var/lib/state' },
	faults: { good: '0.2', value: 0.2, bad: '1.5' },
	seed: { good: '7', value: 7, bad: '-1' },
	latency: { good: '20', value: 20, bad: 'slow' },
	timeout: { good: '600', value: 600, bad: '1.5' },
	logLevel: { good: 'debug', value: 'debug', bad: 'loud' },
	port: { good: '0', value: 0, bad: '65536' },
	print: { good: 'true', value: true, bad: 'maybe' },
	writeToken: { good: 'true', value: true, bad: 'maybe' },
	json: { good: 'true', value: true, bad: 'maybe' },
};

const ALL = (Object.keys(OPTIONS) as Name[]).map((name) => {
	const option: Option<unknown> = OPTIONS[name];
	return { name, option, ...SAMPLES[name], flag: `--${option.flag}`, env: option.env ?? '' };
});
const WITH_FLAG = ALL.filter(({ option }) => option.flag);
const WITH_ENV = ALL.filter(({ option }) => option.env);

/** A command that takes the option. */
const commandOf = ({ commands }: Option<unknown>) => commands?.find((name) => name !== 'call') ?? 'serve';
/** Words that give the option a value: a switch takes none behind a blank. */
const wordsOf = ({ option, flag, good }: (typeof ALL)[number]) => (option.value ? [flag, good] : [flag]);

const takes = (tool: string) => {
	const operation = OPERATIONS.find(({ name }) => name === tool);
	return operation ? argumentNames(operation) : [];
};
const read = (argv: readonly string[], env: Record<string, string> = {}) => readConfig(argv, env, takes) as Config;

const composeFrom = (config: Config) => compose(config, { log: () => undefined });

/** The one line that stops the start. */
function refusal(argv: readonly string[], env: Record<string, string> = {}): string {
	try {
		readConfig(argv, env, takes);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		expect(error.message).not.toContain('\n');
		return error.message;
	}
	throw new Error(`accepted: ${argv.join(' ')}`);
}

describe('An option', () => {
	test.each(WITH_FLAG)('$name is taken from $flag', (one) => {
		expect(read([commandOf(one.option), ...wordsOf(one)])[one.name]).toEqual(one.value);
	});

	test.each(WITH_ENV)('$name is taken from $env', ({ name, option, env, good, value }) => {
		expect(read([commandOf(option)], { [env]: good })[name]).toEqual(value);
	});

	test.each(WITH_FLAG.filter(({ bad }) => bad))('$name refuses a wrong $flag by its name', ({ option, flag, bad }) => {
		expect(refusal([commandOf(option), `${flag}=${bad}`])).toContain(flag);
	});

	test.each(WITH_ENV.filter(({ bad }) => bad))(
		'$name refuses a wrong $env by its name',
		({ option, env, bad = '' }) => {
			expect(refusal([commandOf(option)], { [env]: bad })).toMatch(new RegExp(`^${env} `));
		},
	);

	test.each(WITH_FLAG.filter(({ option, bad }) => option.env && option.value && bad))(
		'$name is taken from its flag even when the environment has a wrong value',
		(one) => {
			expect(read([commandOf(one.option), ...wordsOf(one)], { [one.env]: one.bad ?? '' })[one.name]).toEqual(one.value);
		},
	);

	test.each(WITH_ENV)('$name is not set by an empty $env', ({ name, option, env }) => {
		expect(read([commandOf(option)], { [env]: '' })).not.toHaveProperty(name);
	});

	test.each(WITH_FLAG.filter(({ option }) => option.value))(
		'$name refuses $flag without a value',
		({ option, flag }) => {
			expect(refusal([commandOf(option), flag])).toContain(flag);
		},
	);

	test.each(WITH_FLAG.filter(({ option }) => option.value))('$name refuses an empty $flag', ({ option, flag }) => {
		expect(refusal([commandOf(option), `${flag}=`])).toContain(flag);
	});

	test.each(ALL)('$name has help of its own', ({ option }) => {
		expect(option.help).toMatch(/\w{3}/);
	});

	test('that was not given is absent', () => {
		expect(read([])).toEqual({ command: 'serve' });
	});

	test('that is switched on in the environment is switched off there too', () => {
		expect(read([], { CF_CACHE_READ_ONLY: 'false' }).readOnly).toBe(false);
	});

	test('of another command is refused', () => {
		expect(refusal(['serve', '--port', '1'])).toContain('--port');
	});

	test('given twice with different values is refused rather than half ignored', () => {
		expect(refusal(['--exclude-tools', 'purge_everything', '--exclude-tools', 'cache_reserve_clear'])).toContain(
			'--exclude-tools',
		);
	});
});

describe('--help', () => {
	const help = helpText('the-command');
	test.each(WITH_FLAG)('names $flag', ({ flag }) => expect(help).toMatch(new RegExp(`^ +${flag}\\b`, 'm')));
	test.each(WITH_ENV)('names $env', ({ env }) => expect(help).toMatch(new RegExp(` ${env} `)));
	test.each(Object.keys(COMMANDS))('names the command %s', (name) =>
		expect(help).toMatch(new RegExp(`^ +${name} `, 'm')),
	);
	test.each(['--help', '-h'])('is asked for by %s', (flag) => expect(readConfig([flag], {})).toBe('help'));
	test.each(['--version', '-v'])('is not what %s asks for', (flag) => expect(readConfig([flag], {})).toBe('version'));
});

describe('The command', () => {
	/** Commands of one word. */
	const ALONE = Object.keys(COMMANDS).filter((name) => name !== 'call' && name !== 'install');

	test.each(ALONE)('%s is taken before its flags', (name) => {
		expect(read([name, '--zone', 'example.com'])).toEqual({ command: name, zone: 'example.com' });
	});

	test.each(ALONE)('%s is taken behind its flags', (name) => {
		expect(read(['--zone', 'call', '--sandbox', name])).toEqual({ command: name, zone: 'call', sandbox: true });
	});

	test('is refused when unknown, with the nearest one', () => {
		expect(refusal(['tool'])).toMatch(/"tool".*Did you mean "tools"\?/);
	});

	test.each(['constructor', 'toString', '__proto__'])('%s is unknown, though every object has it', (word) => {
		expect(refusal([word])).toContain(word);
	});

	test('shows no control characters of an unknown word', () => {
		expect(refusal(['\u001b[31mred'])).not.toContain('\u001b');
	});

	test.each([
		['serve', 'extra'],
		['tools', 'extra'],
	])('%s refuses a word too many', (...argv) => {
		expect(refusal(argv)).toContain('extra');
	});

	test('refuses flags behind --, rather than leave them out', () => {
		expect(refusal(['--', '--read-only'])).toContain('--read-only');
	});
});

describe('An unknown flag', () => {
	test.each([
		['--read_only', 'read-only'],
		['--readonly', 'read-only'],
		['--read-onyl', 'read-only'],
		['--no-read-only', 'read-only'],
		['--exclude-tool', 'exclude-tools'],
		['--dangerously-skip-confirmations', 'dangerously-skip-confirmation'],
	])('%s stops the start and is told of %s', (flag, meant) => {
		const line = refusal([flag]);
		expect(line).toContain(`'${flag}'`);
		expect(line).toContain(`Did you mean "${meant}"?`);
	});

	test('with nothing near it is told of nothing', () =>
		expect(refusal(['--frobnicate'])).not.toContain('Did you mean'));
	test('of one letter stops the start', () => expect(refusal(['-x'])).toContain('-x'));
});

describe('A known flag that is misused', () => {
	test.each([['--read-only=true'], ['--read-only='], ['--zone'], ['--zone', '--sandbox']])(
		'%s is not told of itself',
		(...argv) => {
			expect(refusal(argv)).not.toContain('Did you mean');
		},
	);

	test('does not turn --read-only off by a word behind it', () => {
		expect(refusal(['--read-only', 'false'])).toContain('false');
	});
});

test('--toolsets names the nearest family', () => {
	expect(refusal(['--toolsets', 'purge,reserv'])).toMatch(/"reserv".*Did you mean "reserve"\?/);
});

test.each([
	[['--confirm', 'block', '--dangerously-skip-confirmation'], {}],
	[['--dangerously-skip-confirmation', '--confirm=block'], {}],
	[['--dangerously-skip-confirmation'], { CF_CACHE_CONFIRM: 'block' }],
])('%s with %j is refused: the laxer of two policies must not win', (argv, env) => {
	expect(() => readConfig(argv, env)).toThrow(
		new ConfigError('--confirm block and --dangerously-skip-confirmation exclude each other'),
	);
});

test('What stands behind a flag that does not exist is not repeated: it may be a secret', () => {
	const message = refusal(['--token', 'cfut_0123456789abcdef']);
	expect(message).toContain('--token');
	expect(message).not.toContain('cfut_');
});

test('--confirm refuses off, which has a longer name, and says what there is', () => {
	expect(refusal(['--confirm', 'off'])).toBe('--confirm must be one of ask, code, block');
});

describe('--base-url', () => {
	test.each([
		['https://api.cloudflare.com/client/v4', 'https://api.cloudflare.com/client/v4'],
		['https://api.cloudflare.com/client/v4/', 'https://api.cloudflare.com/client/v4'],
		['https://proxy.internal:8443', 'https://proxy.internal:8443'],
		['http://127.0.0.1:8080/client/v4', 'http://127.0.0.1:8080/client/v4'],
		['http://127.1.2.3/', 'http://127.1.2.3'],
		['http://localhost:1', 'http://localhost:1'],
		['http://[::1]:1', 'http://[::1]:1'],
	])('accepts %s', (url, root) => expect(read(['--base-url', url]).baseUrl).toBe(root));

	test.each([
		'http://api.cloudflare.com/client/v4',
		'http://127.0.0.1.example.com',
		'http://localhost.example.com',
		'http://10.0.0.1',
		'http://0.0.0.0',
		'http://[::]',
	])('refuses plain http to another machine: %s', (url) => {
		expect(refusal(['--base-url', url])).toBe('--base-url must use https, except on this machine (127.0.0.1)');
	});

	test.each([
		'ftp://127.0.0.1',
		'file:///etc/passwd',
		'127.0.0.1:80',
		'https://',
		'https://proxy.example.com/?key=1',
		'https://proxy.example.com/#v4',
		'https://user@proxy.example.com',
		'https://user:word@proxy.example.com',
		'https://:word@proxy.example.com',
	])('refuses %s', (url) => expect(refusal(['--base-url', url])).toContain('--base-url must be a URL such as'));
});

describe('call', () => {
	test('keeps the arguments of a tool apart from the flags', () => {
		const argv = 'call purge_everything --zone x --confirm y --sandbox --timeout 5 --dry_run --json'.split(' ');
		expect(read(argv)).toEqual({
			command: 'call',
			tool: 'purge_everything',
			toolWords: ['--zone', 'x', '--confirm', 'y', '--dry_run'],
			sandbox: true,
			timeout: 5,
			json: true,
		});
	});

	test('takes --confirm as the policy where the tool has no such argument', () => {
		expect(read(['call', 'purge_cache', '--confirm', 'code'])).toMatchObject({ confirm: 'code', toolWords: [] });
	});

	test('takes --zone before the tool as the default zone', () => {
		const config = read(['--zone', 'a.example', 'call', 'purge_cache', '--zone=b.example']);
		expect(config).toMatchObject({ zone: 'a.example', toolWords: ['--zone=b.example'] });
	});

	test('takes --key=value of flags and arguments alike', () => {
		const config = read(['call', 'zones_list', '--timeout=5', '--name=a=b']);
		expect(config).toMatchObject({ timeout: 5, toolWords: ['--name=a=b'] });
	});

	test('refuses a flag without its value', () => {
		expect(refusal(['call', 'zones_list', '--timeout'])).toContain('--timeout');
	});

	test('refuses a switch with a value rather than ignore it', () => {
		expect(refusal(['call', 'zones_list', '--read-only=true'])).toContain('--read-only');
	});

	test.each([[['call']], [['call', '--json']]])('without a tool is told where tools are listed: %s', (argv) => {
		expect(refusal(argv)).toBe('call needs the name of a tool; the tools command lists them');
	});
});

test.each(['--tools', '--exclude-tools'])('%s refuses an unknown name with the nearest one', (flag) => {
	expect(() => composeFrom(read(['--sandbox', flag, 'zone_list']))).toThrow(
		new ConfigError(`${flag}: there is no tool "zone_list". Did you mean "zones_list"?`),
	);
});

describe('Credentials', () => {
	const KEY = '0123456789abcdef0123456789abcdef01234';
	const none = { CLOUDFLARE_API_TOKEN: '' };

	/** What zones_list says with this environment, and the requests that left. */
	async function listZones(env: Record<string, string>) {
		const { call, requests } = await connect({ env: { ...none, ...env } });
		return { ...(await call('zones_list')), requests };
	}

	/** A file of this test's own. */
	function file(text: string): string {
		const folder = mkdtempSync(join(tmpdir(), 'config-test-'));
		onTestFinished(() => rmSync(folder, { recursive: true }));
		writeFileSync(join(folder, 'token'), text);
		return join(folder, 'token');
	}

	test('that are missing are named by the first call, and nothing is sent', async () => {
		const { text, isError, requests } = await listZones({});
		expect(text).toContain('CLOUDFLARE_API_TOKEN is not set');
		expect([isError, requests]).toEqual([true, []]);
	});

	test.each(['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_TOKEN_FILE'])(
		'in %s count as unset while they are a placeholder, and the call says so',
		async (name) => {
			const { text, requests } = await listZones({ [name]: '$' + '{input:token}' });
			expect(text).toContain(`${name} still holds a placeholder`);
			expect(requests).toEqual([]);
		},
	);

	test('in a file are used when the variable holds a placeholder', async () => {
		const env = { CLOUDFLARE_API_TOKEN: '$' + '{TOKEN}', CLOUDFLARE_API_TOKEN_FILE: file('from-file-0123456789') };
		expect((await listZones(env)).requests[0]?.headers.authorization).toBe('Bearer from-file-0123456789');
	});

	test('in a file are trimmed', async () => {
		const { requests } = await listZones({ CLOUDFLARE_API_TOKEN_FILE: file('\n from-file-0123456789 \r\n') });
		expect(requests[0]?.headers.authorization).toBe('Bearer from-file-0123456789');
	});

	test('in the variable win over those in the file', async () => {
		const env = { CLOUDFLARE_API_TOKEN: 'from-variable-0123', CLOUDFLARE_API_TOKEN_FILE: file('from-file-0123456789') };
		expect((await listZones(env)).requests[0]?.headers.authorization).toBe('Bearer from-variable-0123');
	});

	test.each([
		['CLOUDFLARE_API_TOKEN', { CLOUDFLARE_API_TOKEN: 'secret word-0123' }],
		['CLOUDFLARE_API_TOKEN', { CLOUDFLARE_API_TOKEN: 'secret\r\nX-Other: 1' }],
		['CLOUDFLARE_API_TOKEN', { CLOUDFLARE_API_TOKEN: 'secretü' }],
		['CLOUDFLARE_EMAIL', { CLOUDFLARE_EMAIL: 'secret e@example.com', CLOUDFLARE_API_KEY: KEY }],
		['CLOUDFLARE_API_KEY', { CLOUDFLARE_EMAIL: 'a@example.com', CLOUDFLARE_API_KEY: 'secret key' }],
	])('in %s that no header can carry stop the start without being shown: %j', (name, env) => {
		expect(() => composeFrom(read([], env as Record<string, string>))).toThrow(
			new ConfigError(`${name} contains spaces or control characters`),
		);
	});

	test('in a file with a second line stop the start', () => {
		expect(() => composeFrom(read([], { CLOUDFLARE_API_TOKEN_FILE: file('one-0123456789\ntwo-0123456789') }))).toThrow(
			new ConfigError('CLOUDFLARE_API_TOKEN_FILE contains spaces or control characters'),
		);
	});

	test('in a file that is not there stop the start with the reason', () => {
		expect(() => composeFrom(read([], { CLOUDFLARE_API_TOKEN_FILE: join(tmpdir(), 'no-such', 'token') }))).toThrow(
			new ConfigError('CLOUDFLARE_API_TOKEN_FILE cannot be read (ENOENT)'),
		);
	});

	test('of the legacy kind are sent as a pair', async () => {
		const { requests } = await listZones({ CLOUDFLARE_EMAIL: 'a@example.com', CLOUDFLARE_API_KEY: KEY });
		expect(requests[0]?.headers).toMatchObject({ 'x-auth-email': 'a@example.com', 'x-auth-key': KEY });
	});

	test.each([{ CLOUDFLARE_EMAIL: 'a@example.com' }, { CLOUDFLARE_API_KEY: KEY }])(
		'of the legacy kind are no half pair: %o',
		async (env) => {
			const { text, requests } = await listZones(env as Record<string, string>);
			expect(text).toContain('CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY are needed together');
			expect(requests).toEqual([]);
		},
	);

	test('are not needed, and not sent anywhere, with --sandbox', async () => {
		const { call, requests } = await connect({ flags: ['--sandbox'], env: none });
		expect([(await call('zones_list')).isError, requests]).toEqual([false, []]);
	});
});
