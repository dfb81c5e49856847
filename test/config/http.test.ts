/** The options of a server over HTTP that contradict each other, or would do nothing, stop the start. */
import { expect, test } from 'vitest';
import { authModeOf, checkHttp, refuseHttpOptions } from '../../src/config/http.js';
import { OPTION_GROUPS } from '../../src/config/options/index.js';
import { ConfigError } from '../../src/errors.js';
import { finish } from '../support/process.js';
import { read, WITH_FLAG } from './samples.js';

const OAUTH = ['--oauth-issuer', 'https://login.example.com', '--public-url', 'https://mcp.example.com/mcp'];

test.each<[string, string[]]>([
	['none', []],
	['tokens', ['--policy', '/etc/policy.json']],
	['oauth', OAUTH],
	['oauth', [...OAUTH, '--policy', '/etc/policy.json']],
	['cloudflare', ['--auth', 'cloudflare', '--policy', '/etc/policy.json']],
])('callers sign in by %s with %s', (mode, flags) => {
	const config = read(['--http', '0', ...flags]);
	expect(authModeOf(config)).toBe(mode);
	expect(() => checkHttp(config)).not.toThrow();
});

test.each<[string[], string]>([
	[['--auth', 'tokens'], '--auth tokens needs --policy, the file of the tokens'],
	[['--auth', 'oauth'], '--auth oauth needs --oauth-issuer and --public-url'],
	[OAUTH.slice(0, 2), '--auth oauth needs --oauth-issuer and --public-url'],
	[
		['--auth', 'none', '--policy', '/etc/policy.json'],
		'--auth none and --policy exclude each other: without a sign-in, no caller can be told apart',
	],
	[['--auth', 'none', ...OAUTH], '--auth none and --oauth-issuer exclude each other'],
	[['--auth', 'cloudflare', ...OAUTH], '--auth cloudflare and --oauth-issuer exclude each other'],
	[['--oauth-audience', 'api://x'], '--oauth-audience needs --oauth-issuer'],
	[
		['--redis', 'redis://127.0.0.1'],
		"--redis needs CF_CACHE_CONFIRM_SECRET: without it a replica does not accept the others' sessions and codes",
	],
	[
		['--files-root', '/srv'],
		"--files-root and --http exclude each other: the files would be the server's, not the caller's",
	],
	[
		['--dangerously-skip-confirmation'],
		'--dangerously-skip-confirmation and --http exclude each other: give --confirm code instead',
	],
])('%s is refused', (flags, message) => {
	expect(() => checkHttp(read(['--http', '0', ...flags]))).toThrow(new ConfigError(message));
});

test.each(['0.0.0.0:8080', '[::]:8080', '10.0.0.1:8080'])(
	'%s is not served to callers who prove nothing',
	(address) => {
		expect(() => checkHttp(read(['--http', address]))).toThrow(`--http ${address} can be reached from other machines`);
		expect(() => checkHttp(read(['--http', address, '--auth', 'cloudflare']))).not.toThrow();
	},
);

test.each([
	['--policy', '/etc/policy.json'],
	['--auth', 'cloudflare'],
	['--redis', 'redis://127.0.0.1'],
])('%s needs --http', (flag, value) => {
	expect(() => refuseHttpOptions(read([flag, value]))).toThrow(new ConfigError(`${flag} needs --http`));
});

test.each<[string, string[]]>([
	['mcp.example.com', ['--public-url', 'https://mcp.example.com/mcp']],
	['mcp.internal', ['--allowed-hosts', 'localhost,mcp.internal']],
])(
	'a proxy does not publish %s where it serves callers who prove nothing, unless --auth none says so',
	(host, flags) => {
		const config = read(['--http', '8080', ...flags]);
		expect(() => checkHttp(config)).toThrow(`${host} can be reached from other machines`);
		for (const auth of ['none', 'cloudflare'])
			expect(() => checkHttp(read(['--http', '8080', '--auth', auth, ...flags]))).not.toThrow();
	},
);

test('this machine may have further names where it serves callers who prove nothing', () => {
	const names = ['--public-url', 'http://localhost:8080/mcp', '--allowed-hosts', 'localhost,[::1]'];
	expect(() => checkHttp(read(['--http', '8080', ...names]))).not.toThrow();
});

test.each([
	'https://:password@mcp.example.com/mcp',
	'https://user@mcp.example.com/mcp',
	'https://mcp.example.com/mcp?',
	'https://mcp.example.com/mcp#',
	'https://mcp.example.com/m\ncp',
	'http://mcp.example.com/mcp',
])('--public-url and --oauth-issuer refuse %j, which clients would not find', (url) => {
	for (const flag of ['--public-url', '--oauth-issuer'])
		expect(() => read(['--http', '8080', flag, url])).toThrow('must be an https URL without user, query and fragment');
});

test.each<[string, string[]]>([
	['mcp', ['mcp']],
	['MCP.Internal, 10.0.0.7, [::1], localhost', ['mcp.internal', '10.0.0.7', '[::1]', 'localhost']],
])('--allowed-hosts takes %s', (text, hosts) => {
	expect(read(['--http', '8080', '--allowed-hosts', text]).allowedHosts).toEqual(hosts);
});

test.each(['a b', 'mcp:8080', 'https://mcp', '::1', '*.example.com', 'mcp-', 'mcp.'])(
	'--allowed-hosts refuses %s, which no header Host has without its port',
	(text) => {
		expect(() => read(['--http', '8080', '--allowed-hosts', text])).toThrow(
			'must be host names or addresses without ports, separated by commas',
		);
	},
);

test.each(['127.8.9.1:1', '[::1]:1', 'localhost:1'])('%s is served to them, for it is this machine', (address) => {
	expect(() => checkHttp(read(['--http', address]))).not.toThrow();
});

test.each(['127.0.0.1.example.com:1', 'localhost.example.com:1'])('%s is no address of this machine', (address) => {
	expect(() => checkHttp(read(['--http', address]))).toThrow(/can be reached from other machines/);
});

test.each(WITH_FLAG.filter(({ name }) => name in OPTION_GROUPS.http.options && name !== 'http'))(
	'$flag needs --http, and so does its variable',
	({ flag, env, good, option }) => {
		const words = option.value ? [flag, good] : [flag];
		expect(() => refuseHttpOptions(read(words))).toThrow(new ConfigError(`${flag} needs --http`));
		expect(() => refuseHttpOptions(read([], { [env]: good }))).toThrow(new ConfigError(`${flag} needs --http`));
	},
);

test('the built command ends with code 2 and one line where an option needs --http', async () => {
	const { code, stdout, stderr } = await finish(['--allowed-hosts', 'a.example.com']);
	expect([code, stdout, stderr]).toEqual([2, '', 'cloudflare-cache-mcp: --allowed-hosts needs --http\n']);
});

test('the built command does not listen for all machines without a sign-in', async () => {
	const { code, stdout, stderr } = await finish(['--http', '0.0.0.0:0', '--sandbox']);
	expect([code, stdout]).toEqual([2, '']);
	expect(stderr).toMatch(/^cloudflare-cache-mcp: --http 0\.0\.0\.0:0 can be reached from other machines.*\n$/);
});
