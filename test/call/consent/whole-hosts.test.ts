/** A purge or an invalidation of whole hosts needs the same consent as one of everything. */
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, ZONE_FACTS, ZONE_TARGET } from '../../support/api.js';
import { temporaryFolder } from '../../support/files.js';
import { openSession, types, ZONE, ZONE_ID } from '../../support/session.js';
import { filesIn } from '../../support/unfinished.js';

const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const TOOLS = ['purge_cache', 'purge_environment', 'invalidate_cache'] as const;
const argsOf = (tool: string, args: Record<string, unknown>) => ({
	zone: ZONE,
	...args,
	...(tool === 'purge_environment' && { environment_id: STAGING }),
});

const WHOLE: readonly Record<string, unknown>[] = [
	{ hosts: ['www.example.com'] },
	{ hosts: ['example.com'], tags: ['a'] },
	{ prefixes: ['www.example.com'] },
	{ prefixes: ['www.example.com/'] },
	{ prefixes: ['www.example.com//'] },
	{ prefixes: ['www.example.com/.'] },
	{ prefixes: ['www.example.com/./'] },
	{ prefixes: ['www.example.com/%2E/'] },
	{ prefixes: ['www.example.com/a/..'] },
	{ prefixes: ['www.example.com/a/../'] },
	{ prefixes: ['www.example.com/a', 'example.com'] },
];

const PARTS: readonly Record<string, unknown>[] = [
	{ prefixes: ['www.example.com/a'] },
	{ prefixes: ['www.example.com/a/./b'] },
	{ prefixes: ['www.example.com/.well-known'] },
	{ tags: ['www.example.com'] },
	{ urls: ['https://www.example.com/'] },
];

describe.for(TOOLS)('%s', (tool) => {
	test.for(WHOLE)('with %j answers with a code, and runs with it', async (args) => {
		const { call, changes } = await openSession();
		const asked = await call(tool, argsOf(tool, args));
		expect(asked.structured?.status, asked.text).toBe('confirmation_required');
		expect(changes()).toEqual([]);
		const { structured } = await call(tool, { ...argsOf(tool, args), confirm: asked.structured?.confirm });
		expect(structured?.status).toBe('done');
	});

	test.for(WHOLE)('with %j changes nothing when the form is declined', async (args) => {
		const { call, changes, forms } = await openSession({ user: () => ({ action: 'decline' }) });
		const { isError, text } = await call(tool, argsOf(tool, args));
		expect(isError).toBe(true);
		expect(text).toContain('Nothing was changed.');
		expect(forms).toHaveLength(1);
		expect(changes()).toEqual([]);
	});

	test.for(WHOLE)(
		'with %j is refused under --confirm block, also as a dry run, and no request leaves',
		async (args) => {
			const { call, requests, tools } = await openSession({ flags: ['--confirm', 'block'], user: types(ZONE) });
			for (const more of [{}, { dry_run: true }, { confirm: 'x' }]) {
				const { isError, text } = await call(tool, { ...argsOf(tool, args), ...more });
				expect(isError).toBe(true);
				expect(text).toMatch(/whole hosts .* is not allowed: the server was started with --confirm block/);
			}
			expect(requests).toEqual([]);
			expect(await tools()).toContain(tool);
		},
	);

	test.for(PARTS)('with %j needs no consent, under --confirm block neither', async (args) => {
		const { call, changes, forms } = await openSession({ flags: ['--confirm', 'block'], user: types(ZONE) });
		expect((await call(tool, argsOf(tool, args))).structured?.status).toBe('done');
		expect(forms).toEqual([]);
		expect(changes()).toHaveLength(1);
	});
});

describe('the form', () => {
	const messageOf = async (args: Record<string, unknown>, tool = 'purge_cache') => {
		const { call, forms } = await openSession({ user: types(ZONE) });
		await call(tool, { zone: ZONE, ...args });
		return forms[0]?.message.split('\n')[0];
	};

	test('names the hosts, and counts what is purged beside them', async () => {
		expect(
			await messageOf({ hosts: ['a.example.com', 'b.example.com'], prefixes: ['example.com/'], tags: ['x', 'y'] }),
		).toMatch(
			/^Deletes everything cached for 3 whole hosts of example\.com \(enterprise\), in every data centre: a\.example\.com, b\.example\.com and prefix example\.com\/\. It also purges 2 tags \(checksum [0-9a-f]{12}\)\. Expect full load on their origin\.$/,
		);
	});

	test('names ten hosts and counts the rest, with a checksum of all', async () => {
		const hosts = Array.from({ length: 12 }, (_, at) => `h${at}.example.com`);
		expect(await messageOf({ hosts }, 'invalidate_cache')).toMatch(
			/: h0\.example\.com, .*h9\.example\.com and 2 more \(checksum of all: [0-9a-f]{12}\)\. Expect a revalidation/,
		);
	});
});

