/** A call that another server has taken over stops, and says who has the rest. */
import { expect, onTestFinished, test } from 'vitest';
import { Cancel } from '../../src/base/cancel.js';
import { performCall } from '../../src/call/perform.js';
import type { Lease, Unfinished } from '../../src/call/unfinished.js';
import { compose } from '../../src/compose/product.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { TAKEN_OVER } from '../../src/errors.js';
import { createVirtualClock } from '../support/clock.js';
import { temporaryFolder } from '../support/files.js';
import { openSandbox } from '../support/sandbox.js';
import { FREE, filesIn, PRO, tagsOf } from '../support/unfinished.js';

/** A product whose lease is lost as soon as `lose` finds so, which is asked after each accepted request. */
async function openLosing(lose: (done: number) => boolean) {
	const { url, changes } = await openSandbox();
	const state = temporaryFolder();
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: url, CF_CACHE_STATE_DIR: state };
	const clock = createVirtualClock();
	const { deps, close } = compose(readConfig([], env) as Config, { clock, log: () => undefined });
	onTestFinished(close);
	const { unfinished: kept } = deps;
	const losing = (lease: Lease): Lease => {
		const lost = new Cancel();
		let done = 0;
		const check = () => (lose(done) ? lost.abort(TAKEN_OVER) : undefined);
		check();
		return {
			...lease,
			lost,
			done: async (index) => {
				await lease.done(index);
				done++;
				check();
			},
			release: (finished) => lease.release(finished),
		};
	};
	const unfinished: Unfinished = {
		begin: async (work) => losing(await kept.begin(work)),
		lease: async (resume) => losing(await kept.lease(resume)),
		list: () => kept.list(),
	};
	const call = (name: string, args: Record<string, unknown>, context = {}) =>
		performCall({ ...deps, unfinished }, name, args, context);
	return { call, changes, state, unfinished: kept };
}

test('a purge that was taken over half-way sends no more of it, says so, and keeps its handle', async () => {
	const { call, changes, unfinished } = await openLosing((done) => done >= 3);
	const { content, structuredContent, isError } = await call('purge_cache', { zone: PRO, tags: tagsOf(3_000) });
	const sent = changes().length;
	// Requests under way at that moment are answered.
	expect(sent).toBeGreaterThanOrEqual(3);
	expect(sent).toBeLessThanOrEqual(3 + 8);
	const resume = (await unfinished.list())[0]?.resume;
	expect(isError).toBe(true);
	expect(structuredContent).toMatchObject({ status: 'partial', resume, remaining: { tags: 3_000 - sent * 100 } });
	expect(content[0].text).toContain(
		[
			'Another server has taken over the rest of this call.',
			'Nothing is lost. Wait until that call has ended; cache_overview shows what remains.',
			`To send the rest, call purge_resume with resume: ${resume}. The handle is valid for 24 hours.`,
		].join('\n'),
	);
});

test('a purge that was taken over before its first request sends nothing, and names its handle', async () => {
	const { call, changes, unfinished } = await openLosing(() => true);
	const { content, isError } = await call('purge_cache', { zone: FREE, tags: tagsOf(200) });
	expect(changes()).toEqual([]);
	const resume = (await unfinished.list())[0]?.resume;
	expect(isError).toBe(true);
	expect(content[0].text.split('\n').slice(0, 2)).toEqual([
		'Another server has taken over the rest of this call.',
		'Nothing was changed.',
	]);
	expect(content[0].text).toContain(`call purge_resume with resume: ${resume}.`);
});

test('a purge that was taken over after its last request is done', async () => {
	const { call, state } = await openLosing((done) => done >= 2);
	const { structuredContent } = await call('purge_cache', { zone: PRO, tags: tagsOf(200) });
	expect(structuredContent).toMatchObject({ status: 'done', sent: { requests: 2, tags: 200 } });
	expect(filesIn(state)).toEqual([]);
});

test('a purge of which one request is left sends none once it was taken over', async () => {
	const { call, changes, unfinished } = await openLosing((done) => done === 0);
	const lease = await unfinished.begin({
		tool: 'purge_cache',
		zone: { id: '2c6f1e4d305b7a8998a7b6c5d4e3f201', name: FREE, plan: 'free', account: 'a', accountId: 'b' },
		args: {},
		requests: [{ kind: 'tags', items: ['a'] }],
	});
	await lease.release(false);
	const { isError } = await call('purge_resume', { resume: lease.resume });
	expect([isError, changes().length]).toEqual([true, 0]);
	expect(await unfinished.list()).toMatchObject([{ resume: lease.resume, remaining: { tags: 1 } }]);
});
