/** Replicas serve many principals: the reads of all leave room for a change, sessions are not shared, and no secret shows. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFile, temporaryFolder } from '../../support/files.js';
import { connectClient, RawHttpClient } from '../../support/http-client.js';
import { describeWithRedis } from '../../support/redis.js';
import { CLOUDFLARE_TOKEN, SECRET, startFleet } from '../../support/replicas.js';
import { openSandbox } from '../../support/sandbox.js';
import { ZONE } from '../../support/session.js';
import { appliedOf, BUSINESS, callWithProgress, tagsOf } from '../../support/unfinished.js';

/** 80 requests: the first 50 leave at once, the others within 3 seconds. */
const TAGS = tagsOf(8_000);
const PRINCIPALS = 100;
const READS_EACH = 20;
/** Reads that are answered before the purge begins: nearly all that a token has for reads in five minutes. */
const READS_BEFORE = 750;

/** Bearer tokens of as many principals, and the flags with a policy of them. A code is consent for them. */
function makePrincipals(count: number) {
	const bearers = Array.from({ length: count }, () => randomBytes(32).toString('base64url'));
	const principals = bearers.map((bearer, at) => ({
		name: `principal-${at}`,
		sha256: [createHash('sha256').update(bearer).digest('hex')],
		confirm: 'code',
	}));
	const policy = temporaryFile('policy.json', JSON.stringify({ principals }));
	return { bearers, flags: ['--auth', 'tokens', '--policy', policy] };
}

/** The text of all files below a folder. */
const readAll = (folder: string): string =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
		.join('\n');

describeWithRedis('replicas with many principals', (startRedis) => {
	async function openClients(url: string, bearers: readonly string[]): Promise<RawHttpClient[]> {
		const clients = bearers.map((bearer) => new RawHttpClient(url, { bearer }));
		await Promise.all(clients.map((client) => client.initialize()));
		return clients;
	}

	test('send 2,000 reads with one Cloudflare token beside a purge, of which no request is refused', async () => {
		const { bearers, flags } = makePrincipals(PRINCIPALS + 1);
		const sandbox = await openSandbox({ limits: 'strict' });
		const { url: redis } = await startRedis();
		const { url } = await startFleet({ upstream: sandbox.url, redis, flags });
		const [purging = '', ...reading] = bearers;
		const readers = await openClients(url, reading);
		const purger = await connectClient(url, { bearer: purging });
		let answered = 0;
		// One for each, because Node warns of a signal that very many listen to.
		const stops: AbortController[] = [];
		const isUnderWay = new Promise<void>((resolve) => {
			const read = async (client: RawHttpClient) => {
				const stop = new AbortController();
				stops.push(stop);
				await client.call('cache_reserve_get', { zone: ZONE }, stop.signal);
				if (++answered === READS_BEFORE) resolve();
			};
			for (const client of readers) for (let at = 0; at < READS_EACH; at++) read(client).catch(() => undefined);
		});
		await isUnderWay;
		// With progress, its time has no limit.
		const answer = await callWithProgress(purger, 'purge_cache', { zone: BUSINESS, tags: TAGS });
		for (const stop of stops) stop.abort();
		expect(answer.structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(sandbox.requests))).toEqual(new Set(TAGS));
		expect(sandbox.changes().filter(({ status }) => status === 429)).toEqual([]);
		// Reads beyond their share have not left: without that, the purge would prove nothing.
		const reads = sandbox.requests.length - sandbox.changes().length;
		expect(reads).toBeGreaterThanOrEqual(READS_BEFORE);
		expect(reads).toBeLessThan(PRINCIPALS * READS_EACH);
	});

	test('know no session of another principal, and say nothing of it', async () => {
		const { bearers, flags } = makePrincipals(2);
		const [{ url: upstream, requests }, { url: redis }] = await Promise.all([openSandbox(), startRedis()]);
		const { url } = await startFleet({ upstream, redis, flags });
		const [first, second] = await openClients(url, bearers);
		if (first && second) second.session = first.session;
		for (let at = 0; at < 3; at++) {
			const { status, body } = (await second?.request('tools/call', {
				name: 'cache_reserve_get',
				arguments: { zone: ZONE },
			})) ?? { status: 0, body: '' };
			expect(status).toBe(404);
			expect(body).not.toContain('principal-0');
		}
		expect(requests).toEqual([]);
	});

	test('show no secret: in no log, audit line, key or value of Redis, and no error', async () => {
		const { bearers, flags } = makePrincipals(2);
		const folder = temporaryFolder();
		const password = 'password-of-redis-0123456789';
		const [sandbox, redis] = await Promise.all([
			openSandbox(),
			startRedis({ flags: ['--requirepass', password, '--dir', folder] }),
		]);
		const { url, replicas } = await startFleet({
			upstream: sandbox.url,
			redis: redis.url.replace('redis://', `redis://:${password}@`),
			flags: [...flags, '--log-level', 'debug', '--audit-log', join(folder, 'audit.jsonl')],
		});
		const bodies: string[] = [];
		const stranger = randomBytes(32).toString('base64url');
		const clients = [...bearers, stranger].map((bearer) => new RawHttpClient(url, { bearer }));
		for (const client of clients) {
			bodies.push((await client.initialize()).body);
			const purge = async (args: object) => {
				const { body, messages } = await client.request('tools/call', {
					name: 'purge_everything',
					arguments: { zone: ZONE, ...args },
				});
				bodies.push(body);
				return messages.at(-1)?.result?.structuredContent as { confirm?: string } | undefined;
			};
			const confirm = (await purge({}))?.confirm ?? 'none';
			await purge({ confirm });
			await purge({ confirm });
			for (const name of ['purge_cache', 'zones_list', 'no_such_tool'])
				bodies.push(
					(
						await client.request('tools/call', {
							name,
							arguments: name === 'purge_cache' ? { zone: ZONE, tags: tagsOf(300) } : {},
						})
					).body,
				);
		}
		const all = [
			...bodies,
			...replicas.map(({ process }) => process.stdout() + process.stderr()),
			readAll(folder),
		].join('\n');
		// What was searched is what was written: the audit has its lines, and Redis the codes that were used.
		expect(all).toMatch(/"tool":"purge_everything"/);
		expect(all).toMatch(/cfc:1:\{p:[\w-]+\}:code:/);
		expect(all).toMatch(/cfc:1:\{p:[\w-]+\}:j:/);
		for (const secret of [...bearers, stranger, password, SECRET, CLOUDFLARE_TOKEN]) {
			expect(all).not.toContain(secret);
			expect(all).not.toContain(Buffer.from(secret).toString('base64'));
		}
	});
});
