import { describe, expect, test } from 'vitest';
import { failure, type Script, startUpstream, success, withTieredCache, withZone } from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { openSandbox } from '../support/sandbox.js';
import { openSession, types, ZONE, ZONE_ID } from '../support/session.js';
import {
	ALL_TAGS,
	appliedOf,
	callWithProgress,
	DAY_MS,
	FREE,
	filesIn,
	itemsOf,
	leaveUnfinished,
	PRO,
	readJournal,
	readUnfinished,
	remainingOf,
	tagsOf,
	urlsOf,
} from '../support/unfinished.js';

/** The refusal of a handle that this server does not list. */
const UNKNOWN = /^No unfinished call has the handle/;

/** A call of several requests whose second request is not answered and not repeated. */
async function breakHalfWay(
	tool: string,
	args: Record<string, unknown>,
	{
		first = success({ id: ZONE_ID }),
		second = 'break',
		more = [],
		flags = [],
	}: { first?: object; second?: object | 'break'; more?: object[]; flags?: string[] } = {},
) {
	const state = temporaryFolder();
	const upstream = await startUpstream(withZone(withTieredCache([first, second, ...more] as Script)));
	const session = await openSession({
		upstream: upstream.url,
		flags: ['--retries', '0', ...flags],
		env: { CF_CACHE_STATE_DIR: state },
		user: types(ZONE),
	});
	const answer = await session.call(tool, { zone: ZONE_ID, ...args });
	return { ...session, state, upstream, answer, resume: answer.structured?.resume as string };
}

