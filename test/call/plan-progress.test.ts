/** What a client hears of a plan while it is sent. */
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../support/clock.js';
import { openSession, ZONE } from '../support/session.js';
import { BUSINESS, callWithProgress, FREE, tagsOf, urlsOf } from '../support/unfinished.js';

/** A call with progress to a sandbox that enforces Cloudflare's limits: its notes, each with its time in seconds. */
async function hear(args: Record<string, unknown>, { emptiesBuckets = false } = {}) {
	const clock = createVirtualClock();
	const { client } = await openSession({ sandbox: { limits: 'strict', now: clock.now }, clock });
	if (emptiesBuckets) await callWithProgress(client, 'purge_cache', { zone: args.zone, tags: tagsOf(3_000) });
	const notes: { at: number; message: string }[] = [];
	await callWithProgress(client, 'purge_cache', args, ({ message = '' }) =>
		notes.push({ at: clock.now() / 1000, message }),
	);
	return { notes, end: clock.now() / 1000 };
}

const secondsLeft = (message: string) => Number(/about ([\d,]+) s left/.exec(message)?.[1]?.replace(',', ''));

describe('the notes of a purge', () => {
	test('begin with the handle that finishes it', async () => {
		const { notes } = await hear({ zone: FREE, tags: tagsOf(3_000) });
		expect(notes[0]?.message).toMatch(
			/^0 of 3,000 items, about [\d,]+ s left\. If this call is cut off, call purge_resume with resume: [2-9a-z]{10}$/,
		);
		expect(notes.slice(1).filter(({ message }) => message.includes('resume'))).toEqual([]);
	});

	test('come at most once a second, and their numbers have separators', async () => {
		const { notes } = await hear({ zone: BUSINESS, urls: urlsOf(20_000, BUSINESS), tags: tagsOf(6_000) });
		const gaps = notes.slice(1).map(({ at }, index) => at - (notes[index]?.at ?? 0));
		expect(notes.length).toBeGreaterThan(10);
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.999);
		expect(notes.at(-1)?.message).toMatch(/^2\d,\d{3} of 26,000 items/);
	});

	test('tell within 15% how long the purge still takes, when its limits were not used before', async () => {
		const { notes, end } = await hear({ zone: FREE, tags: tagsOf(6_000) });
		const total = end - (notes[0]?.at ?? 0);
		const errors = notes.slice(0, -1).map(({ at, message }) => Math.abs(secondsLeft(message) - (end - at)));
		expect(total).toBeGreaterThan(60);
		expect(Math.max(...errors)).toBeLessThan(total * 0.15);
	});

	test('tell it within 15% after the time of the plan, when its limits were used up', async () => {
		const { notes, end } = await hear({ zone: FREE, tags: tagsOf(3_000) }, { emptiesBuckets: true });
		const total = end - (notes[0]?.at ?? 0);
		const planned = secondsLeft(notes[0]?.message ?? '');
		const late = notes.slice(0, -1).filter(({ at }) => at > (notes[0]?.at ?? 0) + planned);
		expect(late.length).toBeGreaterThan(10);
		expect(Math.max(...late.map(({ at, message }) => Math.abs(secondsLeft(message) - (end - at))))).toBeLessThan(
			total * 0.15,
		);
	});

	test('of one request that is answered at once do not exist', async () => {
		const { notes } = await hear({ zone: ZONE, tags: ['a'] });
		expect(notes).toEqual([]);
	});
});
