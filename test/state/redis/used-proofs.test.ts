/** Tests used proofs on Redis where it fails: what cannot be known is refused. */
import { expect, test } from 'vitest';
import { Refused } from '../../../src/errors.js';
import type { Redis } from '../../../src/state/redis/redis.js';
import { RedisUsedProofs } from '../../../src/state/redis/used-proofs.js';
import { describeWithRedis } from '../../support/redis.js';
import { inTenMinutes } from '../contracts/used-proofs.js';
import { openWatched, until } from './connections.js';

describeWithRedis('A proof of consent', (start) => {
	const open = async () => {
		const server = await start();
		const { redis } = await openWatched(server);
		return { server, redis, used: new RedisUsedProofs(redis, 'p', Date.now) };
	};

	test('is remembered for five minutes longer than it is valid, since clocks differ', async () => {
		const { server, used } = await open();
		await used.use('proof', inTenMinutes());
		const ttl = Number(await server.command('PTTL', 'cfc:1:{p:p}:code:proof'));
		expect(ttl).toBeGreaterThan(890_000);
		expect(ttl).toBeLessThanOrEqual(900_000);
	});

	test('that this replica takes for expired is remembered all the same', async () => {
		const { server, used } = await open();
		expect(await used.use('proof', 1)).toBe(true);
		expect(Number(await server.command('PTTL', 'cfc:1:{p:p}:code:proof'))).toBeGreaterThan(290_000);
	});

	test('is refused while Redis is frozen, with advice, and works afterwards', async () => {
		const { server, redis, used } = await open();
		server.freeze();
		const refusal = await used.use('late', inTenMinutes()).then(
			() => expect.unreachable(),
			(error: unknown) => error,
		);
		expect(refusal).toBeInstanceOf(Refused);
		expect(refusal).toMatchObject({
			message: 'Redis did not confirm that this consent was given for the first time.',
			changed: 'no',
			advice: { again: 'later' },
		});
		await expect(used.use('early', inTenMinutes())).rejects.toThrow(Refused);
		server.thaw();
		await until(() => redis.isUp);
		// The first was applied although its answer was lost, so it counts as used; the second never left.
		expect(await used.use('late', inTenMinutes())).toBe(false);
		expect(await used.use('early', inTenMinutes())).toBe(true);
	});

	test('that was used is used after Redis was killed and has come back', async () => {
		const { server, redis, used } = await open();
		await used.use('proof', inTenMinutes());
		await server.kill();
		await expect(used.use('other', inTenMinutes())).rejects.toThrow(Refused);
		await server.start();
		await until(() => redis.isUp);
		expect(await used.use('proof', inTenMinutes())).toBe(false);
	});

	test('is refused while Redis has no memory left', async () => {
		const { server, used } = await open();
		await server.fill();
		await expect(used.use('proof', inTenMinutes())).rejects.toThrow(Refused);
		await server.unfill();
		expect(await used.use('proof', inTenMinutes())).toBe(true);
	});

	test('counts as used when its first answer was lost', async () => {
		const { redis } = await open();
		const lossy: Redis = {
			isUp: true,
			send: async (command) => {
				await redis.send(command);
				return redis.send(command);
			},
		};
		expect(await new RedisUsedProofs(lossy, 'p', Date.now).use('proof', inTenMinutes())).toBe(false);
	});
});
