/** Starts the built server with a Redis that is there, away, or refuses it. */
import { expect, test } from 'vitest';
import { temporaryFile } from '../../support/files.js';
import { freePort } from '../../support/free-port.js';
import { holdTimersFrom } from '../../support/held-timers.js';
import { start } from '../../support/process.js';
import { describeWithRedis } from '../../support/redis.js';
import { CERTIFICATE, KEY } from '../../support/tls.js';
import { READ, startServing } from './serving.js';

const secret = '0123456789abcdef0123456789abcdef';
const FLAGS = ['--sandbox', '--confirm', 'code'];
const purge = (confirm?: unknown) => ({
	jsonrpc: '2.0',
	id: 1,
	method: 'tools/call',
	params: { name: 'purge_everything', arguments: { zone: 'example.com', ...(confirm ? { confirm } : {}) } },
});

interface Answer {
	result: { structuredContent?: { status: string; confirm?: string }; content: { text: string }[] };
}

describeWithRedis('A server with --redis', (startRedis) => {
	const envFor = (url: string) => ({ CF_CACHE_REDIS: url, CF_CACHE_CONFIRM_SECRET: secret });

	test('does not start with a wrong password, and shows none', async () => {
		const { port } = await startRedis({ flags: ['--requirepass', 'right-one'] });
		const server = start(['--http', '0', ...FLAGS], { env: envFor(`redis://:wrong-one@127.0.0.1:${port}`) });
		expect(await server.ended).toMatchObject({ code: 2 });
		expect(server.stderr()).toContain(`The Redis server at 127.0.0.1:${port} refuses this server (WRONGPASS).`);
		expect(server.stderr()).not.toMatch(/-one|does not answer/);
	});

	test('lets a code of one replica work once on all of them', async () => {
		const { url } = await startRedis();
		const one = await startServing(FLAGS, envFor(url));
		const other = await startServing(FLAGS, envFor(url));
		const ask = async (serving: typeof one, confirm?: unknown) =>
			((await (await serving.post(purge(confirm))).json()) as Answer).result;
		const code = (await ask(one)).structuredContent?.confirm;
		expect(code).toBeTypeOf('string');
		expect((await ask(other, code)).structuredContent?.status).toBe('done');
		expect((await ask(one, code)).content[0]?.text).toContain('The code was already used');
	});

	test('starts while Redis is away, reads, refuses what needs it, and is whole when it comes', async () => {
		const redis = await startRedis();
		await redis.kill();
		const serving = await startServing(FLAGS, envFor(redis.url));
		await serving.line('Redis does not answer.');
		const read = (await (await serving.post(READ)).json()) as Answer;
		expect(read.result.structuredContent).toBeDefined();
		const code = ((await (await serving.post(purge())).json()) as Answer).result.structuredContent?.confirm;
		const refused = (await (await serving.post(purge(code))).json()) as Answer;
		expect(refused.result.content[0]?.text).toContain('Redis did not confirm that this consent was given');
		await redis.start();
		await serving.line('Redis answers again.');
		const done = (await (await serving.post(purge(code))).json()) as Answer;
		expect(done.result.structuredContent?.status).toBe('done');
	});

	test('reaches Redis over TLS where it knows the certificate, and does not start where it does not', async () => {
		const [certificate, key, port] = [
			temporaryFile('cert.pem', CERTIFICATE),
			temporaryFile('key.pem', KEY),
			await freePort(),
		];
		const tls = { 'tls-port': `${port}`, 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-auth-clients': 'no' };
		await startRedis({ flags: Object.entries(tls).flatMap(([name, value]) => [`--${name}`, value]) });
		const env = envFor(`rediss://localhost:${port}`);
		const serving = await startServing(FLAGS, { ...env, NODE_EXTRA_CA_CERTS: certificate });
		expect((await serving.post(READ)).status).toBe(200);
		expect(serving.server.stderr()).not.toContain('Redis does not answer');
		const other = start(['--http', '0', ...FLAGS], { env });
		expect(await other.ended).toMatchObject({ code: 2 });
		expect(other.stderr()).toContain('refuses this server (DEPTH_ZERO_SELF_SIGNED_CERT)');
	});

	test('ends when it is stopped without waiting for a second or more, also while Redis is frozen', async () => {
		const redis = await startRedis();
		// Without --ops, it gives no load balancer time to notice. No timer of a second or more ever runs.
		const server = start(['--http', '0', ...FLAGS], { env: envFor(redis.url), nodeFlags: [holdTimersFrom(1_000)] });
		await server.saw('stderr', 'listening on');
		redis.freeze();
		server.kill('SIGTERM');
		expect(await server.ended).toMatchObject({ code: 0 });
	});
});
