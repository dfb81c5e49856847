/** Secrets never leave the process, in whatever encoding they come back. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAll } from '../../src/base/encodings.js';
import { Redactor } from '../../src/base/redact.js';
import { quote } from '../../src/base/sanitize.js';

const SECRET = 'abc/"d ü+e=12345';
const TOKEN = 'cfut_A1b2-C3d4_E5f6G7h8';
/** Has gaps, which may be plus signs, and base64 that begins with plus signs. */
const BEGINS_WITH_PLUS = '\uffbe> \uffbe~~ abcd';

/** Longer than any access token, and without repetitions. */
const LONG = Array.from({ length: 200 }, (_, at) => createHash('sha256').update(`${at}`).digest('base64url')).join('');

const bytesOf = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0'));
const unitsOf = (text: string) =>
	Array.from(text, (_, at) => text.charCodeAt(at)).map((unit) => unit.toString(16).padStart(4, '0'));
const codesOf = (text: string) => Array.from(text, (one) => one.codePointAt(0) ?? 0);
const wrap = (text: string, end: string) => text.replace(/.{7}(?=.)/g, `$&${end}`);
const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');

/** Encodings of each character by itself. */
const ESCAPES: Readonly<Record<string, (text: string) => string>> = {
	'percent-encoded throughout': (text) =>
		bytesOf(text)
			.map((byte) => `%${byte}`)
			.join(''),
	'percent-encoded throughout in upper case': (text) =>
		bytesOf(text)
			.map((byte) => `%${byte.toUpperCase()}`)
			.join(''),
	'with escaped UTF-16 units': (text) =>
		unitsOf(text)
			.map((unit) => `\\u${unit}`)
			.join(''),
	'with escaped code points': (text) =>
		codesOf(text)
			.map((code) => `\\u{${code.toString(16)}}`)
			.join(''),
	'with escaped bytes': (text) =>
		bytesOf(text)
			.map((byte) => `\\x${byte}`)
			.join(''),
	'in decimal HTML entities': (text) =>
		codesOf(text)
			.map((code) => `&#${code};`)
			.join(''),
	'in hexadecimal HTML entities with zeros': (text) =>
		codesOf(text)
			.map((code) => `&#x00${code.toString(16)};`)
			.join(''),
};

/** Characters that stand between those of the text. */
const GAPS: Readonly<Record<string, (text: string) => string>> = {
	'with zero-width spaces': (text) => [...text].join('\u200b'),
	'with soft hyphens, tabs and line ends': (text) => [...text].join('\u00ad\t\r\n'),
	'with NUL characters': (text) => [...text].join('\0'),
	'with tag characters': (text) => [...text].join('\u{e0041}'),
	'with spaces': (text) => [...text].join(' '),
};

