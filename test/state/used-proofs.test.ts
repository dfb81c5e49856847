/** Used proofs in this process and on Redis keep one contract. */
import { describe } from 'vitest';
import { UsedProofsInMemory } from '../../src/state/memory/used-proofs.js';
import { RedisUsedProofs } from '../../src/state/redis/used-proofs.js';
import { describeWithRedis } from '../support/redis.js';
import { testUsedProofs } from './contracts/used-proofs.js';
import { openWatched } from './redis/connections.js';

describe('Of used proofs in this process,', () => {
	testUsedProofs(async () => {
		const stores = new Map<string, UsedProofsInMemory>();
		return (principal) => {
			const store = stores.get(principal) ?? new UsedProofsInMemory(Date.now);
			stores.set(principal, store);
			return store;
		};
	});
});

describeWithRedis('Of used proofs on Redis,', (start) => {
	testUsedProofs(async () => {
		const server = await start();
		const replicas = [(await openWatched(server)).redis, (await openWatched(server)).redis] as const;
		let at = 0;
		return (principal) => new RedisUsedProofs(replicas[at++ % 2 ? 0 : 1], principal, Date.now);
	});
});
