/** The conformance run fails for what is not known to fail, and for what is known to fail and passes. */
import { expect, test } from 'vitest';
import { type Check, judge } from './verdict.js';

const check = (id: string, status: Check['status']): Check => ({ id, status, errorMessage: 'as it should not' });
const scenario = (...checks: Check[]) => [{ name: 'one', checks }];
const SOME = { scenario: 'one', checks: ['a'], reason: 'It is so.' };
const ANY = { scenario: 'one', reason: 'It is so.' };

test('a scenario whose checks succeed passes', () => {
	const verdict = judge('one', scenario(check('a', 'SUCCESS'), check('b', 'SKIPPED')), []);
	expect(verdict).toEqual({ name: 'one', outcome: 'passed', checks: 1, passed: 1, problems: [] });
});

test.for(['FAILURE', 'WARNING'] as const)('a check with a %s is wrong where no exception names it', (status) => {
	const checks = scenario(check('a', 'FAILURE'), check('b', status));
	expect(judge('one', checks, [])).toMatchObject({ outcome: 'wrong' });
	expect(judge('one', checks, [SOME])).toMatchObject({ outcome: 'wrong', problems: ['b: as it should not'] });
	expect(judge('one', checks, [{ ...ANY, scenario: 'two' }])).toMatchObject({ outcome: 'wrong' });
});

test('a check that fails as an exception says is excepted, with the reason', () => {
	const checks = scenario(check('a', 'FAILURE'), check('b', 'SUCCESS'));
	for (const exception of [SOME, ANY])
		expect(judge('one', checks, [exception])).toMatchObject({ outcome: 'excepted', reason: 'It is so.', problems: [] });
});

test('an exception whose check or scenario passes is wrong', () => {
	const mixed = scenario(check('a', 'SUCCESS'), check('b', 'FAILURE'));
	const both = { ...SOME, checks: ['a', 'b'] };
	expect(judge('one', mixed, [both]).problems).toEqual(['a passes now: take it off the list of exceptions.']);
	const passed = scenario(check('a', 'SUCCESS'));
	expect(judge('one', passed, [ANY]).problems).toEqual(['It passes now: take it off the list of exceptions.']);
});

test('a scenario that was skipped is wrong, unless an exception covers all of it', () => {
	const skipped = scenario(check('a', 'SKIPPED'));
	expect(judge('one', skipped, [])).toMatchObject({ outcome: 'wrong', problems: ['No check of it had a result.'] });
	expect(judge('one', skipped, [ANY])).toMatchObject({ outcome: 'excepted' });
});

test('a scenario that left no result is wrong, whatever the exceptions', () => {
	expect(judge('one', [], [])).toMatchObject({ outcome: 'wrong' });
	expect(judge('one', [], [ANY])).toMatchObject({ outcome: 'wrong' });
});
