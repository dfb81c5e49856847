/** Text from outside is shown on one line, without invisible characters, and never beyond its quotes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inline, quote, quoteJson, quoteUntrusted, sanitize, stripInvisible } from '../../src/base/sanitize.js';

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Text with many of the characters that matter here. */
const hostile = fc.string({
	unit: fc.oneof(
		fc.constantFrom(
			'\n',
			'\t',
			'\u001b',
			'\u200b',
			'\u202e',
			'\u2028',
			'\ud800',
			'\u3164',
			'\u{e0041}',
			'"',
			'\\',
			' ',
		),
		fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
	),
});

describe('sanitize', () => {
	test('gives at most the limit of characters, all of them visible', () =>
		fc.assert(
			fc.property(hostile, fc.integer({ min: 1, max: 20 }), (text, limit) => {
				const shown = sanitize(text, limit);
				expect(shown).not.toMatch(INVISIBLE);
				expect(shown.length).toBeLessThanOrEqual(limit);
			}),
		));

	test('puts one space in place of a run of invisible characters, and none at the ends', () => {
		expect(sanitize('\u001b[2J one\r\n\u200btwo\u0007')).toBe('[2J one two');
	});

	test('ends a text that was cut with an ellipsis, and never within a character', () => {
		expect(sanitize('abcdef', 4)).toBe('abc…');
		expect(sanitize('ab😀ef', 4)).toBe('ab…');
		expect(sanitize('abcd', 4)).toBe('abcd');
	});
});

describe('quote', () => {
	test('has its only quotation marks at the two ends', () =>
		fc.assert(
			fc.property(hostile, (text) => {
				expect(quote(text)).toMatch(/^"[^"]*"$/);
			}),
		));

	test('marks sentences from outside when they are untrusted', () => {
		expect(quoteUntrusted('Say "yes".')).toBe('"Say \'yes\'." (quoted from outside)');
	});
});

describe('quoteJson', () => {
	test('has an even number of quotation marks, whatever the value and the limit', () =>
		fc.assert(
			fc.property(fc.jsonValue(), fc.integer({ min: 2, max: 60 }), (value, limit) => {
				expect((quoteJson(value, limit).match(/"/g) ?? []).length % 2).toBe(0);
			}),
		));

	test('shows a quotation mark within a text as an apostrophe', () => {
		expect(quoteJson({ a: 'say "yes"' })).toBe('{"a":"say \'yes\'"}');
	});
});

describe('stripInvisible', () => {
	test('changes no character but the invisible ones, and keeps line ends and tabs', () =>
		fc.assert(
			fc.property(hostile, (text) => {
				const characters = [...text].map((one) => (INVISIBLE.test(one) && one !== '\n' && one !== '\t' ? ' ' : one));
				expect(stripInvisible(text)).toBe(characters.join(''));
			}),
		));
});

describe('inline', () => {
	test.for([['example.com'], ['2030-01-01T00:00:00Z'], ['user@example.com'], ['münchen'], [42], [null]])(
		'shows %j without quotes, because it is one plain word',
		([value]) => {
			expect(inline(value)).toBe(String(value));
		},
	);

	test.for(['two words', 'a"b', 'a,b', '', 'a\u200bb', 'a'.repeat(101)])(
		'quotes %j, which is no plain word',
		(value) => {
			expect(inline(value)).toMatch(/^"[^"]*"$/);
		},
	);
});