describe('a call with a handle', () => {
	test('sends exactly the remaining items, after which nothing is listed and the file is gone', async () => {
		const { client, requests, changes, state, clock, first, resume } = await leaveUnfinished();
		expect(first.structured).toMatchObject({ status: 'partial' });
		const { remaining } = readJournal(state, resume);
		const before = changes().length;
		expect(remaining).toHaveLength(ALL_TAGS.length - before * 100);
		clock.advance(60_000);
		const answer = await callWithProgress(client, 'purge_resume', { resume });
		expect(answer.structured).toMatchObject({ status: 'done', sent: { tags: remaining.length } });
		expect(answer.isError).toBe(false);
		expect(
			changes()
				.slice(before)
				.flatMap(({ body }) => itemsOf(body)),
		).toEqual(remaining);
		expect([...appliedOf(requests)].sort()).toEqual([...ALL_TAGS].sort());
		expect(filesIn(state)).toEqual([]);
		expect(await readUnfinished(client)).toEqual([]);
	});

	test('that is not finished either keeps the handle, with fewer items', async () => {
		const { call, first, resume } = await leaveUnfinished();
		const second = await call('purge_resume', { resume });
		expect(second.structured).toMatchObject({ status: 'partial', resume });
		expect(remainingOf(second).tags).toBeLessThan(remainingOf(first).tags as number);
	});

	test('is finished by another process with the same state directory', async () => {
		const { requests, resume, state, another } = await leaveUnfinished();
		const other = await another();
		expect((await callWithProgress(other.client, 'purge_resume', { resume })).structured).toMatchObject({
			status: 'done',
		});
		expect(new Set(appliedOf(requests))).toEqual(new Set(ALL_TAGS));
		expect(filesIn(state)).toEqual([]);
	});

	test.for<readonly [name: string, value: unknown]>([
		['zone', FREE],
		['tags', ['a']],
		['urls', ['https://example.org/']],
		['made_up', 1],
	])('and the argument %s is refused, and sends nothing', async ([name, value]) => {
		const { call, requests } = await openSession();
		const { text, isError } = await call('purge_resume', { resume: 'abcdefghjk', [name]: value });
		expect(isError).toBe(true);
		expect(text).toContain(`Unknown argument "${name}"`);
		expect(requests).toEqual([]);
	});

	test.for<readonly [what: string, resume: unknown]>([
		['a number', 7],
		['an empty text', ''],
		['a path', '../../etc/passwd'],
		['capital letters', 'ABCDEFGHJK'],
		['digits that no handle has', '0123456789'],
		['5,000 letters', 'x'.repeat(5_000)],
	])('that is %s is refused in few words, and sends nothing', async ([, resume]) => {
		const { call, requests } = await openSession();
		const { text, isError } = await call('purge_resume', { resume });
		expect(isError).toBe(true);
		expect(text.length).toBeLessThan(500);
		expect(requests).toEqual([]);
	});

	test('keeps its zone when the process has another default zone', async () => {
		const { changes, resume, another } = await leaveUnfinished();
		const before = changes().length;
		const [{ path } = { path: '' }] = changes();
		const other = await another({ flags: ['--zone', ZONE] });
		await callWithProgress(other.client, 'purge_resume', { resume });
		expect(new Set(changes().map((one) => one.path))).toEqual(new Set([path]));
		expect(changes().length).toBeGreaterThan(before);
	});

	test.for<readonly [what: string, refusal: object, advice: string]>([
		[
			'a path that Cloudflare does not know',
			failure(400, { code: 7003, message: 'Could not route' }),
			'example.com has no such environment: environments_list shows those that it has.',
		],
		[
			'a plan that lacks environments',
			failure(403, { code: 1135, message: 'Not available for your plan type' }),
			'Environments need Enterprise with Version Management, and example.com is on pro. Do not retry until the user has bought it.',
		],
	])('explains %s as the first call does', async ([, refusal, advice]) => {
		const environment_id = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
		const args = { environment_id, tags: tagsOf(300) };
		const { call, answer, resume } = await breakHalfWay('purge_environment', args, {
			second: refusal,
			more: [refusal, refusal, refusal],
		});
		expect(answer.structured).toMatchObject({ status: 'partial' });
		expect(answer.text).toContain(advice);
		expect(answer.structured?.summary).toContain(advice);
		const resumed = await call('purge_resume', { resume });
		expect(resumed.isError).toBe(true);
		expect(resumed.text).toContain(advice);
	});

	test('keeps its environment', async () => {
		const environment_id = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
		const { call, upstream, resume, state } = await breakHalfWay(
			'purge_environment',
			{ environment_id, tags: tagsOf(200) },
			{ more: [success({ id: ZONE_ID })] },
		);
		expect((await call('purge_resume', { resume })).structured).toMatchObject({ status: 'done' });
		expect(new Set(upstream.changes().map(({ target }) => target))).toEqual(
			new Set([`/zones/${ZONE_ID}/environments/${environment_id}/purge_cache`]),
		);
		expect(filesIn(state)).toEqual([]);
	});

	test.for<readonly [flags: string[], why: RegExp]>([
		[['--zones', ZONE], UNKNOWN],
		[['--read-only'], /started with --read-only/],
		[['--exclude-tools', 'purge_resume'], /^purge_resume is not allowed: the server was started with --exclude-tools/],
		[['--exclude-tools', 'purge_cache'], UNKNOWN],
		[['--tools', 'purge_resume'], UNKNOWN],
		[['--toolsets', 'zone'], /started with --toolsets/],
	])('is refused in a process with %j, sends nothing and loses nothing', async ([flags, why]) => {
		const { client, changes, resume, another } = await leaveUnfinished();
		const before = changes().length;
		const other = await another({ flags });
		const { text, isError } = await other.call('purge_resume', { resume });
		expect(isError).toBe(true);
		expect(text).toMatch(why);
		expect(changes()).toHaveLength(before);
		expect((await callWithProgress(client, 'purge_resume', { resume })).structured).toMatchObject({ status: 'done' });
	});

	test('shows the rest as a dry run, changes nothing and keeps the handle', async () => {
		const { client, call, changes, resume, first } = await leaveUnfinished();
		const before = changes().length;
		const { structured, isError, text } = await call('purge_resume', { resume, dry_run: true });
		expect(isError).toBe(false);
		expect(text).toMatch(/^Dry run: nothing was changed\./);
		expect(structured).toMatchObject({
			status: 'dry_run',
			zone: { name: FREE },
			plan: { items: first.structured?.remaining, requests: ALL_TAGS.length / 100 - before },
		});
		expect(changes()).toHaveLength(before);
		expect((await callWithProgress(client, 'purge_resume', { resume })).structured).toMatchObject({ status: 'done' });
	});
});

test('a call has no handle where the flags forbid purge_resume, and its answer says what to do instead', async () => {
	const { first, state } = await leaveUnfinished('purge_cache', ['--tools', 'purge_cache']);
	expect(first.structured).toMatchObject({ status: 'partial' });
	expect(first.structured).not.toHaveProperty('resume');
	expect(first.text).not.toContain('purge_resume');
	expect(first.text).toContain('repeat the call with all items, in several calls if they are many');
	expect(filesIn(state)).toEqual([]);
});

