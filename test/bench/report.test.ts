/** Tests how the bench compares values with limits and with an earlier run. */
import { describe, expect, test } from 'vitest';
import { compare, hasFailed, judge, type Measured, printJson, printTable, readJson } from './report.js';
import { isExact, ROWS, type Row, type RowId, rowsOf, SECTIONS } from './rows.js';

/** A run with every row at its limit, except the values given. */
function atLimits(...others: [RowId, number | undefined][]): Map<RowId, Measured> {
	const rows = Object.entries(ROWS) as [RowId, Row][];
	const run = new Map<RowId, Measured>(rows.map(([id, { limit = 1 }]) => [id, { value: limit, detail: '' }]));
	for (const [id, value] of others) run.set(id, { value, detail: '' });
	return run;
}

describe('a row', () => {
	test('at its limit is within it, and above its limit is over', () => {
		expect(judge('start.sdk', atLimits())).toBe('');
		expect(judge('start.sdk', atLimits(['start.sdk', 1.16]))).toBe('over');
	});

	test('with a lower limit is over when its value is below that limit', () => {
		expect(judge('call.many', atLimits(['call.many', 0.49]))).toBe('over');
		expect(judge('call.many', atLimits(['call.many', 0.51]))).toBe('');
	});

	test('that this machine cannot measure is "no data", and one never reported is "missing"', () => {
		expect(judge('start.memory', atLimits(['start.memory', undefined]))).toBe('no data');
		expect(judge('start.memory', new Map())).toBe('missing');
	});
});

describe('a run', () => {
	test('with a time over its limit succeeds', () => {
		expect(hasFailed(SECTIONS, atLimits(['start.sdk', 9], ['purge.urls-block', 900]))).toBe(false);
	});

	test.for(rowsOf('tokens'))('with %s over its limit fails', (id) => {
		expect(hasFailed(SECTIONS, atLimits([id, 9_999]))).toBe(true);
	});

	test('with a runtime dependency fails', () => {
		expect(hasFailed(SECTIONS, atLimits(['size.dependencies', 1]))).toBe(true);
	});

	test('that lacks a row of a requested section fails', () => {
		const run = atLimits();
		run.delete('cancel.closed');
		expect(hasFailed(SECTIONS, run)).toBe(true);
		expect(hasFailed(['start'], run)).toBe(false);
	});
});

describe('a change', () => {
	test.for<[RowId, number, number, string]>([
		['start.sdk', 1, 1.05, '+5 %'],
		['start.sdk', 1, 1.2, '+20 % worse'],
		['start.sdk', 1, 0.8, '−20 % better'],
		['call.many', 0.5, 0.4, '−20 % worse'],
		['call.many', 0.5, 0.6, '+20 % better'],
		['tokens.all', 3_000, 3_001, '+0 % worse'],
		['size.packed', 3_000, 2_999, '−0 % better'],
		['purge.urls-refused', 0, 1, 'worse'],
		['purge.urls-refused', 0, 0, '='],
	])('of %s from %d to %d is "%s"', ([id, before, now, words]) => {
		expect(compare(id, before, now).trim()).toBe(words);
	});

	test('is blank for a row that the earlier run does not have', () => {
		expect(compare('start.sdk', undefined, 1)).toBe('');
	});
});

test('the table has every row of its sections once, in lines of less than 120 characters', () => {
	const run = atLimits(['size.unpacked', 12_345_678]);
	for (const before of [undefined, new Map([['start.sdk', 2]])]) {
		const lines = printTable(SECTIONS, run, before).trimEnd().split('\n');
		expect(lines.length).toBe(1 + SECTIONS.length + Object.keys(ROWS).length);
		expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(120);
	}
	expect(printTable(['cancel'], run)).not.toContain('tools/list');
});

test('readJson reads back the values that printJson wrote', () => {
	const run = atLimits(['start.memory', undefined]);
	const values = readJson(printJson(['start'], run, { quick: true }));
	expect(values.get('start.sdk')).toBe(1.15);
	expect(values.get('start.memory')).toBeUndefined();
	expect([...values.keys()]).toEqual(rowsOf('start'));
});

test('isExact is true for tokens and sizes and false for times', () => {
	expect(isExact('tokens.all')).toBe(true);
	expect(isExact('size.packed')).toBe(true);
	expect(isExact('start.sdk')).toBe(false);
});
