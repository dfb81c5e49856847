/** Host names and Cloudflare ids: what is one, and in which form. */
import { describe, expect, test } from 'vitest';
import { isHexId, isTypedAs, isWithin, toHostname } from '../../src/base/identifiers.js';

const LABEL_63 = 'a'.repeat(63);

describe('toHostname', () => {
	test.for([
		['example.com', 'example.com'],
		['Example.COM', 'example.com'],
		['example.com.', 'example.com'],
		['münchen.example', 'xn--mnchen-3ya.example'],
		['_dmarc.example.com', '_dmarc.example.com'],
		[`${LABEL_63}.com`, `${LABEL_63}.com`],
	])('gives %s as %s', ([text = '', name]) => {
		expect(toHostname(text)).toBe(name);
	});

	test.for<readonly [what: string, text: string]>([
		['an empty text', ''],
		['a single label', 'localhost'],
		['an operator', 'contains:example.com'],
		['an IPv4 address', '192.0.2.1'],
		['an IPv6 address', '2001:db8::1'],
		['a wildcard', '*.example.com'],
		['a URL', 'https://example.com'],
		['a path', 'example.com/a'],
		['a user', 'user@example.com'],
		['an encoded character', 'ex%61mple.com'],
		['a space', 'example .com'],
		['an empty label', 'example..com'],
		['two trailing dots', 'example.com..'],
		['a hyphen at the end of a label', 'example-.com'],
		['a label of 64 characters', `a${LABEL_63}.com`],
		['254 characters', `${`${LABEL_63}.`.repeat(3)}${'a'.repeat(62)}`],
	])('rejects %s', ([, text]) => {
		expect(toHostname(text)).toBeUndefined();
	});

	test('accepts a name of 253 characters', () => {
		const name = `${`${LABEL_63}.`.repeat(3)}${'a'.repeat(61)}`;
		expect(name).toHaveLength(253);
		expect(toHostname(name)).toBe(name);
	});
});

describe('isWithin', () => {
	test.for<readonly [name: string, isWithin: boolean]>([
		['example.com', true],
		['www.example.com', true],
		['a.b.example.com', true],
		['notexample.com', false],
		['example.com.evil.net', false],
		['com', false],
	])('tells of %s within example.com: %s', ([name, expected]) => {
		expect(isWithin(name, 'example.com')).toBe(expected);
	});
});

describe('isHexId', () => {
	test('accepts 32 lower-case hexadecimal characters', () => {
		expect(isHexId('023e105f4ecef8ad9ca31a8372d0c353')).toBe(true);
	});

	test.for([
		'',
		'example.com',
		'023E105F4ECEF8AD9CA31A8372D0C353',
		'0'.repeat(31),
		'0'.repeat(33),
		`${'0'.repeat(32)}\n`,
	])('rejects %j', (text) => {
		expect(isHexId(text)).toBe(false);
	});
});

describe('a user who typed', () => {
	const MUNICH = 'xn--mnchen-3ya.example';

	test.for([
		['example.com', 'example.com'],
		['EXAMPLE.com', 'example.com'],
		[' example.com\n', 'example.com'],
		['\ufeffexample.com', 'example.com'],
		[MUNICH, MUNICH],
		['münchen.example', MUNICH],
		['MÜNCHEN.Example', MUNICH],
		['mu\u0308nchen.example', MUNICH],
	] as const)('%j meant %s', ([typed, name]) => {
		expect(isTypedAs(typed, name)).toBe(true);
	});

	test.for([
		['', 'example.com'],
		['example.com.', 'example.com'],
		['www.example.com', 'example.com'],
		['example.co', 'example.com'],
		['exam\u200bple.com', 'example.com'],
		['example\u3002com', 'example.com'],
		['\u0435xample.com', 'example.com'],
		['munchen.example', MUNICH],
		['https://example.com', 'example.com'],
		['e\u0301'.repeat(1_000_000), 'example.com'],
	] as const)('%j did not mean %s', ([typed, name]) => {
		expect(isTypedAs(typed, name)).toBe(false);
	});
});
