/** Codes of system errors, read from whatever was thrown. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../src/base/system-error.js';

describe('codeOf', () => {
	test('gives the code of an error of the operating system', () => {
		let thrown: unknown;
		try {
			readFileSync('/this/does/not/exist');
		} catch (error) {
			thrown = error;
		}
		expect(codeOf(thrown)).toBe('ENOENT');
	});

	test.for([undefined, null, 'ENOENT', new Error('without a code'), Object.assign(new Error('exit'), { code: 1 })])(
		'gives undefined for %o, which has no system code',
		(thrown) => {
			expect(codeOf(thrown)).toBeUndefined();
		},
	);
});
