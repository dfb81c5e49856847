/** A cache forgets what is idle and what is too many, and never what is in use. */
import { expect, test } from 'vitest';
import { IdleCache } from '../../src/compose/idle-cache.js';

const MINUTE_MS = 60_000;

/** A cache of numbered values, on a clock that is set by hand. */
function openCache(capacity: number) {
	const clock = { ms: 0, now: () => clock.ms };
	const inUse = new Set<number>();
	let made = 0;
	const cache = new IdleCache<number>({
		...{ capacity, clock },
		idleMs: 15 * MINUTE_MS,
		isInUse: (value) => inUse.has(value),
	});
	return { cache, clock, inUse, get: (key: string) => cache.get(key, () => ++made) };
}

test('a value that is asked for again is the same', () => {
	const { get } = openCache(2);
	expect([get('a'), get('b'), get('a')]).toEqual([1, 2, 1]);
});

test('the value that was asked for longest ago goes when there are too many', () => {
	const { cache, get } = openCache(2);
	for (const key of ['a', 'b', 'a', 'c']) get(key);
	expect(cache.size).toBe(2);
	expect([get('a'), get('c'), get('b')]).toEqual([1, 3, 4]);
});

test('a value goes after 15 minutes without a question, and one that was asked for stays', () => {
	const { clock, cache, get } = openCache(10);
	get('a');
	get('b');
	clock.ms = 14 * MINUTE_MS;
	get('b');
	clock.ms = 15 * MINUTE_MS;
	get('c');
	expect(cache.size).toBe(2);
	expect([get('b'), get('a')]).toEqual([2, 4]);
});

test('a value that is idle is made anew even where nothing else has come', () => {
	const { clock, get } = openCache(10);
	get('a');
	clock.ms = 15 * MINUTE_MS;
	expect(get('a')).toBe(2);
});

test('a value in use is neither idle nor too many, and goes once it is free', () => {
	const { clock, cache, inUse, get } = openCache(1);
	inUse.add(get('a'));
	get('b');
	get('c');
	expect(cache.size).toBe(2);
	clock.ms = 60 * MINUTE_MS;
	expect(get('a')).toBe(1);
	inUse.clear();
	get('d');
	expect(cache.size).toBe(1);
	expect(get('a')).toBe(5);
});

test('a clock that was set back makes nothing idle, and the number is still kept', () => {
	const { clock, cache, get } = openCache(2);
	clock.ms = 60 * MINUTE_MS;
	get('a');
	clock.ms = 0;
	for (const key of ['b', 'c']) get(key);
	expect(cache.size).toBe(2);
	expect(get('c')).toBe(3);
});
