/** Settings that other parts of the product derive from the configuration. */
import { describe, expect, test } from 'vitest';
import { readSecrets } from '../../src/config/config.js';
import { policyOf, proxiesOf, sandboxSettingsOf, scopeOf, secretsOf, zoneArgumentOf } from '../../src/config/derive.js';
import { ALL, read } from './samples.js';

test.each([
	[[], { limits: 'strict', latencyMs: 0 }],
	[['--seed', '7'], { limits: 'strict', latencyMs: 0 }],
	[['--faults', '0.5'], { limits: 'strict', latencyMs: 0, faults: { rate: 0.5, seed: 1 } }],
	[
		['--faults', '0.5', '--seed', '7', '--latency', '20'],
		{ limits: 'strict', latencyMs: 20, faults: { rate: 0.5, seed: 7 } },
	],
])('with the flags %j the sandbox gets %j', (flags, options) => {
	expect(sandboxSettingsOf(read(flags))).toEqual(options);
});

test.each([
	[[], 'ask'],
	[['--confirm', 'code'], 'code'],
	[['--dangerously-skip-confirmation'], 'off'],
	[['--dangerously-skip-confirmation', '--confirm', 'code'], 'off'],
])('with the flags %j the policy of consent is %s', (flags, policy) => {
	expect(policyOf(read(flags))).toBe(policy);
});

test.each([
	[[], false],
	[['--confirm', 'block'], true],
	[['--dangerously-skip-confirmation'], false],
])('with the flags %j destructive operations are blocked: %s', (flags, blockDestructive) => {
	expect(scopeOf(read(flags))).toMatchObject({ blockDestructive });
});

describe('the zone argument', () => {
	test.each([
		['required', 'without a default zone', []],
		['required', 'without a default zone, even if only one is allowed', ['--zones', 'example.com']],
		['optional', 'with a default zone', ['--zone', 'example.com']],
		[
			'optional',
			'with a default zone among several allowed ones',
			['--zone', 'a.example', '--zones', 'a.example,b.example'],
		],
		['fixed', 'with a default zone and no other allowed', ['--zone', 'example.com', '--zones', 'example.com']],
	])('is %s %s', (expected, _, flags) => {
		expect(zoneArgumentOf(read(flags))).toBe(expected);
	});
});

test('the secrets of a configuration are the trimmed values of the options that are marked secret', () => {
	const secret = ALL.filter(({ option }) => option.secret);
	const env = Object.fromEntries(ALL.filter(({ option }) => option.env).map((one) => [one.env, one.good]));
	const padded = Object.fromEntries(secret.map((one) => [one.env, ` ${one.good}\n`]));
	const found = secretsOf(read([], { ...env, ...padded, CF_CACHE_REDIS: 'redis://cache:6379' }));
	expect(found).toEqual(secret.map(({ good }) => good));
	expect(secret.length).toBeGreaterThan(3);
});

test('of the URL of Redis the user and the password are secret, and of two secrets of codes each', () => {
	const both = '0123456789abcdef,fedcba9876543210';
	const found = secretsOf(read([], { CF_CACHE_REDIS: 'redis://u:p%40ss@cache:6379', CF_CACHE_CONFIRM_SECRET: both }));
	expect(found).toEqual([...both.split(','), 'u:p%40ss', 'u:p@ss', 'p%40ss', 'p@ss']);
});

describe('the proxies to the API', () => {
	const proxies = (env: Record<string, string>, ...flags: string[]) => proxiesOf(read(flags, env));
	const [A, B] = ['http://a.example:1/', 'http://b.example:2/'];

	test('are none without a variable, and none for a sandbox', () => {
		expect(proxies({ NO_PROXY: '*' })).toBeUndefined();
		expect(proxies({ HTTPS_PROXY: A, HTTP_PROXY: B }, '--sandbox')).toBeUndefined();
	});

	test('are those of the variables, of which lower case wins, even when it is empty', () => {
		expect(proxies({ HTTPS_PROXY: A, HTTP_PROXY: B })).toEqual({ https: A, http: B, except: '' });
		expect(proxies({ HTTPS_PROXY: A, https_proxy: B, no_proxy: 'x', NO_PROXY: 'y' })).toEqual({
			https: B,
			http: '',
			except: 'x',
		});
		expect(proxies({ HTTPS_PROXY: A, https_proxy: '' })).toBeUndefined();
	});

	test('over plain http are on this machine, as the API is then', () => {
		const local = ['--base-url', 'http://127.0.0.1:8787/client/v4'];
		expect(proxies({ HTTP_PROXY: A, HTTPS_PROXY: A }, ...local)).toBeUndefined();
		expect(proxies({ HTTP_PROXY: 'localhost:9' }, ...local)).toMatchObject({ https: '', http: 'http://localhost:9/' });
	});

	test('have user names and passwords that are secrets, in the configuration and in the environment', () => {
		const env = { HTTPS_PROXY: 'http://user:p%40ss@a.example', http_proxy: 'http://b.example', HTTP_PROXY: A };
		const secrets = ['user:p%40ss', 'user:p@ss', 'p%40ss', 'p@ss'];
		expect(secretsOf(read([], env))).toEqual(secrets);
		expect(readSecrets(env)).toEqual(secrets);
	});
});
