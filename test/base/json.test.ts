/** JSON values: which are objects, how their strings are changed, and the canonical text that digests rely on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isObject, mapStrings } from '../../src/base/json.js';

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

describe('mapStrings', () => {
	test('changes every string at any depth, keys included, and nothing else', () => {
		const value = { a: ['b', 1, null, { c: 'd' }], e: true };
		expect(mapStrings(value, (text) => text.toUpperCase())).toEqual({ A: ['B', 1, null, { C: 'D' }], E: true });
	});

	test('gives the value itself when no string changes', () =>
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(mapStrings(value, (text) => text)).toBe(value);
			}),
		));

	test('keeps a property named __proto__ as a property', () => {
		const value: unknown = JSON.parse('{"__proto__": {"a": "b"}, "c": "d"}');
		expect(JSON.stringify(mapStrings(value, (text) => text.replace('b', 'B')))).toBe('{"__proto__":{"a":"B"},"c":"d"}');
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
