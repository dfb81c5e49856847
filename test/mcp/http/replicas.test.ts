/** Replicas behind a balancer that keeps no client on one of them: forms, cancels and sessions work through any of them. */
import { describe, expect, test } from 'vitest';
import { startUpstream, withZone } from '../../support/api.js';
import { connectClient, RawHttpClient } from '../../support/http-client.js';
import { describeWithRedis } from '../../support/redis.js';
import { SECRET, startFleet, startReplica } from '../../support/replicas.js';
import { openSandbox } from '../../support/sandbox.js';
import { types, ZONE, ZONE_ID } from '../../support/session.js';

const READ = { name: 'cache_reserve_get', arguments: { zone: ZONE } };

describeWithRedis('three replicas', (startRedis) => {
	/** Three replicas on a sandbox. */
	async function openFleet() {
		const [sandbox, { url: redis }] = await Promise.all([openSandbox(), startRedis()]);
		return { sandbox, ...(await startFleet({ upstream: sandbox.url, redis })) };
	}

	test('carry out 60 of 60 forms, each of whose answers has come to another replica than the one that asked', async () => {
		const { sandbox, url, handed } = await openFleet();
		const client = await connectClient(url, { user: types(ZONE) });
		for (let at = 0; at < 60; at++) {
			const result = await client.callTool({ name: 'purge_everything', arguments: { zone: ZONE } });
			expect(result.structuredContent).toMatchObject({ status: 'done' });
		}
		expect(sandbox.changes()).toHaveLength(60);
		const calls = handed.filter(({ message }) => message.method === 'tools/call');
		const answers = handed.filter(({ message }) => message.method === undefined);
		expect([calls.length, answers.length]).toEqual([60, 60]);
		expect(answers.filter(({ server }, at) => server === calls[at]?.server)).toEqual([]);
	});

	test('serve a session to its end when the one that has opened it is killed', async () => {
		const { url, replicas, handed } = await openFleet();
		const client = await connectClient(url);
		await replicas.find((replica) => replica.url === handed[0]?.server)?.process.end();
		for (let at = 0; at < 20; at++)
			expect((await client.callTool(READ)).structuredContent).toMatchObject({ status: 'done' });
	});

	test('end at the API a call whose cancel has come to another of them', async () => {
		const [upstream, { url: redis }] = await Promise.all([startUpstream(withZone(() => 'hang')), startRedis()]);
		// The time limit of a request would end it too, but not before the test.
		const flags = ['--auth', 'none', '--timeout', '600'];
		const { url, handed } = await startFleet({ upstream: upstream.url, redis, flags });
		const client = await connectClient(url);
		const abort = new AbortController();
		const call = client.callTool({ name: READ.name, arguments: { zone: ZONE_ID } }, undefined, {
			signal: abort.signal,
		});
		const failure = call.then(
			() => undefined,
			(error: unknown) => error,
		);
		const { closed } = await upstream.arrival(`/zones/${ZONE_ID}/cache/cache_reserve`);
		abort.abort();
		expect(await failure).toBeInstanceOf(Error);
		await closed;
		const serverOf = (method: string) => handed.find(({ message }) => message.method === method)?.server;
		expect(serverOf('notifications/cancelled')).toEqual(expect.any(String));
		expect(serverOf('notifications/cancelled')).not.toBe(serverOf('tools/call'));
	});
});

describe('a session', () => {
	test('goes on after a restart with the same secret, and is unknown to a server with another', async () => {
		const { url: upstream } = await openSandbox();
		const first = await startReplica({ upstream });
		const client = new RawHttpClient(first.url);
		await client.initialize();
		await first.process.end();
		const inAnother = async (secret: string) => {
			const { url } = await startReplica({ upstream, env: { CF_CACHE_CONFIRM_SECRET: secret } });
			const another = new RawHttpClient(url);
			another.session = client.session;
			return another.request('tools/list');
		};
		expect(await inAnother(SECRET)).toMatchObject({
			status: 200,
			messages: [{ result: { tools: expect.any(Array) } }],
		});
		const other = 'another-secret-0123456789-0123456789';
		expect((await inAnother(other)).status).toBe(404);
		// While the operator replaces a secret, servers have both.
		expect((await inAnother(`${other},${SECRET}`)).status).toBe(200);
	});
});
