/** Replicas carry out all of their work, and no code twice, whether one of them dies or Redis does. */
import { expect, test } from 'vitest';
import { holdRequests } from '../../support/holding-api.js';
import { connectClient, RawHttpClient } from '../../support/http-client.js';
import { describeWithRedis } from '../../support/redis.js';
import type { RedisServer } from '../../support/redis-server.js';
import { type Fleet, startFleet } from '../../support/replicas.js';
import { openSandbox } from '../../support/sandbox.js';
import { type Answer, ZONE } from '../../support/session.js';
import { appliedOf, BUSINESS, callWithProgress, readUnfinished, tagsOf } from '../../support/unfinished.js';

/** 80 requests: the first 50 leave at once, the others within 3 seconds. */
const TAGS = tagsOf(8_000);
const PURGE = { zone: BUSINESS, tags: TAGS };
const REQUESTS = 80;
/** Requests of a purge under way at once. */
const AT_ONCE = 8;
/** How long a lease lasts that is not renewed. */
const LEASE_MS = 15_000;

/** Holds the only lease, which ends by itself in 15 s at most, until the function is called that it resolves with. */
async function holdLease(redis: RedisServer): Promise<() => Promise<unknown>> {
	const [key = '', ...more] = (await redis.command('KEYS', 'cfc:1:*:j:*:l')) as string[];
	expect(more).toEqual([]);
	expect(await redis.command('PTTL', key)).toBeGreaterThan(0);
	expect(await redis.command('PTTL', key)).toBeLessThanOrEqual(LEASE_MS);
	await redis.command('PERSIST', key);
	return () => redis.command('DEL', key);
}

const isPurge = ({ method, params }: { method?: string; params?: Record<string, unknown> }) =>
	method === 'tools/call' && params?.name === 'purge_cache';

describeWithRedis('three replicas', (startRedis) => {
	/** Replicas on a sandbox with Cloudflare's limits. `accepted` resolves when the sandbox has made so many changes. */
	async function openFleet() {
		let check = () => undefined as unknown;
		const sandbox = await openSandbox({ limits: 'strict', onRequest: () => check() });
		const redis = await startRedis();
		const fleet = await startFleet({ upstream: sandbox.url, redis: redis.url });
		const changes = () => sandbox.changes().filter(({ applied }) => applied).length;
		const accepted = (count: number) =>
			new Promise<void>((resolve) => {
				check = () => changes() >= count && resolve();
				check();
			});
		return { sandbox, redis, accepted, ...fleet };
	}

	/** Begins the purge by a client of its own. */
	async function begin(fleet: Fleet): Promise<Answer> {
		return callWithProgress(await connectClient(fleet.url), 'purge_cache', PURGE);
	}

	test('accept one of 50 uses of a code at the same time', async () => {
		const { url, sandbox } = await openFleet();
		const client = new RawHttpClient(url);
		await client.initialize();
		const { structured } = await client.call('purge_everything', { zone: ZONE });
		expect(structured).toMatchObject({ status: 'confirmation_required' });
		const args = { zone: ZONE, confirm: structured?.confirm };
		const answers = await Promise.all(Array.from({ length: 50 }, () => client.call('purge_everything', args)));
		expect(answers.filter(({ structured: result }) => result?.status === 'done')).toHaveLength(1);
		const refused = answers.filter(({ isError }) => isError);
		expect(refused).toHaveLength(49);
		for (const { text } of refused) expect(text).toMatch(/already used/);
		expect(sandbox.changes()).toHaveLength(1);
	});

	test('finish a purge whose replica was killed, and lose no item of it', async () => {
		const fleet = await openFleet();
		// Its answer dies with the replica.
		begin(fleet).catch(() => undefined);
		await fleet.accepted(60);
		await fleet.replicaOf(isPurge).process.end();
		const endLease = await holdLease(fleet.redis);
		const client = await connectClient(fleet.url);
		const [left] = await readUnfinished(client);
		expect(left).toMatchObject({ tool: 'purge_cache' });
		const resume = () => callWithProgress(client, 'purge_resume', { resume: left?.resume });
		expect((await resume()).text).toMatch(/working on/);
		await endLease();
		const answer = await resume();
		expect(answer.structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(fleet.sandbox.requests))).toEqual(new Set(TAGS));
		expect(await readUnfinished(client)).toEqual([]);
	});

	test('finish at once a purge whose replica was asked to stop, and send nothing of it twice', async () => {
		const [sandbox, { url: redis }] = await Promise.all([openSandbox(), startRedis()]);
		const api = await holdRequests(sandbox);
		const flags = ['--auth', 'none', '--log-level', 'info'];
		const fleet = { sandbox, ...(await startFleet({ upstream: api.url, redis, flags })) };
		const purge = begin(fleet);
		const underWay = [];
		while (underWay.length < AT_ONCE) underWay.push(await api.next());
		const stopped = fleet.replicaOf(isPurge).process;
		stopped.kill('SIGTERM');
		await stopped.saw('stderr', 'closing: asked to stop');
		api.open();
		for (const request of underWay) request.release();
		const { structured } = await purge;
		expect(structured).toMatchObject({ status: 'partial', remaining: { tags: TAGS.length - AT_ONCE * 100 } });
		const client = await connectClient(fleet.url);
		const rest = await callWithProgress(client, 'purge_resume', { resume: structured?.resume });
		expect(rest.structured).toMatchObject({ status: 'done' });
		expect(await stopped.ended).toEqual({ code: 0, signal: null });
		expect(appliedOf(sandbox.requests).toSorted()).toEqual(TAGS.toSorted());
	});

	test('finish a purge while Redis is away, read, refuse what needs memory, and accept it when Redis is back', async () => {
		const { sandbox, redis, accepted, ...fleet } = await openFleet();
		const client = new RawHttpClient(fleet.url);
		await client.initialize();
		const everything = { zone: ZONE };
		const { structured } = await client.call('purge_everything', everything);
		const purge = begin(fleet);
		await accepted(55);
		await redis.kill();
		expect((await client.call('cache_reserve_get', { zone: ZONE })).structured?.status).toBe('done');
		expect((await client.call('purge_cache', { zone: ZONE, tags: tagsOf(1) })).structured?.status).toBe('done');
		for (const [tool, args] of [
			['purge_everything', { ...everything, confirm: structured?.confirm }],
			['purge_cache', { zone: ZONE, tags: tagsOf(201) }],
		] as const)
			expect(await client.call(tool, args)).toMatchObject({ isError: true, text: expect.stringMatching(/Redis/) });
		expect((await purge).structured).toMatchObject({ status: 'done' });
		expect(new Set(appliedOf(sandbox.requests))).toEqual(new Set(TAGS));
		await redis.start();
		const again = async () => {
			const confirm = (await client.call('purge_everything', everything)).structured?.confirm;
			return (await client.call('purge_everything', { ...everything, confirm })).structured;
		};
		await expect.poll(again).toMatchObject({ status: 'done' });
		const reader = await connectClient(fleet.url);
		await expect.poll(() => readUnfinished(reader)).toEqual([]);
	});

	test('finish a purge during which Redis is frozen, and take it off the list afterwards', async () => {
		const { sandbox, redis, accepted, ...fleet } = await openFleet();
		const purge = begin(fleet);
		await accepted(55);
		redis.freeze();
		await accepted(REQUESTS);
		expect((await purge).structured).toMatchObject({ status: 'done' });
		redis.thaw();
		expect(new Set(appliedOf(sandbox.requests))).toEqual(new Set(TAGS));
		const reader = await connectClient(fleet.url);
		await expect.poll(() => readUnfinished(reader)).toEqual([]);
	});
});
