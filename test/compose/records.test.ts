/** What is written and counted of the calls of a shared product names the principal and the request. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { expect, test } from 'vitest';
import type { LogFacts } from '../../src/base/log.js';
import type { Metrics } from '../../src/base/metrics.js';
import type { AuditEntry } from '../../src/call/audit-entry.js';
import { failure, startUpstream } from '../support/api.js';
import { temporaryFolder } from '../support/files.js';
import { openSession, types, ZONE } from '../support/session.js';
import { openTeam, principal } from '../support/team.js';

const read = (path: string) =>
	readFileSync(path, 'utf8')
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as AuditEntry);

test('lines of several principals share one audit file, and each names its principal, its request and its policy', async () => {
	const path = joinPath(temporaryFolder(), 'audit.jsonl');
	const { join } = await openTeam({ flags: ['--audit-log', path] });
	const ann = await join(principal('ann', { policy: { confirm: 'code' } }), undefined, 'request-1');
	const bob = await join(principal('bob'), undefined, 'request-2');
	await ann.call('purge_cache', { zone: ZONE, tags: ['a'] });
	await bob.call('purge_cache', { zone: ZONE, tags: ['b'], dry_run: true });
	expect(read(path).map(({ principal: who, request, policy, outcome }) => [who, request, policy, outcome])).toEqual([
		['ann', 'request-1', 'code', 'started'],
		['ann', 'request-1', 'code', 'done'],
		['bob', 'request-2', 'block', 'dry_run'],
	]);
});

test('the credential of an audit line is that of its principal', async () => {
	const path = joinPath(temporaryFolder(), 'audit.jsonl');
	const { join } = await openTeam({ flags: ['--audit-log', path] });
	const own = { credential: { kind: 'token', token: 'cloudflare-token-of-ann' } } as const;
	for (const who of [principal('ann', own), principal('bob'), principal('eve')])
		await (await join(who)).call('purge_cache', { zone: ZONE, tags: ['a'] });
	const [ann, bob, eve] = read(path)
		.filter(({ outcome }) => outcome === 'done')
		.map(({ credential }) => credential);
	expect(ann).toBe(createHash('sha256').update('cloudflare-token-of-ann').digest('hex').slice(0, 12));
	expect(bob).toMatch(/^[0-9a-f]{12}$/);
	expect(bob).toBe(eve);
	expect(ann).not.toBe(bob);
});

test('a line of a server of one client names neither', async () => {
	const path = joinPath(temporaryFolder(), 'audit.jsonl');
	const { call } = await openSession({ flags: ['--audit-log', path] });
	await call('purge_cache', { zone: ZONE, tags: ['a'], dry_run: true });
	const [line] = read(path);
	expect(line?.outcome).toBe('dry_run');
	expect(line).not.toHaveProperty('principal');
	expect(line).not.toHaveProperty('request');
});

test('every log line of a call, its requests included, names the principal, the request and the call', async () => {
	const lines: { message: string; facts: LogFacts }[] = [];
	const { join } = await openTeam({
		flags: ['--log-level', 'debug'],
		log: (_, message, facts = {}) => lines.push({ message, facts }),
	});
	const ann = await join(principal('ann'), undefined, 'request-1');
	await ann.call('cache_inspect', { zone: ZONE, url: 'https://www.example.com/' });
	await ann.call('purge_cache', { zone: ZONE, tags: ['a'] });
	const messages = new Set(lines.map(({ message }) => message));
	expect([...messages]).toEqual(expect.arrayContaining(['call begins', 'request', 'fetch', 'call']));
	for (const { message, facts } of lines)
		expect(facts, message).toMatchObject({ principal: 'ann', request: 'request-1', call: expect.any(String) });
});

test('lines below the level of the log cost nothing: they are neither redacted nor handed on', async () => {
	const levels: string[] = [];
	const { join } = await openTeam({ flags: ['--log-level', 'warn'], log: (level) => levels.push(level) });
	await (await join(principal('ann'))).call('purge_cache', { zone: ZONE, tags: ['a'] });
	expect(levels).toEqual([]);
});

/** Metrics that note what they hear. */
function noteMetrics() {
	const calls: string[] = [];
	const statuses: number[] = [];
	const metrics: Metrics = {
		callEnded: ({ tool, outcome, consent }) => calls.push(`${tool} ${outcome} ${consent}`),
		attemptEnded: (status) => statuses.push(status),
		waited: () => undefined,
		signInFailed: () => undefined,
		answered: () => undefined,
	};
	return { calls, statuses, metrics };
}

test('metrics hear of every call, of reads too, and of every answer of the API', async () => {
	const { calls, statuses, metrics } = noteMetrics();
	const { join, requests } = await openTeam({ metrics });
	const ann = await join(principal('ann', { policy: { confirm: 'ask' } }), types(ZONE));
	await ann.call('tiered_cache_get', { zone: ZONE });
	await ann.call('purge_everything', { zone: ZONE });
	await ann.call('purge_cache', { zone: ZONE });
	await ann.call('no_such_tool');
	expect(calls).toEqual(['tiered_cache_get done none', 'purge_everything done form', 'purge_cache invalid none']);
	expect(statuses).toEqual(requests.map(({ status }) => status));
});

test('metrics hear of refused and of lost attempts', async () => {
	const { calls, statuses, metrics } = noteMetrics();
	const { url } = await startUpstream([failure(403, { code: 10_000, message: 'no' }), 'drop']);
	const { join } = await openTeam({ metrics, upstream: url, flags: ['--retries', '0'] });
	const ann = await join(principal('ann'));
	await ann.call('tiered_cache_get', { zone: '0'.repeat(32) });
	await ann.call('tiered_cache_get', { zone: '0'.repeat(32) });
	expect(calls).toEqual(['tiered_cache_get failed none', 'tiered_cache_get failed none']);
	expect(statuses).toEqual([403, 0]);
});
