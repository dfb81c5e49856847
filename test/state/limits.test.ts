/** Limits in this process and on Redis keep one contract. */
import { describe } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { LocalRateLimiter } from '../../src/cloudflare/rate-limiter.js';
import { LocalRequestLimiter } from '../../src/cloudflare/request-limiter.js';
import { describeWithRedis } from '../support/redis.js';
import { testRateLimiter } from './contracts/rate-limiter.js';
import { testRequestLimiter } from './contracts/request-limiter.js';
import { openWatched } from './redis/connections.js';
import { rateLimiterOn, requestLimiterOn } from './redis/limiters.js';

describe('Of the limits of accounts in this process,', () => {
	testRateLimiter(async (clock) => new LocalRateLimiter(clock));
});

describe('Of the limit of a credential in this process,', () => {
	testRequestLimiter(async () => new LocalRequestLimiter(systemClock));
});

describeWithRedis('Of the limits of accounts on Redis,', (start) => {
	testRateLimiter(async (clock) => rateLimiterOn((await openWatched(await start())).redis, clock));
});

describeWithRedis('Of the limit of a credential on Redis,', (start) => {
	testRequestLimiter(async () => requestLimiterOn((await openWatched(await start())).redis));
});