describe('an unknown handle', () => {
	test('is refused with the unfinished calls by handle, tool and zone', async () => {
		const { call, changes, resume } = await leaveUnfinished();
		const before = changes().length;
		const { text, isError } = await call('purge_resume', { resume: 'abcdefghjk' });
		expect(isError).toBe(true);
		expect(text).toContain('No unfinished call has the handle "abcdefghjk".');
		expect(text).toContain('Nothing was changed.');
		expect(text).toContain(`Unfinished calls: ${resume} (purge_cache, ${FREE}).`);
		expect(changes()).toHaveLength(before);
	});

	test('is refused as finished when its call was finished', async () => {
		const { client, call, resume } = await leaveUnfinished();
		await callWithProgress(client, 'purge_resume', { resume });
		expect((await call('purge_resume', { resume })).text).toMatch(
			/^No unfinished call has the handle ".*"\. It is finished, .*\nNothing was changed\.\nNo call is unfinished\./,
		);
	});

	test('is refused as too old after 24 hours, and its file is gone', async () => {
		const { client, call, changes, resume, clock, state } = await leaveUnfinished();
		const before = changes().length;
		clock.advance(DAY_MS - 120_000);
		expect(await readUnfinished(client)).toHaveLength(1);
		clock.advance(120_000);
		expect((await call('purge_resume', { resume })).text).toMatch(
			/^No unfinished call has the handle .* older than 24 hours/,
		);
		expect(changes()).toHaveLength(before);
		expect(await readUnfinished(client)).toEqual([]);
		expect(filesIn(state)).toEqual([]);
	});
});

describe('an unfinished call is listed', () => {
	test('by cache_overview of its zone only', async () => {
		const { call, resume, first } = await leaveUnfinished();
		const { text, structured } = await call('cache_overview', { zone: FREE });
		const { tags } = remainingOf(first);
		expect(text).toContain(
			`Unfinished purge_cache: ${tags} tags left; purge_resume continues it with resume: ${resume}`,
		);
		expect(structured?.result).toMatchObject({ unfinished: { value: [{ resume, remaining: { tags } }] } });
		const other = await call('cache_overview', { zone: PRO });
		expect(JSON.stringify(other)).not.toContain(resume);
		expect(other.text).not.toContain('Unfinished');
	});

	test('by the resource, with zone, tool, remaining items and expiry', async () => {
		const { client, first, resume } = await leaveUnfinished();
		expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain('cf-cache://purges/unfinished');
		expect(await readUnfinished(client)).toEqual([
			{
				resume,
				tool: 'purge_cache',
				zone: { id: expect.any(String), name: FREE },
				remaining: first.structured?.remaining,
				started: expect.stringMatching(/^2030-01-01T00:0/),
				expires: expect.stringMatching(/^2030-01-02T00:0/),
			},
		]);
	});

	test('nowhere when there is none', async () => {
		const { client, call } = await openSession();
		expect(await readUnfinished(client)).toEqual([]);
		expect((await call('cache_overview', { zone: ZONE })).text).not.toContain('Unfinished');
	});
});

describe('of the tools that send several requests,', () => {
	test('invalidate_cache resumes as an invalidation', async () => {
		const { client, changes, resume } = await leaveUnfinished('invalidate_cache');
		expect((await callWithProgress(client, 'purge_resume', { resume })).structured).toMatchObject({
			status: 'done',
		});
		expect(changes().every(({ path }) => path.endsWith('/invalidate_cache'))).toBe(true);
	});

	const batch = (ips: readonly string[]) =>
		success({ succeeded: ips.map((origin_ip) => ({ origin_ip, vendor: 'aws', region: 'us-east-1' })), failed: [] });
	const ips = Array.from({ length: 250 }, (_, at) => `192.0.${at >> 7}.${at & 127}`);

	test.for<readonly [tool: string, args: Record<string, unknown>, kind: string]>([
		[
			'origin_cloud_regions_bulk_update',
			{ mappings: ips.map((origin_ip) => ({ origin_ip, vendor: 'aws', region: 'us-east-1' })) },
			'mappings',
		],
		['origin_cloud_regions_bulk_delete', { origin_ips: ips }, 'origin_ips'],
	])(
		'%s that breaks half-way keeps nothing, says what is not done, and can be repeated',
		async ([tool, args, kind]) => {
			const { call, upstream, answer, client, state, forms } = await breakHalfWay(tool, args, {
				first: batch(ips.slice(0, 100)),
				more: [batch(ips.slice(0, 100)), batch(ips.slice(100, 200)), batch(ips.slice(200))],
			});
			expect(answer.structured).toMatchObject({ status: 'partial', remaining: { [kind]: 150 } });
			expect(answer.structured).not.toHaveProperty('resume');
			expect(answer.text).toContain(
				'To finish, repeat the call with all items, in several calls if they are many. Doing an item twice does no harm.',
			);
			expect(filesIn(state)).toEqual([]);
			expect(await readUnfinished(client)).toEqual([]);
			const shown = forms.length;
			expect((await call(tool, { zone: ZONE_ID, ...args })).structured).toMatchObject({ status: 'done' });
			expect(forms).toHaveLength(2 * shown);
			expect(upstream.changes()).toHaveLength(5);
		},
	);

	test('only purge_resume takes a handle', async () => {
		const { client, call, requests } = await openSession();
		const { tools } = await client.listTools();
		const takes = tools.filter(({ inputSchema }) => 'resume' in (inputSchema.properties ?? {}));
		expect(takes.map(({ name, inputSchema }) => [name, inputSchema.required])).toEqual([['purge_resume', ['resume']]]);
		for (const tool of ['purge_cache', 'purge_everything', 'origin_cloud_regions_bulk_delete'])
			expect((await call(tool, { resume: 'abcdefghjk' })).text).toMatch(/Unknown argument "resume"/);
		expect(requests).toEqual([]);
	});
});

