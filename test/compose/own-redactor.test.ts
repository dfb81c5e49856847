/** A principal's redactor removes its own secrets and those of the operator. */
import { expect, test } from 'vitest';
import { Redactor } from '../../src/base/redact.js';
import { OwnRedactor } from '../../src/compose/own-redactor.js';

const OPERATORS = 'token-of-the-operator';

function open() {
	const operator = new Redactor();
	operator.add(OPERATORS);
	return { operator, own: new OwnRedactor(operator) };
}

test.for(['redact', 'toOutput'] as const)(
	'%s removes the secrets of both, and the operator’s stays as it was',
	(way) => {
		const { operator, own } = open();
		own.protect(['token-of-ann', 'bearer-of-ann']);
		expect(own[way]({ a: `token-of-ann ${OPERATORS}`, b: ['bearer-of-ann'] })).toEqual({
			a: '[secret] [secret]',
			b: ['[secret]'],
		});
		expect(operator[way]('token-of-ann')).toBe('token-of-ann');
	},
);

test('16 secrets are known, and those that were named longest ago make room', () => {
	const { own } = open();
	const tokens = Array.from({ length: 16 }, (_, at) => `token-number-${at}-of-ann`);
	own.protect(tokens);
	own.protect(tokens.slice(0, 1));
	own.protect(['one-more-token']);
	expect(tokens.map((token) => own.redact(token))).toEqual(tokens.map((token, at) => (at === 1 ? token : '[secret]')));
});
