/** A purge through a bad day: whatever fails, every item is delivered or stands in what remains. */
import { describe, expect, test } from 'vitest';
import type { FaultKind } from '../../src/sandbox/faults.js';
import { temporaryFolder } from '../support/files.js';
import { type Answer, connect } from '../support/session.js';
import {
	appliedOf,
	BUSINESS,
	callWithProgress,
	FREE,
	filesIn,
	readJournal,
	readUnfinished,
	startOwnSandbox,
	tagsOf,
	urlsOf,
} from '../support/unfinished.js';

const URLS = urlsOf(3_000, BUSINESS);
const RATE = 0.2;
/** All that need no real time. */
const QUICK = [
	'rate-limited',
	'global-limited',
	'server-error',
	'reset-before',
	'reset-after',
	'truncated',
] as const satisfies readonly FaultKind[];
/** Calls that follow one purge before it counts as lost. */
const MOST_ROUNDS = 12;

/** Purges all URLs at the mercy of one seed; after each call everything is accounted for. Gives the number of calls. */
async function purgeThrough(
	seed: number,
	{ kinds, flags, rate = RATE }: { kinds?: readonly FaultKind[]; flags: readonly string[]; rate?: number },
): Promise<number> {
	const state = temporaryFolder();
	const { url, requests } = await startOwnSandbox({ faults: { rate, seed, ...(kinds && { kinds }) } });
	const { client } = await connect({ upstream: url, flags, env: { CF_CACHE_STATE_DIR: state } });
	let args: Record<string, unknown> = { zone: BUSINESS, urls: URLS };
	for (let round = 1; round <= MOST_ROUNDS; round++) {
		const answer: Answer = await callWithProgress(client, 'purge_cache', args);
		const applied = new Set(appliedOf(requests));
		const [listed] = await readUnfinished(client);
		if (!listed) {
			// All is done, or nothing was accepted and the answer says so: then the same call is repeated.
			if (answer.isError) continue;
			expect(answer.structured?.status, `seed ${seed}`).toBe('done');
			expect(applied, `seed ${seed}`).toEqual(new Set(URLS));
			expect(filesIn(state)).toEqual([]);
			return round;
		}
		const left = new Set(readJournal(state, listed.resume).remaining);
		const lost = URLS.filter((one) => !applied.has(one) && !left.has(one));
		expect(lost, `seed ${seed}, call ${round}`).toEqual([]);
		if (answer.structured) {
			expect(answer.structured).toMatchObject({
				status: 'partial',
				resume: listed.resume,
				remaining: { urls: left.size },
			});
			expect(listed.remaining).toEqual({ urls: left.size });
		}
		args = { resume: listed.resume };
	}
	throw new Error(`seed ${seed}: not done after ${MOST_ROUNDS} calls`);
}

describe('3,000 URLs, of whose requests a fifth fail', () => {
	test('are all delivered or stand in what remains, and are all delivered in the end, for each of 40 seeds', async () => {
		for (let seed = 1; seed <= 40; seed++) await purgeThrough(seed, { kinds: QUICK, flags: [] });
	});

	test('and none is tried again: the handle alone brings all of it to the end, for each of 20 seeds', async () => {
		const rounds: number[] = [];
		for (let seed = 101; seed <= 120; seed++)
			rounds.push(await purgeThrough(seed, { kinds: QUICK, flags: ['--retries', '0'], rate: 0.1 }));
		// Otherwise this would show nothing.
		expect(Math.max(...rounds)).toBeGreaterThan(1);
	});

	test('or hang until their time is over, are all delivered in the end, for each of 8 seeds', async () => {
		// A hung request costs a second of real time, the shortest that --timeout takes: so few seeds, at once.
		await Promise.all(
			Array.from({ length: 8 }, (_, at) =>
				purgeThrough(201 + at, { kinds: ['hang', 'reset-after'], flags: ['--timeout', '1'], rate: 0.1 }),
			),
		);
	});
});

describe('tags of the Free plan through the same faults', () => {
	test('are all delivered in the end', async () => {
		const tags = tagsOf(2_000);
		const { url, requests } = await startOwnSandbox({ faults: { rate: RATE, seed: 7, kinds: QUICK } });
		const { client } = await connect({ upstream: url });
		let args: Record<string, unknown> = { zone: FREE, tags };
		for (let round = 0; round < MOST_ROUNDS; round++) {
			const { isError } = await callWithProgress(client, 'purge_cache', args);
			const [listed] = await readUnfinished(client);
			if (!isError) break;
			if (listed) args = { resume: listed.resume };
		}
		expect(new Set(appliedOf(requests))).toEqual(new Set(tags));
	});
});
