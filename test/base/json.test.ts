/** JSON values: which are objects, and the canonical text that digests and consent codes rely on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isObject } from '../../src/base/json.js';

/** The same value with the keys of every object in reverse order. */
function reverseKeys(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(reverseKeys);
	if (!isObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value)
			.reverse()
			.map(([key, inner]) => [key, reverseKeys(inner)]),
	);
}

describe('isObject', () => {
	test.for([{}, { a: 1 }, Object.create(null), new Error('an error')])('accepts the object %o', (value) => {
		expect(isObject(value)).toBe(true);
	});

	test.for([null, undefined, [], [{}], 'text', 1, true, () => 1])('rejects %o', (value) => {
		expect(isObject(value)).toBe(false);
	});
});

describe('canonicalJson', () => {
	test('gives equal text for equal values, whatever the order of their keys', () =>
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(canonicalJson(reverseKeys(value))).toBe(canonicalJson(value));
			}),
		));

	test('gives text that parses to the value', () =>
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
			}),
		));

	test('keeps the order of lists and sorts keys by code unit at any depth', () => {
		expect(canonicalJson({ b: [2, 1], a: { Z: 1, é: 2, a: 3 } })).toBe('{"a":{"Z":1,"a":3,"é":2},"b":[2,1]}');
	});
});
