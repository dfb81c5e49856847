/** Unfinished calls on disk and on Redis keep one contract. */
import { describe } from 'vitest';
import { KEEP_HOURS } from '../../src/call/unfinished.js';
import { Journal } from '../../src/state/disk/journal.js';
import { RedisJournal } from '../../src/state/redis/journal.js';
import { LateReleases } from '../../src/state/redis/late-releases.js';
import { temporaryFolder } from '../support/files.js';
import { describeWithRedis } from '../support/redis.js';
import { testUnfinished } from './contracts/unfinished.js';
import { openWatched } from './redis/connections.js';

const about = { keepHours: KEEP_HOURS, log: () => undefined };

describe('on disk,', () => {
	testUnfinished(async () => {
		const folder = temporaryFolder();
		return (options) => new Journal({ folder, ...about, ...options });
	});
});

describeWithRedis('on Redis,', (start) => {
	testUnfinished(async () => {
		const { redis } = await openWatched(await start());
		return (options) => {
			const lateReleases = new LateReleases(options.clock, 0);
			return new RedisJournal({ redis, principal: 'test', lateReleases, ...about, ...options });
		};
	});
});