describe('what is left of a purge of whole hosts', () => {
	const hosts = Array.from({ length: 150 }, (_, at) => `h${at}.example.com`);

	/** Leaves 50 hosts under a handle, after one consent. The user then acts as told. */
	async function leaveHosts() {
		const state = temporaryFolder();
		let isDown = true;
		const zone: { lookups: number; renamedAfter: number } = { lookups: 0, renamedAfter: Number.POSITIVE_INFINITY };
		const upstream = await startUpstream(({ target }) => {
			if (target !== ZONE_TARGET)
				return (body) => (isDown && body.includes('"h149.') ? failure(500) : success({ id: ZONE_ID }));
			const isRenamed = ++zone.lookups > zone.renamedAfter;
			return success(isRenamed ? { ...ZONE_FACTS, name: 'example.net' } : ZONE_FACTS);
		});
		const open = (flags: readonly string[], user?: Parameters<typeof types>[0]) =>
			openSession({
				upstream: upstream.url,
				flags: ['--retries', '0', ...flags],
				env: { CF_CACHE_STATE_DIR: state },
				...(user && { user: types(user) }),
			});
		const first = await open([], ZONE);
		const { structured } = await first.call('purge_cache', { zone: ZONE_ID, hosts });
		expect(structured).toMatchObject({ status: 'partial', remaining: { hosts: 50 } });
		isDown = false;
		zone.lookups = 0;
		return { state, zone, upstream, open, resume: structured?.resume as string, sent: upstream.changes().length };
	}

	test('runs after a new form, which says that it resumes and names the zone id and the account', async () => {
		const { open, upstream, resume, sent, state } = await leaveHosts();
		const { call, forms } = await open([], ZONE);
		expect((await call('purge_resume', { resume })).structured).toMatchObject({ status: 'done', sent: { hosts: 50 } });
		expect(forms).toHaveLength(1);
		expect(forms[0]?.message).toMatch(
			/^This resumes an unfinished purge_cache\. Deletes everything cached for 50 whole hosts of example\.com \(pro\).* The zone has the id 023e105f4ecef8ad9ca31a8372d0c353, in the account "Example Account"\.\n/,
		);
		expect(upstream.changes()).toHaveLength(sent + 1);
		expect(filesIn(state)).toEqual([]);
	});

	test('is sent with a code where the client has no forms', async () => {
		const { open, upstream, resume, sent } = await leaveHosts();
		const { call } = await open([]);
		const asked = await call('purge_resume', { resume });
		expect(asked.structured?.status).toBe('confirmation_required');
		expect(upstream.changes()).toHaveLength(sent);
		const { structured } = await call('purge_resume', { resume, confirm: asked.structured?.confirm });
		expect(structured?.status).toBe('done');
	});

	test.for<readonly [what: string, flags: string[], typed?: string]>([
		['the user has typed the name', [], ZONE],
		['the code is right', ['--confirm', 'code']],
		['consent is switched off', ['--dangerously-skip-confirmation']],
	])('is not sent where the zone changed since it was looked up, although %s', async ([, flags, typed]) => {
		const { open, zone, upstream, resume, sent, state } = await leaveHosts();
		zone.renamedAfter = 1;
		const { call } = await open(flags, typed);
		const asked = await call('purge_resume', { resume });
		const code = asked.structured?.confirm;
		const { text } = code === undefined ? asked : await call('purge_resume', { resume, confirm: code });
		expect(text).toContain('The zone changed since it was looked up');
		expect(upstream.changes()).toHaveLength(sent);
		expect(filesIn(state)).toEqual([`${resume}.jsonl`]);
	});

	test.for<readonly [what: string, flags: string[], typed: string]>([
		['the wrong text in the form', [], 'example.net'],
		['--confirm block', ['--confirm', 'block'], ZONE],
	])('is refused by %s, sends nothing and keeps the handle', async ([, flags, typed]) => {
		const { open, upstream, resume, sent, state } = await leaveHosts();
		const { call } = await open(flags, typed);
		const { isError, text } = await call('purge_resume', { resume });
		expect(isError, text).toBe(true);
		expect(text).toContain('Nothing was changed.');
		expect(upstream.changes()).toHaveLength(sent);
		expect(filesIn(state)).toEqual([`${resume}.jsonl`]);
	});
});
