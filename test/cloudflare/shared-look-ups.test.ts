/** Tests that look-ups of the same thing at once are one request, and that no call ends the look-up of another. */
import { expect, test } from 'vitest';
import { SharedLookUps } from '../../src/cloudflare/shared-look-ups.js';
import { cancelled, InputError, TimeoutError } from '../../src/errors.js';
import { openSession, ZONE, ZONE_ID } from '../support/session.js';

const advice = 'Call again.';

/** Look-ups that the test ends, oldest first. */
function open() {
	const lookUps = new SharedLookUps<string>();
	const ends: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];
	const ask = (signal?: AbortSignal, key = 'a') =>
		lookUps.get(key, signal, () => new Promise<string>((resolve, reject) => ends.push({ resolve, reject })));
	return { ask, ends };
}

/** Lets everything go on that waits for nothing else. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test.each([
	['name', ZONE, '/zones'],
	['id', ZONE_ID, `/zones/${ZONE_ID}`],
])('Fifty calls at once look a zone up once by its %s', async (_, zone, path) => {
	const { call, requests } = await openSession();
	const answers = await Promise.all(Array.from({ length: 50 }, () => call('cache_reserve_get', { zone })));
	expect(answers.filter(({ isError }) => isError)).toEqual([]);
	expect(requests.filter((request) => request.path === path)).toHaveLength(1);
	expect(requests).toHaveLength(51);
});

test('What one look-up finds, or is refused by, all get that asked meanwhile, and none that asks later', async () => {
	const { ask, ends } = open();
	const found = [ask(), ask()];
	ends[0]?.resolve('one');
	expect(await Promise.all(found)).toEqual(['one', 'one']);
	const refused = [ask(), ask()];
	ends[1]?.reject(new InputError('two', { advice }));
	for (const one of refused) await expect(one).rejects.toThrow('two');
	expect(ends).toHaveLength(2);
});

test('Look-ups of other things are others', async () => {
	const { ask, ends } = open();
	const asked = [ask(undefined, 'a'), ask(undefined, 'b')];
	ends.forEach(({ resolve }, index) => {
		resolve(String(index));
	});
	expect(await Promise.all(asked)).toEqual(['0', '1']);
});

test('A call that is cancelled ends its own wait, and the look-up goes on for the others', async () => {
	const { ask, ends } = open();
	const client = new AbortController();
	const [first, cancelledOne, third] = [ask(), ask(client.signal), ask()];
	client.abort();
	await expect(cancelledOne).rejects.toThrow('cancelled');
	await expect(ask(client.signal)).rejects.toThrow('cancelled');
	ends[0]?.resolve('one');
	expect(await Promise.all([first, third])).toEqual(['one', 'one']);
	expect(ends).toHaveLength(1);
});

test('When the call is cancelled that began a look-up, one of the others begins it anew for all of them', async () => {
	const { ask, ends } = open();
	const client = new AbortController();
	const first = ask(client.signal);
	const others = [ask(), ask(), ask()];
	client.abort();
	ends[0]?.reject(cancelled(client.signal.reason));
	await expect(first).rejects.toThrow('cancelled');
	await settle();
	expect(ends).toHaveLength(2);
	ends[1]?.resolve('two');
	expect(await Promise.all(others)).toEqual(['two', 'two', 'two']);
});

test('When the time of the call is up that began a look-up, each of the others looks up by itself', async () => {
	const { ask, ends } = open();
	const asked = [ask(), ask(), ask()];
	ends[0]?.reject(new TimeoutError('late', { advice }));
	await expect(asked[0]).rejects.toThrow('late');
	await settle();
	expect(ends).toHaveLength(3);
	ends[1]?.resolve('two');
	ends[2]?.reject(new TimeoutError('also late', { advice }));
	expect(await asked[1]).toBe('two');
	await expect(asked[2]).rejects.toThrow('also late');
});
