/** What an audit line holds beside the outcome: where the call came from, what it was about, and nothing of any length. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/call/audit-entry.js';
import { compactEntry, showArguments } from '../../src/call/audit-values.js';
import { failure, startUpstream, withZone } from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { STAGING } from '../support/sandbox.js';
import { type ClientOptions, openSession, types, ZONE, ZONE_ID } from '../support/session.js';

const SECRET_HEADER = 'session=42';
const PURGE = {
	zone: ZONE,
	files: [{ url: 'https://www.example.com/private', headers: { Cookie: SECRET_HEADER, 'Accept-Language': 'de' } }],
	tags: ['hush'],
};

const ENTRY: AuditEntry = {
	time: '2030-01-01T00:00:00.000Z',
	call: 'id',
	version: '1',
	tool: 'purge_cache',
	zone: null,
	args_sha256: '0'.repeat(64),
	items: {},
	consent: 'none',
	outcome: 'done',
	http: [],
	cf_rays: [],
	client: null,
	credential: null,
	api: 'sandbox',
	policy: 'ask',
	pid,
	user: null,
	host: 'machine',
};

/** A session with an audit log, the lines of it, and its bytes. */
async function audited(options: ClientOptions = {}) {
	const path = join(temporaryFolder(), 'audit.jsonl');
	const session = await openSession({ ...options, flags: ['--audit-log', path, ...(options.flags ?? [])] });
	const bytes = () => readFileSync(path, 'utf8');
	const lines = () =>
		bytes()
			.split('\n')
			.filter(Boolean)
			.map((line) => JSON.parse(line) as AuditEntry);
	return { ...session, bytes, lines };
}

