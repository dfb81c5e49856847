/** Tests what the digests of an audit line stand for. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { digestArguments, digestRaw } from '../../src/call/digest.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('digestArguments gives equal arguments one digest, whatever the order of their keys', async () => {
	const one = await digestArguments({ tags: ['a'], file: { a: 1, b: 2 } });
	expect(await digestArguments({ file: { b: 2, a: 1 }, tags: ['a'] })).toBe(one);
	expect(await digestArguments({ file: { b: 2, a: 1 }, tags: ['b'] })).not.toBe(one);
});

test('digestRaw digests refused arguments as they came, without sorting their keys', () => {
	const raw = { zone: 'example.com', b: 1, a: { d: 1, c: 2 } };
	expect(digestRaw(raw)).toBe(sha256(JSON.stringify(raw)));
	expect(digestRaw(undefined)).toBe(sha256('{}'));
});

test('digestRaw gives arguments that are nested too deep for JSON the digest of an empty text', () => {
	let nested: unknown = [];
	for (let level = 0; level < 100_000; level++) nested = [nested];
	expect(digestRaw(nested)).toBe(sha256(''));
});
