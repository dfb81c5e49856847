/** Tests the way between replicas: what arrives, what is dropped, and what becomes of it when Redis fails. */
import { expect, onTestFinished, test } from 'vitest';
import type { CarriedAnswer, CarriedCancel } from '../../../src/mcp/http/wire.js';
import { RedisWire } from '../../../src/state/redis/wire.js';
import { describeWithRedis } from '../../support/redis.js';
import type { RedisServer } from '../../support/redis-server.js';
import { openWatched, until } from './connections.js';

const ANSWER = { session: 's', question: 'r.q', result: { action: 'accept', content: { name: 'ü' } } };
const CANCEL = { session: 's', request: 7 };

/** A replica that has begun to listen. */
async function openReplica(server: RedisServer) {
	const { redis } = await openWatched(server);
	const lines: string[] = [];
	const log = (_: unknown, message: string) => void lines.push(message);
	const wire = new RedisWire({ redis, url: server.url, log });
	onTestFinished(() => wire.close());
	const answers: CarriedAnswer[] = [];
	const cancels: CarriedCancel[] = [];
	wire.listen({ onAnswer: (answer) => answers.push(answer), onCancel: (cancel) => cancels.push(cancel) });
	const isListening = async () => (await subscribers(server, wire.replica)) === 1;
	await until(isListening);
	return { wire, redis, answers, cancels, lines, isListening };
}

async function subscribers(server: RedisServer, replica: string): Promise<unknown> {
	return ((await server.command('PUBSUB', 'NUMSUB', `cfc:1:r:${replica}`)) as unknown[])[1];
}

describeWithRedis('Between replicas', (start) => {
	const openTwo = async () => {
		const server = await start();
		return { server, one: await openReplica(server), other: await openReplica(server) };
	};

	test('an answer reaches the replica that asked, and no other', async () => {
		const { one, other } = await openTwo();
		await one.wire.sendAnswer(other.wire.replica, ANSWER);
		await one.wire.sendAnswer(other.wire.replica, { ...ANSWER, result: undefined });
		await until(() => other.answers.length === 2);
		expect(other.answers).toEqual([ANSWER, { ...ANSWER, result: undefined }]);
		expect(one.answers).toEqual([]);
		expect(one.wire.replica).toMatch(/^[\w-]{12}$/);
		expect(one.wire.replica).not.toBe(other.wire.replica);
	});

	test('a cancel reaches all replicas', async () => {
		const { one, other } = await openTwo();
		await one.wire.sendCancel(CANCEL);
		await one.wire.sendCancel({ ...CANCEL, request: 'x' });
		for (const { cancels } of [one, other]) {
			await until(() => cancels.length === 2);
			expect(cancels).toEqual([CANCEL, { ...CANCEL, request: 'x' }]);
		}
	});

	test('what is no message is dropped, whoever published it', async () => {
		const { server, one } = await openTwo();
		const own = `cfc:1:r:${one.wire.replica}`;
		const wrong = [
			'',
			'{',
			'null',
			'7',
			'[]',
			'{"session":1,"question":"q"}',
			'{"session":"s"}',
			JSON.stringify({ ...ANSWER, session: 's'.repeat(300) }),
			JSON.stringify({ ...ANSWER, result: 'x'.repeat(70_000) }),
			'{"session":"s","request":{}}',
			'{"session":"s","request":null}',
		];
		for (const text of wrong)
			for (const channel of [own, 'cfc:1:cancel']) await server.command('PUBLISH', channel, text);
		await one.wire.sendAnswer(one.wire.replica, ANSWER);
		await until(() => one.answers.length > 0);
		expect(one.answers).toEqual([ANSWER]);
		expect(one.cancels).toEqual([]);
	});

	test('nothing is published to a replica whose name a client made up, nor what is too large', async () => {
		const { server, one } = await openTwo();
		const before = String(await server.command('INFO', 'commandstats'));
		for (const name of ['', 'x y', '*', `${'x'.repeat(33)}`, 'a:b']) await one.wire.sendAnswer(name, ANSWER);
		await one.wire.sendAnswer('abc', { ...ANSWER, result: 'x'.repeat(70_000) });
		expect(before).not.toContain('cmdstat_publish');
		expect(await server.command('INFO', 'commandstats')).not.toContain('cmdstat_publish');
	});

	test('sends never fail while Redis is away, and messages arrive again when it is back', async () => {
		const { server, one, other } = await openTwo();
		await server.kill();
		await one.wire.sendAnswer(other.wire.replica, ANSWER);
		await one.wire.sendCancel(CANCEL);
		await server.start();
		await until(() => one.redis.isUp);
		await until(other.isListening);
		await one.wire.sendAnswer(other.wire.replica, { ...ANSWER, question: 'r.later' });
		await until(() => other.answers.length > 0);
		expect(other.answers).toMatchObject([{ question: 'r.later' }]);
		expect(other.lines).toEqual([]);
	});

	test('listening begins when Redis comes up, where it was away at the start', async () => {
		const server = await start();
		await server.kill();
		const opening = openReplica(server);
		await server.start();
		const { wire, answers } = await opening;
		await wire.sendAnswer(wire.replica, ANSWER);
		await until(() => answers.length > 0);
	});

	test('a closed wire hears nothing more', async () => {
		const { server, one } = await openTwo();
		await one.wire.close();
		await until(async () => (await subscribers(server, one.wire.replica)) === 0);
	});
});

describeWithRedis('Without the right to use channels', (start) => {
	test('the operator is told, since answers through other replicas are lost', async () => {
		const server = await start();
		await server.command('ACL', 'SETUSER', 'cfc', 'on', '>pw', '~cfc:*', '+@all', 'resetchannels');
		const lines: unknown[] = [];
		const url = server.url.replace('//', '//cfc:pw@');
		const { redis } = await openWatched({ url });
		const wire = new RedisWire({ redis, url, log: (_, message, facts) => void lines.push([message, facts?.code]) });
		onTestFinished(() => wire.close());
		wire.listen({ onAnswer: () => undefined, onCancel: () => undefined });
		await until(() => lines.length > 0);
		expect(lines).toEqual([['Redis refused a command.', 'NOPERM']]);
	});
});
