/** Secrets never leave the process, in whatever encoding they come back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/base/redact.js';

const SECRET = 'abc/"d ü+e=12345';

function redactorOf(...secrets: string[]): Redactor {
	const redactor = new Redactor();
	for (const secret of secrets) redactor.add(secret);
	return redactor;
}

describe('Redactor.redact', () => {
	test.for<readonly [form: string, text: string]>([
		['as it is', SECRET],
		['in upper case', SECRET.toUpperCase()],
		['percent-encoded', encodeURIComponent(SECRET)],
		['in a form body', new URLSearchParams({ token: SECRET }).toString().slice('token='.length)],
		['escaped in JSON', JSON.stringify(SECRET).slice(1, -1)],
		['with its quotation mark shown as an apostrophe', SECRET.replaceAll('"', "'")],
		[
			'with escaped UTF-16 units',
			[...SECRET].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
		],
	])('replaces a secret that comes back %s', ([, text]) => {
		expect(redactorOf(SECRET).redact(`before ${text} after`)).toBe('before [secret] after');
	});

	test.for(['', 'a', 'ab', 'user@example.com:'])('leaves no base64 of a secret that stands behind "%s"', (prefix) => {
		for (const encoding of ['base64', 'base64url'] as const) {
			const text = Buffer.from(`${prefix}${SECRET} and more`).toString(encoding);
			const redacted = redactorOf(SECRET).redact(text);
			expect(redacted).toContain('[secret]');
			expect(Buffer.from(redacted.replace('[secret]', ''), encoding).toString()).not.toContain(SECRET.slice(2, -2));
		}
	});

	test('replaces any secret of at least six characters at any place of a text', () =>
		fc.assert(
			fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
				expect(redactorOf(secret).redact(`${before}${secret}${after}`)).toContain('[secret]');
			}),
		));

	test('replaces every secret in strings at any depth, keys included', () => {
		const value = { list: [1, null, ['first-secret']], 'second-secret': { inner: 'a first-secret, a second-secret' } };
		expect(redactorOf('first-secret', 'second-secret').redact(value)).toEqual({
			list: [1, null, ['[secret]']],
			'[secret]': { inner: 'a [secret], a [secret]' },
		});
	});

	test('replaces the longer of two secrets of which one begins with the other', () => {
		expect(redactorOf('secret-1', 'secret-1-long').redact('secret-1-long')).toBe('[secret]');
	});

	test('leaves a value as it is when no secret was added', () =>
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(redactorOf().redact(value)).toEqual(value);
			}),
		));

	test.for([undefined, '', 'token'])('ignores %j, which is too short for a secret', (secret) => {
		const redactor = new Redactor();
		redactor.add(secret);
		expect(redactor.redact('a token of five letters')).toBe('a token of five letters');
	});

	test('leaves invisible characters to the audit log and the API', () => {
		expect(redactorOf(SECRET).redact('a\u200bb')).toBe('a\u200bb');
	});
});

describe('Redactor.toOutput', () => {
	test('removes secrets and invisible characters in one value, keys included', () => {
		const value = { 'a\u200bb': ['c\u202ed', 'my-secret'], 'my-secret': 'line 1\nline 2\u0007' };
		expect(redactorOf('my-secret').toOutput(value)).toEqual({
			'a b': ['c d', '[secret]'],
			'[secret]': 'line 1\nline 2 ',
		});
	});

	test('leaves no part of a secret joined by an invisible character', () => {
		expect(redactorOf('my-secret').toOutput('my\u200b-secret')).toBe('my -secret');
	});
});
