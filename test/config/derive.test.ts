/** Settings that other parts of the product derive from the configuration. */
import { describe, expect, test } from 'vitest';
import { policyOf, sandboxSettingsOf, scopeOf, secretsOf, zoneArgumentOf } from '../../src/config/derive.js';
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
	expect(secretsOf(read([], { ...env, ...padded }))).toEqual(secret.map(({ good }) => good));
	expect(secret.length).toBeGreaterThan(3);
});
