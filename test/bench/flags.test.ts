/** Tests the flags of the bench. */
import { describe, expect, test } from 'vitest';
import { HELP, readFlags } from './flags.js';
import { SECTIONS } from './rows.js';

const USUAL = SECTIONS.filter((name) => name !== 'others');

describe('npm run bench', () => {
	test('measures every section but others when no flag is given', () => {
		expect(readFlags([])).toMatchObject({ sections: USUAL, quick: false, before: undefined });
	});

	test('--quick leaves out purge unless --only names it', () => {
		expect(readFlags(['--quick'])).toMatchObject({ sections: USUAL.filter((name) => name !== 'purge') });
		expect(readFlags(['--quick', '--only', 'purge'])).toMatchObject({ sections: ['purge'] });
		expect(readFlags(['--only', 'others'])).toMatchObject({ sections: ['others'] });
	});

	test('--only measures the named sections in the order of the table', () => {
		expect(readFlags(['--only', 'call,start'])).toMatchObject({ sections: ['start', 'call'] });
	});

	test.for(['--help', '-h'])('%s asks for the help', (flag) => {
		expect(readFlags([flag])).toBe('help');
	});

	test('prints a help that names every section and fits 80 columns', () => {
		for (const name of SECTIONS) expect(HELP).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
		expect(HELP.split('\n').filter((line) => line.length > 80)).toEqual([]);
	});

	test.for([
		[['--frobnicate'], '--frobnicate'],
		[['start'], 'start'],
		[['--only', 'start,speed'], "--only: there is no section 'speed'."],
		[['--only'], '--only'],
		[['--compare', 'package.json'], 'package.json is not a JSON file written by this bench.'],
		[['--compare', 'missing.json'], 'missing.json is not a JSON file written by this bench.'],
	] as const)('%j is refused with a message of one line', ([argv, words]) => {
		expect(() => readFlags(argv)).toThrow(words);
		expect(() => readFlags(argv)).toThrow(/^[^\n]*$/);
	});
});
