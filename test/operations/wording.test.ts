/** Tests how counts, pages, rows and changed values are put into words. */
import { describe, expect, test } from 'vitest';
import {
	formatCount,
	formatCounts,
	formatNumber,
	formatPages,
	formatTransition,
	joinRows,
} from '../../src/operations/wording.js';

test.for([
	[0, '0'],
	[999, '999'],
	[1_000, '1,000'],
	[1_234_567, '1,234,567'],
] as const)('formatNumber writes %i as %s', ([amount, text]) => {
	expect(formatNumber(amount)).toBe(text);
});

test.for([
	[1, 'urls', '1 URL'],
	[2_500, 'urls', '2,500 URLs'],
	[1, 'origin_ips', '1 origin IP'],
	[1, 'environments', '1 environment'],
	[3, 'parcels', '3 parcels'],
] as const)('formatCount writes %i of %s as %s', ([amount, kind, text]) => {
	expect(formatCount(amount, kind)).toBe(text);
});

test.for([
	[{}, ''],
	[{ tags: 3 }, '3 tags'],
	[{ urls: 2, tags: 1 }, '2 URLs and 1 tag'],
	[{ urls: 2, tags: 1, hosts: 0, prefixes: 4 }, '2 URLs, 1 tag and 4 prefixes'],
] as const)('formatCounts writes %j as "%s"', ([items, text]) => {
	expect(formatCounts(items)).toBe(text);
});

test.for([
	[undefined, ''],
	[{ page: 1, total_pages: 1 }, ''],
	[{ page: 3, total_pages: 3 }, ''],
	[{ page: 9, total_pages: 3 }, ''],
	[{ page: 1, total_pages: 3 }, ', page 1 of 3; next: page 2'],
] as const)('formatPages writes %j as "%s"', ([page, text]) => {
	expect(formatPages(page)).toBe(text);
});

test.for([
	['off', 'on', 'off → on'],
	['on', 'on', 'on (unchanged)'],
	[null, 'on', 'not set → on'],
	[undefined, 'on', 'now on'],
] as const)('formatTransition writes %s before %s as "%s"', ([before, after, text]) => {
	expect(formatTransition(before, after)).toBe(text);
});

describe('joinRows', () => {
	const rest = (left: number) => `… and ${left} more`;

	test('joins rows that fit, line breaks included', () => {
		expect(joinRows({ sentences: ['aa'], rows: ['bb'], rest }, 6)).toBe('aa\nbb');
	});

	test('leaves out every row from the first that does not fit, and tells how many', () => {
		expect(joinRows({ sentences: ['aa'], rows: ['bbb', 'c'], rest }, 5)).toBe('aa\n… and 2 more');
	});
});
