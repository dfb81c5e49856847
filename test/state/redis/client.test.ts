/** Tests the connection to Redis: what it sends once, when it is up, and which servers it refuses to start with. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openRedis, RedisConnection } from '../../../src/state/redis/client.js';
import { Script } from '../../../src/state/redis/script.js';
import { describeWithRedis } from '../../support/redis.js';
import { openWatched, relayTo, until } from './connections.js';

const COUNT = new Script("return redis.call('INCR', KEYS[1])");
const noAnswer = { name: 'RedisError', code: undefined };

describeWithRedis('A connection to Redis', (startRedis) => {
	test('sends a command and returns the answer', async () => {
		const { redis } = await openWatched(await startRedis());
		expect(await redis.send(['SET', 'cfc:1:x', 'ü', 'PX', '60000'])).toBe('OK');
		expect(await redis.send(['GET', 'cfc:1:x'])).toBe('ü');
		expect(await redis.send(['GET', 'cfc:1:none'])).toBeNull();
	});

	test('sends the source of a script only where the server lacks it', async () => {
		const server = await startRedis();
		const { redis } = await openWatched(server);
		expect(await COUNT.run(redis, ['cfc:1:n'], [])).toBe(1);
		expect(await COUNT.run(redis, ['cfc:1:n'], [])).toBe(2);
		expect(await server.command('INFO', 'commandstats')).toMatch(/cmdstat_eval:calls=1,/);
		await server.command('SCRIPT', 'FLUSH');
		expect(await COUNT.run(redis, ['cfc:1:n'], [])).toBe(3);
	});

	test('throws the code of an error that the server answers with, and none of its words', async () => {
		const { redis } = await openWatched(await startRedis());
		const wrong = redis.send(['INCR', 'a', 'secret']);
		await expect(wrong).rejects.toMatchObject({ name: 'RedisError', code: 'ERR', message: 'Redis answered with ERR.' });
	});

	test('fails a command after half a second while the server is frozen, then sends none, and comes back', async () => {
		const server = await startRedis();
		const { redis, lines } = await openWatched(server);
		server.freeze();
		const startedMs = performance.now();
		await expect(redis.send(['INCR', 'cfc:1:n'])).rejects.toMatchObject(noAnswer);
		expect(performance.now() - startedMs).toBeGreaterThan(490);
		expect(redis.isUp).toBe(false);
		await expect(redis.send(['INCR', 'cfc:1:n'])).rejects.toMatchObject(noAnswer);
		server.thaw();
		await until(() => redis.isUp);
		// The first command was applied although it was not answered, and the second never left.
		expect(await redis.send(['GET', 'cfc:1:n'])).toBe('1');
		expect(lines.map(({ message }) => message)).toEqual([
			'Redis does not answer. Until it does, codes and long changes are refused, and each replica keeps rate limits alone.',
			'Redis answers again.',
		]);
	});

	test('takes no server for silent because this process was too busy to listen', async () => {
		const { redis, lines } = await openWatched(await startRedis());
		const answers = Promise.all(Array.from({ length: 10 }, () => redis.send(['GET', 'cfc:1:none'])));
		for (let turn = 0; turn < 3; turn++) {
			const busyUntil = performance.now() + 600;
			while (performance.now() < busyUntil);
			await nextTurn();
		}
		expect(new Set(await answers)).toEqual(new Set([null]));
		expect(redis.isUp).toBe(true);
		expect(lines).toEqual([]);
	});

	test('fails commands under way when the server is killed, sends none again, and comes back', async () => {
		const server = await startRedis();
		const { redis, lines } = await openWatched(server);
		server.freeze();
		const lost = Promise.allSettled(Array.from({ length: 12 }, () => redis.send(['INCR', 'cfc:1:n'])));
		await server.kill();
		for (const { status } of await lost) expect(status).toBe('rejected');
		expect(redis.isUp).toBe(false);
		await server.start();
		await until(() => redis.isUp);
		expect(await redis.send(['GET', 'cfc:1:n'])).toBeNull();
		expect(lines).toHaveLength(2);
	});

	test('comes back also after more commands than it keeps while the server was frozen', async () => {
		const server = await startRedis();
		const { redis } = await openWatched(server);
		server.freeze();
		const lost = await Promise.allSettled(Array.from({ length: 11_000 }, () => redis.send(['INCR', 'cfc:1:n'])));
		expect(lost.every(({ status }) => status === 'rejected')).toBe(true);
		server.thaw();
		await until(() => redis.isUp);
		expect(Number(await redis.send(['GET', 'cfc:1:n']))).toBeLessThanOrEqual(10_000);
	});

	test('reaches the new primary after a failover, once its address leads there', async () => {
		const [old, next] = [await startRedis(), await startRedis()];
		let { port } = old;
		const { redis } = await openWatched(await relayTo(() => port));
		port = next.port;
		await old.command('REPLICAOF', '127.0.0.1', String(next.port));
		await expect(redis.send(['SET', 'cfc:1:x', '1'])).rejects.toMatchObject({ code: 'READONLY' });
		await until(async () => (await redis.send(['SET', 'cfc:1:x', '2']).catch(() => undefined)) === 'OK');
		expect(await next.command('GET', 'cfc:1:x')).toBe('2');
	});

	test('opens while the server is away, with a warning, and comes up with it', async () => {
		const server = await startRedis();
		await server.kill();
		const { redis, lines } = await openWatched(server);
		expect(redis.isUp).toBe(false);
		expect(lines).toMatchObject([{ level: 'warn', facts: { reason: 'ECONNREFUSED' } }]);
		await server.start();
		await until(() => redis.isUp);
		expect(lines).toHaveLength(2);
	});

	test('opens while the server is frozen', async () => {
		const server = await startRedis();
		server.freeze();
		const { redis, lines } = await openWatched(server);
		expect(redis.isUp).toBe(false);
		expect(lines).toMatchObject([{ level: 'warn', facts: { reason: 'timeout' } }]);
		server.thaw();
		await until(() => redis.isUp);
	});

	test.each([
		['a wrong password', 'redis://:guess@', 'WRONGPASS'],
		['no password', 'redis://', 'NOAUTH'],
	])('refuses to open with %s, and shows none', async (_, start, code) => {
		const { port } = await startRedis({ flags: ['--requirepass', 'right'] });
		const lines: string[] = [];
		const log = (_: unknown, message: string) => void lines.push(message);
		const opening = openRedis({ url: `${start}127.0.0.1:${port}`, log, purpose: 'test' });
		const error: Error = await opening.then(
			() => expect.unreachable(),
			(reason: Error) => reason,
		);
		expect(error).toMatchObject({ name: 'ConfigError' });
		expect(error.message).toContain(`The Redis server at 127.0.0.1:${port} refuses this server (${code}).`);
		expect(error.message).not.toContain('guess');
		expect(lines).toEqual([]);
	});

	test('refuses to open with a database that the server does not have', async () => {
		const { url } = await startRedis();
		await expect(openRedis({ url: `${url}/99`, log: () => undefined, purpose: 'test' })).rejects.toThrow('(ERR)');
	});

	test('warns once of a server that forgets', async () => {
		const server = await startRedis({ flags: ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'] });
		const { redis, lines } = await openWatched(server);
		await until(() => lines.length === 2);
		expect(lines.map(({ facts }) => facts)).toEqual([{ maxmemory_policy: 'allkeys-lru' }, { aof_enabled: '0' }]);
		server.freeze();
		await redis.send(['PING']).catch(() => undefined);
		server.thaw();
		await until(() => redis.isUp);
		await redis.send(['PING']);
		expect(lines).toHaveLength(4);
	});

	test('logs an error that the server answers with once, however many commands meet it', async () => {
		const server = await startRedis();
		await server.command('ACL', 'SETUSER', 'cfc', 'on', '>pw', '~cfc:*', '+@all');
		const { redis, lines } = await openWatched({ url: server.url.replace('//', '//cfc:pw@') });
		for (let times = 0; times < 3; times++)
			await expect(redis.send(['SET', 'other', '1'])).rejects.toMatchObject({ code: 'NOPERM' });
		expect(lines).toMatchObject([{ level: 'warn', message: 'Redis refused a command.', facts: { code: 'NOPERM' } }]);
	});

	test('ends for good when it is closed, also while it opens', async () => {
		const server = await startRedis();
		const { redis } = await openWatched(server);
		redis.close();
		await expect(redis.send(['PING'])).rejects.toMatchObject(noAnswer);
		const opening = openWatched(server);
		server.freeze();
		server.thaw();
		(await opening).redis.close();
		await until(async () => !String(await server.command('CLIENT', 'LIST')).includes('cloudflare-cache-mcp'));
	});
});

test('A connection to a server that speaks another protocol opens without it, and stays down', async () => {
	const server = createServer((socket) => {
		socket.on('error', () => undefined);
		socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => void server.close());
	const address = server.address() as AddressInfo;
	const { redis }: { redis: RedisConnection } = await openWatched({ url: `redis://127.0.0.1:${address.port}` });
	expect(redis.isUp).toBe(false);
});

test('a connection that is closed before its first answer waits for none', async () => {
	let close = () => undefined as unknown;
	const silent = createServer((socket) =>
		socket.on('data', (data) => {
			const commands = data.toString();
			// What the client says of itself is answered, and what it asks is not.
			if (commands.includes('PING')) close();
			else socket.write('+OK\r\n'.repeat(commands.match(/^\*/gm)?.length ?? 0));
		}),
	).listen(0, '127.0.0.1');
	onTestFinished(() => void silent.close());
	await once(silent, 'listening');
	const url = `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`;
	const connection = new RedisConnection({ url, purpose: 'test', log: () => undefined });
	close = () => connection.close();
	expect(await connection.start()).toBeUndefined();
	expect(connection.isUp).toBe(false);
});
