/** The flags of the bench. */
import { describe, expect, test } from 'vitest';
import { readFlags } from './flags.js';
import { SECTIONS } from './rows.js';

const USUAL = SECTIONS.filter((name) => name !== 'others');

describe('the bench', () => {
	test('measures all sections unless told, but for what must be downloaded', () => {
		expect(readFlags([])).toMatchObject({ sections: USUAL, quick: false, before: undefined });
	});

	test('leaves the large purges out when it must be quick, unless they are named', () => {
		expect(readFlags(['--quick']).sections).toEqual(USUAL.filter((name) => name !== 'purge'));
		expect(readFlags(['--quick', '--only', 'purge']).sections).toEqual(['purge']);
		expect(readFlags(['--only', 'others']).sections).toEqual(['others']);
	});

	test('measures the sections that are named, in its own order', () => {
		expect(readFlags(['--only', 'call,start']).sections).toEqual(['start', 'call']);
	});

	test.for([
		[['--frobnicate'], '--frobnicate'],
		[['start'], 'start'],
		[['--only', 'start,speed'], "no section 'speed'"],
		[['--only'], '--only'],
		[['--compare', 'package.json'], 'package.json is no JSON file of this bench'],
		[['--compare', 'missing.json'], 'missing.json is no JSON file of this bench'],
	] as const)('refuses %j with one line', ([argv, words]) => {
		expect(() => readFlags(argv)).toThrow(words);
		expect(() => readFlags(argv)).toThrow(/^[^\n]*$/);
	});
});