describe('a call of several requests', () => {
	test('that its client cancels keeps exactly the rest, and sends nothing more', async () => {
		const state = temporaryFolder();
		const cancel = new AbortController();
		const urls = urlsOf(5_000, PRO);
		let arrived = 0;
		const { url, requests } = await openSandbox({
			latencyMs: 5,
			onRequest: ({ method }) => {
				if (method === 'POST' && ++arrived === 12) cancel.abort();
			},
		});
		const { call, client } = await openSession({ upstream: url, env: { CF_CACHE_STATE_DIR: state } });
		await expect(call('purge_cache', { zone: PRO, urls }, { signal: cancel.signal })).rejects.toThrow();
		const changes = () => requests.filter(({ method }) => method === 'POST');
		// The lock goes when the requests under way have ended.
		await expect.poll(() => filesIn(state, '.lock')).toEqual([]);
		const sent = changes().length;
		const [listed] = await readUnfinished(client);
		const { remaining, done } = readJournal(state, listed?.resume as string);
		expect(listed?.remaining).toEqual({ urls: remaining.length });
		const applied = new Set(appliedOf(requests));
		for (const one of urls) expect(applied.has(one) || remaining.includes(one)).toBe(true);
		// Only requests that were under way at that moment may be both applied and remaining.
		expect(remaining.filter((one) => applied.has(one)).length).toBeLessThanOrEqual(8 * 100);
		expect(done.size).toBeGreaterThanOrEqual(4);
		await callWithProgress(client, 'purge_resume', { resume: listed?.resume });
		expect(changes().length - sent).toBeLessThanOrEqual(remaining.length / 100 + 8);
		expect(
			changes()
				.slice(sent)
				.flatMap(({ body }) => itemsOf(body)),
		).toHaveLength(remaining.length);
		expect(new Set(appliedOf(requests))).toEqual(new Set(urls));
		expect(filesIn(state)).toEqual([]);
	});

	test('whose requests fail in different ways says that one of them may have been applied', async () => {
		const limited = failure(429, { code: 1134, message: 'Unable to purge, rate limit reached.' });
		const upstream = await startUpstream(withZone(() => (body) => (body.includes('"tag-0"') ? limited : 'break')));
		const { call } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		const { text } = await call('purge_cache', { zone: ZONE_ID, tags: tagsOf(200) });
		expect(text).not.toContain('Nothing was changed.');
		expect(text).toContain('It is unknown whether the change was applied.');
	});

	test('that gets an unreadable answer says what was done and leaves a handle', async () => {
		const depth = 60_000;
		const nested = `{"success":true,"errors":[],"result":{"id":"x","deep":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
		const { answer, resume } = await breakHalfWay('purge_cache', { tags: tagsOf(200) }, { second: { body: nested } });
		expect(answer.structured).toMatchObject({ status: 'partial', sent: { tags: 100 }, remaining: { tags: 100 } });
		expect(answer.text).toContain(`resume: ${resume}.`);
	});

	test('that gets no answer leaves a handle, and names it', async () => {
		const upstream = await startUpstream(withZone(() => 'break'));
		const { call, client } = await openSession({ upstream: upstream.url, flags: ['--retries', '0'] });
		const { text } = await call('purge_cache', { zone: ZONE_ID, tags: tagsOf(200) });
		const [listed] = await readUnfinished(client);
		expect(listed?.remaining).toEqual({ tags: 200 });
		expect(text).toContain(`resume: ${listed?.resume}.`);
		// Advice to repeat the call would contradict the handle.
		expect(text.match(/call/gi)).toHaveLength(1);
	});
});
