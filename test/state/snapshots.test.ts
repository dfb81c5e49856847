/** Snapshots on disk and on Redis keep one contract. */
import { describe } from 'vitest';
import { SnapshotStore } from '../../src/state/disk/snapshots.js';
import { RedisSnapshots } from '../../src/state/redis/snapshots.js';
import { temporaryFolder } from '../support/files.js';
import { describeWithRedis } from '../support/redis.js';
import { testSnapshots } from './contracts/snapshots.js';
import { openWatched } from './redis/connections.js';
import { sendingTwice } from './redis/journals.js';

const log = () => undefined;

describe('on disk,', () => {
	testSnapshots(async () => {
		const folder = temporaryFolder();
		return (options) => new SnapshotStore({ folder, log, ...options });
	});
});

describeWithRedis('on Redis,', (start) => {
	testSnapshots(async () => {
		const { redis } = await openWatched(await start());
		return (options) => new RedisSnapshots({ redis, principal: 'one', log, ...options });
	});
});

describeWithRedis('on Redis with every command sent twice,', (start) => {
	testSnapshots(async () => {
		const { redis } = await openWatched(await start());
		return (options) => new RedisSnapshots({ redis: sendingTwice(redis), principal: 'one', log, ...options });
	});
});
