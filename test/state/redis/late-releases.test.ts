/** Releases that Redis could not make at once: how often they are tried, how many are remembered, and when they are given up. */
import { expect, test } from 'vitest';
import { JournalStore } from '../../../src/state/redis/journal-store.js';
import { LateReleases } from '../../../src/state/redis/late-releases.js';
import { RedisError } from '../../../src/state/redis/redis.js';
import { createManualClock } from '../../support/clock.js';

const DAY_MS = 24 * 60 * 60_000;

/** Late releases, and a Redis that answers as the test says and records which handles were released. */
function open() {
	const clock = createManualClock();
	const lateReleases = new LateReleases(clock, DAY_MS);
	const tried: string[] = [];
	const state: { error: RedisError | undefined; frozen?: Promise<void> } = { error: new RedisError(undefined) };
	const send = async (command: readonly (string | Buffer)[]) => {
		tried.push(String(command.at(-3)));
		await state.frozen;
		if (state.error) throw state.error;
		return 1;
	};
	const bounds = { leaseMs: 15_000, keepMs: DAY_MS, maxBytes: 1, maxTotalBytes: 1 };
	const store = new JournalStore({ isUp: true, send }, 'one', bounds);
	const add = (resume: string) =>
		lateReleases.add({ store, holding: { resume, holder: 'holder' }, done: [], isFinished: true });
	return { clock, lateReleases, tried, state, add };
}

test('a release is tried after 1 s, then less and less often, at least every 30 s', async () => {
	const { clock, add, tried, state } = open();
	add('a');
	await clock.run(60_000);
	expect(tried).toHaveLength(5);
	await clock.run(100_000);
	expect(clock.slept).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
	state.error = undefined;
	await clock.run(200_000);
	expect(tried).toHaveLength(8);
	expect(clock.slept).toHaveLength(8);
});

test('many releases are made when Redis is back, and only one is tried before', async () => {
	const { clock, add, tried, state } = open();
	for (const resume of ['a', 'b', 'c']) add(resume);
	await clock.run(3_000);
	expect(tried).toEqual(['a', 'a']);
	state.error = undefined;
	await clock.run(10_000);
	expect(tried).toEqual(['a', 'a', 'a', 'b', 'c']);
});

test('a release is given up after a day, when its call is not listed any more', async () => {
	const { clock, add, tried } = open();
	add('a');
	await clock.run();
	expect(clock.elapsed()).toBeGreaterThanOrEqual(DAY_MS);
	expect(clock.elapsed()).toBeLessThan(DAY_MS + 60_000);
	const before = tried.length;
	await clock.run();
	expect(tried).toHaveLength(before);
});

test('a release of what is no call of ours is given up at once', async () => {
	const { clock, add, tried, state } = open();
	state.error = new RedisError('WRONGTYPE');
	add('a');
	await clock.run(60_000);
	expect(tried).toEqual(['a']);
});

test('1,000 releases are remembered, and the oldest make room', async () => {
	const { clock, add, tried, state } = open();
	for (let count = 0; count < 1_002; count++) add(String(count));
	state.error = undefined;
	await clock.run(60_000);
	expect(tried).toEqual(Array.from({ length: 1_000 }, (_, at) => String(at + 2)));
});

test('nothing is tried once the server closes', async () => {
	const { clock, add, lateReleases, tried } = open();
	add('a');
	lateReleases.close();
	add('b');
	await clock.run(60_000);
	expect(tried).toEqual([]);
});

test('a server that closes makes the releases as soon as Redis is back, within its time', async () => {
	const { clock, add, lateReleases, tried, state } = open();
	for (const resume of ['a', 'b']) add(resume);
	await clock.run(20_000);
	const finished = lateReleases.finish(10_000);
	await clock.run(22_500);
	const before = tried.length;
	state.error = undefined;
	expect(await clock.finish(finished)).toBe(0);
	expect(tried.slice(before)).toEqual(['a', 'b']);
	expect(clock.elapsed()).toBe(23_000);
});

test('a server that closes gives up when its time is over, and says how many releases were not made', async () => {
	const { clock, add, lateReleases } = open();
	for (const resume of ['a', 'b']) add(resume);
	expect(await clock.finish(lateReleases.finish(10_000))).toBe(2);
	expect(clock.elapsed()).toBe(10_000);
});

test('a server that closes gives up on a Redis that takes a command and never answers', async () => {
	const { clock, add, lateReleases, state } = open();
	add('a');
	state.frozen = new Promise(() => undefined);
	expect(await clock.finish(lateReleases.finish(10_000))).toBe(1);
	expect(clock.elapsed()).toBe(10_000);
});

test('an answer that comes after the end is followed by no further release', async () => {
	const { clock, add, lateReleases, tried, state } = open();
	for (const resume of ['a', 'b']) add(resume);
	let thaw = () => undefined as unknown;
	state.error = undefined;
	state.frozen = new Promise((resolve) => {
		thaw = resolve;
	});
	expect(await clock.finish(lateReleases.finish(10_000))).toBe(2);
	thaw();
	await clock.run(60_000);
	expect(new Set(tried)).toEqual(new Set(['a']));
});
