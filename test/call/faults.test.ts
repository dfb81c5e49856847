/** Faults: whatever fails during a purge, every item is purged or listed as remaining. */
import { describe, expect, test } from 'vitest';
import type { FaultKind } from '../../src/sandbox/faults.js';
import { temporaryFolder } from '../support/files.js';
import { openSandbox } from '../support/sandbox.js';
import { type Answer, openSession } from '../support/session.js';
import {
	appliedOf,
	BUSINESS,
	callWithProgress,
	FREE,
	filesIn,
	readJournal,
	readUnfinished,
	tagsOf,
	urlsOf,
} from '../support/unfinished.js';

const URLS = urlsOf(3_000, BUSINESS);
const RATE = 0.2;
/** The faults that take no real time. */
const QUICK = [
	'rate-limited',
	'global-limited',
	'server-error',
	'reset-before',
	'reset-after',
	'truncated',
] as const satisfies readonly FaultKind[];
/** Calls after which a purge counts as lost. */
const MAX_ROUNDS = 12;

/** Purges all URLs under the faults of one seed and accounts for them after each call. Returns the number of calls. */
async function purgeThrough(
	seed: number,
	{ kinds, flags, rate = RATE }: { kinds?: readonly FaultKind[]; flags: readonly string[]; rate?: number },
): Promise<number> {
	const state = temporaryFolder();
	const { url, requests } = await openSandbox({ faults: { rate, seed, ...(kinds && { kinds }) } });
	const { client } = await openSession({ upstream: url, flags, env: { CF_CACHE_STATE_DIR: state } });
	let call: readonly [tool: string, args: Record<string, unknown>] = ['purge_cache', { zone: BUSINESS, urls: URLS }];
	for (let round = 1; round <= MAX_ROUNDS; round++) {
		const answer: Answer = await callWithProgress(client, ...call);
		const applied = new Set(appliedOf(requests));
		const [listed] = await readUnfinished(client);
		if (!listed) {
			// Either all is done, or the answer says that nothing was accepted, so that the same call is repeated.
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
		call = ['purge_resume', { resume: listed.resume }];
	}
	throw new Error(`seed ${seed}: not done after ${MAX_ROUNDS} calls`);
}

describe('a purge of 3,000 URLs', () => {
	test.for([1, 11, 21, 31])(
		'of whose requests a fifth fail is finished, and each call accounts for every URL (10 seeds from %i)',
		async (first) => {
			for (let seed = first; seed < first + 10; seed++) await purgeThrough(seed, { kinds: QUICK, flags: [] });
		},
	);

	test.for([101, 111])(
		'of whose requests a tenth fail without a retry is finished by its handle alone (10 seeds from %i)',
		async (first) => {
			const rounds: number[] = [];
			for (let seed = first; seed < first + 10; seed++)
				rounds.push(await purgeThrough(seed, { kinds: QUICK, flags: ['--retries', '0'], rate: 0.1 }));
			// Without a second call, no handle was used.
			expect(Math.max(...rounds)).toBeGreaterThan(1);
		},
	);

	test('of whose requests a tenth hang until they time out or lose their answer is finished (8 seeds)', async () => {
		// Each hung request takes 1 s of real time, the least that --timeout allows: few seeds, all at once.
		await Promise.all(
			Array.from({ length: 8 }, (_, at) =>
				purgeThrough(201 + at, { kinds: ['hang', 'reset-after'], flags: ['--timeout', '1'], rate: 0.1 }),
			),
		);
	});
});

describe('a purge of 2,000 tags on the Free plan', () => {
	test('of whose requests a fifth fail is finished', async () => {
		const tags = tagsOf(2_000);
		const { url, requests } = await openSandbox({ faults: { rate: RATE, seed: 7, kinds: QUICK } });
		const { client } = await openSession({ upstream: url });
		let call: readonly [tool: string, args: Record<string, unknown>] = ['purge_cache', { zone: FREE, tags }];
		for (let round = 0; round < MAX_ROUNDS; round++) {
			const { isError } = await callWithProgress(client, ...call);
			const [listed] = await readUnfinished(client);
			if (!isError) break;
			if (listed) call = ['purge_resume', { resume: listed.resume }];
		}
		expect(new Set(appliedOf(requests))).toEqual(new Set(tags));
	});
});