/** What an API, a proxy or a log might make of a secret. */
const FORMS: Readonly<Record<string, (text: string) => string>> = {
	...ESCAPES,
	...GAPS,
	'as it is': (text) => text,
	'in upper case': (text) => text.toUpperCase(),
	'percent-encoded': encodeURIComponent,
	'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
	'percent-encoded throughout, twice': (text) =>
		encodeURIComponent(
			bytesOf(text)
				.map((byte) => `%${byte}`)
				.join(''),
		),
	'in a form body': (text) => new URLSearchParams({ token: text }).toString().slice('token='.length),
	'escaped in JSON': (text) => JSON.stringify(text).slice(1, -1),
	'escaped in JSON within JSON': (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
	'escaped in HTML': (text) => text.replaceAll('"', '&quot;').replaceAll('_', '&lowbar;').replaceAll('+', '&plus;'),
	'with its quotation mark shown as an apostrophe': (text) => text.replaceAll('"', "'"),
	'in hexadecimal': (text) => bytesOf(text).join(''),
	'in hexadecimal with spaces, in upper case': (text) => bytesOf(text).join(' ').toUpperCase(),
	'cut by line ends': (text) => wrap(text, '\r\n'),
	'cut by escaped line ends': (text) => wrap(text, '\\r\\n'),
	'cut by encoded line ends': (text) => wrap(text, '%0A'),
};

function redactorOf(...secrets: string[]): Redactor {
	const redactor = new Redactor();
	for (const secret of secrets) redactor.add(secret);
	return redactor;
}

describe('Redactor.redact', () => {
	test.for(Object.entries(FORMS))('replaces a secret that comes back %s', ([, form]) => {
		expect(redactorOf(SECRET).redact(`before ${form(SECRET)} after`)).toBe('before [secret] after');
	});

	test.for(Object.entries(FORMS))('replaces a token that comes back %s', ([, form]) => {
		expect(redactorOf(TOKEN).redact(`{"error":"${form(TOKEN)}"}`)).toBe('{"error":"[secret]"}');
	});

	test('finds a secret in any two encodings, of which one encodes the other', () =>
		fc.assert(
			fc.property(
				fc.constantFrom(...Object.values(ESCAPES)),
				fc.constantFrom(...Object.values(ESCAPES)),
				(one, two) => {
					expect(redactorOf(TOKEN).redact(`a ${two(one(TOKEN))} b`)).toBe('a [secret] b');
				},
			),
		));

	test('finds a secret in which each character has an encoding of its own, with gaps between', () =>
		fc.assert(
			fc.property(
				fc.array(fc.constantFrom(...Object.values(ESCAPES), ...Object.values(GAPS)), {
					minLength: TOKEN.length,
					maxLength: TOKEN.length,
				}),
				(forms) => {
					const mixed = [...TOKEN].map((one, at) => forms[at]?.(one) ?? one).join('');
					expect(redactorOf(TOKEN).redact(`a ${mixed.trim()} b`)).toMatch(/^a \[secret\]\W* b$/);
				},
			),
		));

	test.for([...Object.entries(FORMS), ['in base64', base64]] as const)(
		'leaves no beginning of a secret that comes %s and is cut off, wherever the cut is',
		([, form]) => {
			const shown = (text: string) =>
				text
					.replace(/[\s\p{Cc}\p{Cf}]/gu, '')
					.replaceAll("'", '"')
					.toLowerCase();
			for (const secret of [TOKEN, SECRET])
				for (let before = 0; before < 60; before++) {
					const text = quote(`${'·'.repeat(before)}${form(secret)}${'·'.repeat(999)}`, 60);
					const output = redactorOf(secret).toOutput(text);
					for (const beginning of [secret, bytesOf(secret).join(''), base64(secret)].map((one) =>
						shown(one).slice(0, 6),
					))
						for (const view of decodeAll(output)) expect(shown(view), text).not.toContain(beginning);
				}
		},
	);

	test('leaves a cut text as it is where it holds fewer than six characters of a secret', () => {
		for (const text of ['cfut_…', 'cfut_A1b2', 'a…', '…', 'cfut_ A1 and many words more…'])
			expect(redactorOf(TOKEN).redact(text)).toBe(text);
	});

	test('keeps what stands between and around several secrets, encoded or not', () => {
		const text = `%41${encodeURIComponent(SECRET)}&amp;${TOKEN}\\u0041 100 % ${TOKEN}`;
		expect(redactorOf(SECRET, TOKEN).redact(text)).toBe('%41[secret]&amp;[secret]\\u0041 100 % [secret]');
	});

	test('leaves a text with encoded characters as it is when it holds no secret', () => {
		const text = '%41%C3%BC%zz &amp;&#65;&unknown;&#x110000; \\u0041\\x41\\q\\';
		expect(redactorOf(SECRET, TOKEN).redact(text)).toBe(text);
	});

	test('has a gap for each white space, control and invisible character', () => {
		const missing: string[] = [];
		const redactor = redactorOf(TOKEN);
		for (let code = 0; code <= 0x10ffff; code++) {
			const character = String.fromCodePoint(code);
			if (/[\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(character))
				if (redactor.redact(`${TOKEN.slice(0, 9)}${character}${TOKEN.slice(9)}`) !== '[secret]')
					missing.push(code.toString(16));
		}
		expect(missing).toEqual([]);
	});

	test.for<readonly [what: string, text: string]>([
		['beginnings of the secret', TOKEN.slice(0, -1)],
		['gaps', `${TOKEN[0]} \u200b\n`],
		['percent signs', '%25'],
		['backslashes', '\\'],
		['ampersands', '&#0'],
		['zeros', '0'],
		['bytes', '%C3'],
		['base64', Buffer.from(TOKEN).toString('base64').slice(0, -6)],
		['plus signs', '+'],
	])('looks through two megabytes of %s in the time of a test', ([, part]) => {
		const text = `${part.repeat(Math.ceil(1_000_000 / part.length))} ${part[0]}${' '.repeat(1_000_000)}`;
		const redactor = redactorOf(TOKEN, SECRET, BEGINS_WITH_PLUS);
		expect(redactor.redact(text)).toBe(text);
		// The mark of a cut, where the beginning of a secret does not stand before it.
		expect(redactor.redact(`${text}.…`)).toBe(`${text}.…`);
	});

	test.for([101, 1_000, 8_192])(
		'leaves nothing of an access token of %i characters as it is, and makes its encodings useless',
		(length) => {
			const token = LONG.slice(0, length);
			const redactor = redactorOf(token);
			expect(redactor.redact(`before ${token} after`)).toBe('before [secret] after');
			for (const form of ['percent-encoded', 'with spaces', 'with escaped bytes']) {
				const redacted = redactor.redact(`before ${FORMS[form]?.(token)} after`);
				expect(redacted).toContain('[secret] after');
				expect(decodeAll(redacted).join()).not.toContain(token.slice(-40));
			}
			expect(redactor.redact(`a cut ${token.slice(0, -4)}…`)).not.toContain(token.slice(-40, -4));
		},
	);

	test.for(['', 'a', 'ab', 'user@example.com:'])('leaves no base64 of a secret that stands behind "%s"', (prefix) => {
		for (const encoding of ['base64', 'base64url'] as const) {
			const text = Buffer.from(`${prefix}${SECRET} and more`).toString(encoding);
			const redacted = redactorOf(SECRET).redact(text);
			expect(redacted).toContain('[secret]');
			expect(Buffer.from(redacted.replace('[secret]', ''), encoding).toString()).not.toContain(SECRET.slice(2, -2));
		}
	});

	test.for(['\n', '\r\n', '\\n', '%0D%0A', ' '])('leaves no base64 of a secret with %j between its lines', (end) => {
		const text = wrap(base64(`user: ${TOKEN} and more`), end);
		const redacted = redactorOf(TOKEN).redact(text);
		expect(redacted).toContain('[secret]');
		const unwrap = (wrapped: string) => wrapped.replaceAll(end, '');
		const middle = base64(`user: ${TOKEN}`).slice(12, 24);
		expect(unwrap(text)).toContain(middle);
		for (let at = 0; at < 6; at++) expect(unwrap(redacted)).not.toContain(middle.slice(at, at + 6));
	});

	test('replaces any secret of at least six characters at any place of a text', () =>
		fc.assert(
			fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
				expect(redactorOf(secret).redact(`${before}${secret}${after}`)).toContain('[secret]');
			}),
		));

	test('finds any secret in each of its forms, in any case, with gaps in it, and cut off', () => {
		const character = fc.constantFrom(...'aZ09/-_="\'“«~>^]|\\%&ßéΩ中ﾾ');
		const end = fc.constantFrom('', '', '', '+', ' ', '\n', ' +', '\u{1f600}');
		const gaps = fc.infiniteStream(fc.constantFrom('', '', ' ', '\u200b', '\u{e0041}', '\r\n'));
		fc.assert(
			fc.property(
				fc.array(fc.tuple(character, end), { minLength: 8, maxLength: 20 }),
				gaps,
				fc.nat(2),
				(parts, between, offset) => {
					const secret = parts.flat().join('');
					const behind = Buffer.from('.'.repeat(offset) + secret);
					const hex = bytesOf(secret).join('');
					const beginnings = [parts.slice(0, 7).flat().join(''), hex.slice(0, 12)].map((one) => `${one}…`);
					for (const form of [secret, hex, behind.toString('base64'), behind.toString('base64url'), ...beginnings]) {
						const spaced = [...form].map((one) => one + between.next().value).join('');
						const upper = spaced.replace(/[a-z]/g, (one) => one.toUpperCase());
						const apostrophes = spaced.replace(/["“«]/g, "'");
						for (const text of [form, spaced, upper, apostrophes])
							expect(redactorOf(secret).redact(text)).toContain('[secret]');
					}
				},
			),
		);
	});

	test.for(['      ', '+ + + +', ' ++++\n+'])('finds %j, of which nothing but gaps is known', (secret) => {
		expect(redactorOf(secret).redact(`a${secret}b`)).toBe('a[secret]b');
	});

	test('finds a secret that is added after a text was looked at', () => {
		const redactor = redactorOf('first-secret');
		expect(redactor.redact('second-secret')).toBe('second-secret');
		redactor.add('second-secret');
		expect(redactor.redact('second-secret')).toBe('[secret]');
	});

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

	test('finds a secret before the invisible characters within it become spaces', () => {
		expect(redactorOf('my-secret').toOutput('my\u200b-secret')).toBe('[secret]');
	});
});