describe('an audit line', () => {
	test('names the host of the API, the policy in force, process, user, machine and credential', async () => {
		const { call, lines, bytes } = await audited({ flags: ['--confirm', 'code'] });
		await call('purge_cache', { zone: ZONE, tags: ['a'] });
		const origin = {
			api: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
			policy: 'code',
			pid,
			user: userInfo().username,
			host: hostname(),
			credential: createHash('sha256').update('test-token-0123456789').digest('hex').slice(0, 12),
		};
		expect(lines()).toEqual([expect.objectContaining(origin), expect.objectContaining(origin)]);
		expect(bytes()).not.toContain('test-token');
	});

	test.for([
		['the variable CF_CACHE_CONFIRM', { env: { CF_CACHE_CONFIRM: 'code' } }, 'code'],
		['--dangerously-skip-confirmation', { flags: ['--dangerously-skip-confirmation'] }, 'off'],
		['no flag', {}, 'ask'],
	] as const)('names the policy that %s sets', async ([, options, policy]) => {
		const { call, lines } = await audited(options);
		await call('purge_everything', { zone: ZONE });
		expect(lines().at(-1)).toMatchObject({ policy });
	});

	test('names the sandbox in place of a host, and no credential before the first request', async () => {
		const { call, lines } = await audited({ flags: ['--sandbox'] });
		await call('purge_cache', { zone: ZONE, tags: [] });
		await call('purge_cache', { zone: ZONE, tags: ['a'] });
		expect(lines().map(({ api }) => api)).toEqual(['sandbox', 'sandbox', 'sandbox']);
		expect(lines()[0]).toMatchObject({ outcome: 'invalid', credential: null });
	});

	test('is short whatever the API answers', async () => {
		const notices = Array.from({ length: 8_000 }, (_, at) => ({ code: 100_000 + at, message: 'x'.repeat(1_000) }));
		const upstream = await startUpstream(withZone([failure(400, ...notices)]));
		const { call, lines, bytes } = await audited({ upstream: upstream.url });
		await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		expect(lines().at(-1)?.reason?.length).toBeLessThanOrEqual(200);
		expect(bytes().length).toBeLessThan(3_000);
	});

	test('is short and without invisible characters whatever its texts are', () =>
		fc.assert(
			fc.property(
				fc.string({ unit: 'binary', maxLength: 600, size: 'max' }),
				fc.integer({ min: 0, max: 3_000 }),
				(text, attempts) => {
					const entry = compactEntry({
						...ENTRY,
						client: { name: text, version: text },
						zone: { id: text, name: text },
						reason: text,
						http: Array.from({ length: attempts }, () => 200),
						cf_rays: Array.from({ length: attempts }, () => '8f0c1a2b3c4d5e6f-AMS'),
					});
					for (const one of [entry.reason, entry.client?.name, entry.zone?.id, entry.zone?.name]) {
						expect(one?.length).toBeLessThanOrEqual(200);
						expect(one).not.toMatch(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
					}
					expect(entry.http.length).toBe(Math.min(attempts, 1_000));
					expect(entry.cf_rays.length).toBe(Math.min(attempts, 1_000));
				},
			),
		));
});

describe('without --audit-values, the audit log', () => {
	test('holds no argument', async () => {
		const { call, lines, bytes } = await audited();
		await call('purge_cache', PURGE);
		expect(lines().filter((line) => 'args' in line)).toEqual([]);
		expect(bytes()).not.toMatch(/private|session|hush/);
	});
});

describe('with --audit-values, the audit log', () => {
	test('holds the arguments once a call, with the names of headers and never their values', async () => {
		const { call, lines, bytes } = await audited({ flags: ['--audit-values'] });
		await call('purge_cache', PURGE);
		expect(lines().map(({ outcome, args }) => [outcome, args])).toEqual([
			[
				'started',
				{ files: [{ url: 'https://www.example.com/private', headers: ['Cookie', 'Accept-Language'] }], tags: ['hush'] },
			],
			['done', undefined],
		]);
		expect(bytes()).not.toContain(SECRET_HEADER);
	});

	test.for([
		['a dry run', 'purge_cache', { ...PURGE, dry_run: true }, { tags: ['hush'] }],
		[
			'a code that is asked for',
			'purge_environment_everything',
			{ environment_id: STAGING },
			{ environment_id: STAGING },
		],
		['a setting', 'cache_reserve_edit', { value: 'on', dry_run: true }, { value: 'on' }],
	] as const)('holds the arguments of %s in its only line', async ([, tool, args, shown]) => {
		const { call, lines, changes } = await audited({ flags: ['--audit-values'] });
		await call(tool, { zone: 'example.com', ...args });
		expect(lines()).toEqual([expect.objectContaining({ args: expect.objectContaining(shown) })]);
		expect(changes()).toEqual([]);
	});

	test('holds no confirmation code', async () => {
		const { call, lines, bytes } = await audited({ flags: ['--audit-values', '--confirm', 'code'] });
		const { structured } = await call('purge_everything', { zone: ZONE });
		await call('purge_everything', { zone: ZONE, confirm: structured?.confirm });
		expect(lines().at(-1)).toMatchObject({ outcome: 'done', consent: 'code' });
		expect(bytes()).not.toContain(String(structured?.confirm));
	});

	test('holds no secret that an argument repeats', async () => {
		const { call, bytes } = await audited({ flags: ['--audit-values'] });
		await call('purge_cache', { zone: ZONE, tags: ['a-test-token-0123456789', 'test-token%2D0123456789'] });
		expect(bytes()).toContain('[secret]');
		expect(bytes()).not.toMatch(/0123456789/);
	});

	test('shows a client of the recent calls no arguments', async () => {
		const { call, client } = await audited({ flags: ['--audit-values'], user: types(ZONE) });
		await call('purge_cache', PURGE);
		const { contents } = await client.readResource({ uri: 'cf-cache://audit/recent' });
		expect(JSON.stringify(contents)).toContain('purge_cache');
		expect(JSON.stringify(contents)).not.toMatch(/private|hush|\bargs\b/);
	});
});

describe('showArguments', () => {
	test('keeps whole items up to 100,000 characters, and counts the rest of each list', () => {
		const urls = Array.from({ length: 10_000 }, (_, at) => `https://www.example.com/${at}`);
		const { args, args_left_out } = showArguments({ urls, tags: ['a', 'b'], mode: 'merge' });
		const kept = args?.urls as string[];
		expect(kept).toEqual(urls.slice(0, kept.length));
		expect(args_left_out).toEqual({ urls: urls.length - kept.length, tags: 2, mode: 1 });
		expect(JSON.stringify(args).length).toBeLessThan(101_000);
		expect(JSON.stringify(args).length).toBeGreaterThan(99_000);
	});

	test('cuts each text, on one line, and leaves out headers at any depth', () => {
		const { args } = showArguments({
			tag: `a\n${'x'.repeat(5_000)}`,
			deep: { list: [{ headers: { Cookie: SECRET_HEADER } }], number: 1, flag: true, nothing: null },
		});
		expect(args?.tag).toHaveLength(1_000);
		expect(args?.tag).toMatch(/^a x+…$/);
		expect(args?.deep).toEqual({ list: [{ headers: ['Cookie'] }], number: 1, flag: true, nothing: null });
	});
});
