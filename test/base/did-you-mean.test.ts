/** Suggestions for mistyped names: the closest one, and none when nothing is close. */
import { describe, expect, test } from 'vitest';
import { suggest } from '../../src/base/did-you-mean.js';

const NAMES = ['purge_cache', 'purge_everything', 'zones_list'];

describe('suggest', () => {
	test.for([
		['purge_cahce', 'purge_cache'],
		['purge-everything', 'purge_everything'],
		['zone_list', 'zones_list'],
	])('turns %s into the question for %s', ([given = '', name]) => {
		expect(suggest(given, NAMES)).toBe(` Did you mean "${name}"?`);
	});

	test.for(['delete_zone_file', '', 'x'.repeat(100_000)])(
		'asks nothing for a name that is close to none (%#)',
		(given) => {
			expect(suggest(given, NAMES)).toBe('');
		},
	);

	test('asks nothing when there are no names', () => {
		expect(suggest('purge_cache', [])).toBe('');
	});
});
