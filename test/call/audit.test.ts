/** The audit log: what each line says, and that nothing is changed when it cannot be written. */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AuditLog } from '../../src/call/audit.js';
import type { AuditEntry } from '../../src/call/audit-entry.js';
import { VERSION } from '../../src/version.js';
import { failure, startUpstream, withZone } from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { operationNamed } from '../support/operations.js';
import { type ClientOptions, openSession, type Session, types, ZONE, ZONE_ID } from '../support/session.js';

const read = (path: string) =>
	readFileSync(path, 'utf8')
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as AuditEntry);

/** A session with an audit log, and its lines. */
async function audited(options: ClientOptions = {}) {
	const path = join(temporaryFolder(), 'audit.jsonl');
	const session = await openSession({ ...options, flags: ['--audit-log', path, ...(options.flags ?? [])] });
	return { ...session, path, lines: () => read(path) };
}

describe('the audit log', () => {
	test('has a line before a change is sent and one with its outcome', async () => {
		const { call, lines } = await audited();
		await call('purge_cache', { zone: ZONE, urls: ['https://www.example.com/a'], tags: ['a', 'b'] });
		const [start, end, ...more] = lines();
		expect(more).toEqual([]);
		expect(start).toMatchObject({ outcome: 'started', http: [], call: end?.call });
		expect(end).toMatchObject({
			version: VERSION,
			tool: 'purge_cache',
			zone: { id: ZONE_ID, name: ZONE },
			args_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
			items: { urls: 1, tags: 2 },
			consent: 'none',
			outcome: 'done',
			http: [200, 200],
			cf_rays: [expect.any(String), expect.any(String)],
			client: { name: 'test', version: '0' },
		});
		expect(end?.duration_ms).toBeTypeOf('number');
		expect(Date.parse(end?.time ?? '')).not.toBeNaN();
	});

	test('has no line for a call that only reads', async () => {
		const { call, lines } = await audited();
		await call('cache_overview', { zone: ZONE });
		expect(lines()).toEqual([]);
	});

	test.for<readonly [what: string, flags: string[], tool: string, args: Record<string, unknown>, line: object]>([
		[
			'a dry run',
			[],
			'purge_cache',
			{ tags: ['a'], dry_run: true },
			{ outcome: 'dry_run', consent: 'none', items: { tags: 1 } },
		],
		['bad arguments', [], 'purge_cache', { tags: [] }, { outcome: 'invalid', changed: 'no', zone: null }],
		[
			'a tool that is not allowed',
			['--read-only'],
			'purge_cache',
			{ tags: ['a'] },
			{ outcome: 'refused', reason: expect.stringContaining('--read-only') },
		],
		[
			'a zone that is not allowed',
			['--zones', 'example.net'],
			'purge_cache',
			{ tags: ['a'] },
			{ outcome: 'refused', reason: expect.stringContaining('--zones') },
		],
		['a code that is asked for', [], 'purge_everything', {}, { outcome: 'confirmation_required', consent: 'none' }],
		[
			'an invented code',
			[],
			'purge_everything',
			{ confirm: 'x' },
			{ outcome: 'refused', consent: 'refused', changed: 'no' },
		],
	])('has one line for %s', async ([, flags, tool, args, line]) => {
		const { call, lines, changes } = await audited({ flags });
		await call(tool, { zone: ZONE, ...args });
		expect(lines()).toEqual([expect.objectContaining(line)]);
		expect(changes()).toEqual([]);
	});

	test('says by which consent a destructive call ran', async () => {
		const consents: (string | undefined)[] = [];
		for (const options of [{ user: types(ZONE) }, { flags: ['--dangerously-skip-confirmation'] }, {}]) {
			const { call, lines } = await audited(options);
			const { structured } = await call('purge_everything', { zone: ZONE });
			if (structured?.confirm) await call('purge_everything', { zone: ZONE, confirm: structured.confirm });
			consents.push(lines().at(-1)?.consent);
		}
		expect(consents).toEqual(['form', 'skipped', 'code']);
	});

	test('says that a form was refused, and why', async () => {
		const { call, lines } = await audited({ user: () => ({ action: 'decline' }) });
		await call('purge_everything', { zone: ZONE });
		expect(lines()).toEqual([
			expect.objectContaining({
				consent: 'refused',
				outcome: 'refused',
				reason: 'The confirmation form was declined.',
			}),
		]);
	});

	test('says what Cloudflare answered, and that an attempt got no answer', async () => {
		const upstream = await startUpstream(
			withZone([failure(403, { code: 10000, message: 'Authentication error' }), 'break']),
		);
		const { call, lines } = await audited({ upstream: upstream.url, flags: ['--retries', '0'] });
		await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		await call('purge_cache', { zone: ZONE_ID, tags: ['a'] });
		expect(lines().filter(({ outcome }) => outcome !== 'started')).toEqual([
			expect.objectContaining({
				outcome: 'failed',
				changed: 'no',
				http: [403],
				reason: expect.stringContaining('Cloudflare 10000'),
			}),
			expect.objectContaining({ outcome: 'failed', changed: 'unknown', http: [0] }),
		]);
	});

	test('holds no argument values', async () => {
		const { call, path } = await audited();
		await call('purge_cache', {
			zone: ZONE,
			files: [{ url: 'https://www.example.com/private', headers: { Cookie: 'session=42' } }],
			tags: ['hush'],
		});
		await call('purge_cache', { zone: ZONE, tags: ['hush hush'] });
		expect(readFileSync(path, 'utf8')).not.toMatch(/private|session|hush/);
	});

	test('has equal digests for equal calls, however they are spelled', async () => {
		const { call, lines } = await audited();
		const update = (origin_ip: string, vendor: string) =>
			call('origin_cloud_regions_update', { zone: ZONE, vendor, region: 'us-east-1', origin_ip, dry_run: true });
		await update('2001:db8::1', 'aws');
		await update('2001:DB8:0::0001', 'AWS');
		await update('2001:db8::2', 'aws');
		const [first, second, third] = lines().map(({ args_sha256 }) => args_sha256);
		expect(second).toBe(first);
		expect(third).not.toBe(first);
	});

	test('can be read by its owner only', async () => {
		const { path } = await audited();
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test('continues in a new file after a rotation', async () => {
		const { call, path } = await audited();
		await call('purge_cache', { zone: ZONE, tags: ['a'], dry_run: true });
		renameSync(path, `${path}.1`);
		await call('purge_cache', { zone: ZONE, tags: ['b'], dry_run: true });
		expect(read(`${path}.1`)).toHaveLength(1);
		expect(read(path)).toHaveLength(1);
	});

	test('stops the start when it cannot be opened', async () => {
		await expect(
			openSession({ flags: ['--audit-log', join(temporaryFolder(), 'missing', 'audit.jsonl')] }),
		).rejects.toThrow(/--audit-log ".*" cannot be opened \(ENOENT\)/);
	});

	test('refuses every change and sends none when it cannot be written', async () => {
		const { call, changes } = await openSession({ flags: ['--audit-log', '/dev/full'], user: types(ZONE) });
		for (const [tool, args] of [
			['purge_cache', { tags: ['a'] }],
			['purge_everything', {}],
			['cache_reserve_edit', { value: 'on' }],
		] as const) {
			const { text } = await call(tool, { zone: ZONE, ...args });
			expect(text).toMatch(/^The audit log cannot be written \(ENOSPC\)/);
			expect(text).toContain('Nothing was changed.');
		}
		expect(changes()).toEqual([]);
	});

	test('leaves no unfinished call when it cannot be written', async () => {
		const { call, client } = await openSession({ flags: ['--audit-log', '/dev/full'] });
		await call('purge_cache', { zone: ZONE, tags: Array.from({ length: 150 }, (_, at) => `t${at}`) });
		const { contents } = await client.readResource({ uri: 'cf-cache://purges/unfinished' });
		expect(contents).toEqual([expect.objectContaining({ text: '[]' })]);
	});

	test('lets calls read when it cannot be written', async () => {
		const { call } = await openSession({ flags: ['--audit-log', '/dev/full'] });
		expect((await call('cache_overview', { zone: ZONE })).isError).toBe(false);
	});
});

test('a half-written line of a crashed process spoils no other line', async () => {
	const path = join(temporaryFolder(), 'audit.jsonl');
	writeFileSync(path, '{"time":"2026-01-01T00:00:00.000Z","tool":"purge_ca');
	const { call } = await openSession({ flags: ['--audit-log', path] });
	await call('purge_cache', { zone: ZONE, tags: ['a'], dry_run: true });
	const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
	expect(lines).toHaveLength(2);
	expect(JSON.parse(lines[1] ?? '')).toMatchObject({ tool: 'purge_cache', outcome: 'dry_run' });
});

test('an outcome that cannot be written is reported, and the line of the start stays in the log', () => {
	const written: string[] = [];
	const lost: string[] = [];
	const write = (line: string) => {
		if (written.length > 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
		written.push(line);
	};
	const audit = new AuditLog({
		version: '1',
		origin: { api: 'sandbox', policy: 'ask', pid: 1, user: null, host: 'machine' },
		withValues: false,
		credentialId: () => undefined,
		toOutput: (value) => value,
		now: () => 0,
		write,
		log: (level, message) => void (level === 'error' && lost.push(message)),
	});
	const record = audit.open(operationNamed('purge_cache'), {});
	record.start();
	record.end({ error: new Error('x') });
	expect(written.map((line) => (JSON.parse(line) as AuditEntry).outcome)).toEqual(['started']);
	expect(lost).toEqual([expect.stringMatching(/purge_cache.*ENOSPC/)]);
});

describe('the resource cf-cache://audit/recent', () => {
	const recent = async ({ client }: Session) => {
		const { contents } = await client.readResource({ uri: 'cf-cache://audit/recent' });
		const [first] = contents as { text: string }[];
		return JSON.parse(first?.text ?? '') as AuditEntry[];
	};

	test('is listed, and shows the last calls that could change something', async () => {
		const session = await openSession();
		expect((await session.client.listResources()).resources.map(({ uri }) => uri)).toContain('cf-cache://audit/recent');
		await session.call('purge_cache', { zone: ZONE, tags: ['a'] });
		expect((await recent(session)).map(({ outcome }) => outcome)).toEqual(['started', 'done']);
	});

	test('keeps the last 50 lines', async () => {
		const session = await openSession();
		for (let at = 0; at < 60; at++) await session.call('purge_cache', { zone: ZONE, tags: ['a'], dry_run: true });
		expect(await recent(session)).toHaveLength(50);
	});
});

test('a resource of another URI is refused', async () => {
	const { client } = await openSession();
	await expect(client.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(
		'There is no resource "file:///etc/passwd".',
	);
});
