/** Limiters on Redis, as the stores put them together. */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { LocalRateLimiter } from '../../../src/cloudflare/rate-limiter.js';
import { LocalRequestLimiter } from '../../../src/cloudflare/request-limiter.js';
import { RedisRateLimiter } from '../../../src/state/redis/rate-limiter.js';
import type { Redis } from '../../../src/state/redis/redis.js';
import { RedisRequestLimiter } from '../../../src/state/redis/request-limiter.js';

/** The limits of accounts. */
export function rateLimiterOn(redis: Redis, clock: Clock = systemClock): RedisRateLimiter {
	return new RedisRateLimiter({ redis, local: new LocalRateLimiter(clock), clock });
}

/** The limit of a credential, of a replica of its own. */
export function requestLimiterOn(redis: Redis, id = 'abcdef012345', clock: Clock = systemClock): RedisRequestLimiter {
	return new RedisRequestLimiter({
		redis,
		clock,
		local: new LocalRequestLimiter(clock),
		replica: randomUUID(),
		credentialId: async () => id,
	});
}
