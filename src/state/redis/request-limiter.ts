/** Keeps the limit of all requests with a credential for all replicas together, by a list of departures on Redis. */

import type { LimitHeaders } from '../../cloudflare/request-budget.js';
import type { LocalRequestLimiter, RequestLimiter } from '../../cloudflare/request-limiter.js';
import { credentialKey } from './keys.js';
import { type Redis, RedisError, readIntegers } from './redis.js';
import { Script } from './script.js';

/** A departure further ahead than this shows that the server's clock was set back: its list says nothing then. */
const FURTHEST_AHEAD_MS = 1_000;

/**
 * Counts a departure where fewer than `limit` lie in the window. Arguments: limit, window in milliseconds. Answers with 0,
 * or with the milliseconds until there is room; nothing is counted then. Only the server's clock counts.
 */
const TAKE = new Script(`
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('LINDEX', KEYS[1], -1) or 0)
if last > now + ${FURTHEST_AHEAD_MS} then redis.call('DEL', KEYS[1]) end
local first = redis.call('LINDEX', KEYS[1], 0)
while first and tonumber(first) <= now - window do
	redis.call('LPOP', KEYS[1])
	first = redis.call('LINDEX', KEYS[1], 0)
end
local length = redis.call('LLEN', KEYS[1])
if length >= limit then
	return tonumber(redis.call('LINDEX', KEYS[1], length - limit)) + window - now
end
redis.call('RPUSH', KEYS[1], now)
redis.call('PEXPIRE', KEYS[1], window)
return 0`);

/** What the limiter is made of. */
interface RedisRequestLimiterOptions {
	readonly redis: Redis;
	/** Learns from answers, and keeps the limit of this process alone while Redis does not answer. */
	readonly local: LocalRequestLimiter;
	/** Tells credentials apart; undefined while it is not known. */
	credentialId(): Promise<string | undefined>;
}

/** The limit of one credential on Redis. */
export class RedisRequestLimiter implements RequestLimiter {
	private readonly options: RedisRequestLimiterOptions;
	private key: string | undefined;

	constructor(options: RedisRequestLimiterOptions) {
		this.options = options;
	}

	async take(isRead: boolean): Promise<number> {
		const { redis, local } = this.options;
		const terms = local.termsOf(isRead);
		if (terms.waitMs > 0) return terms.waitMs;
		const key = redis.isUp && terms.isLimited ? await this.keyOf() : undefined;
		if (key === undefined) return local.take(isRead);
		try {
			const [waitMs = 0] = readIntegers([await TAKE.run(redis, [key], [terms.limit, terms.windowMs])], 1);
			// Counted here too, so that this replica knows its own part when Redis stops answering.
			if (waitMs <= 0) local.note();
			return Math.max(0, waitMs);
		} catch (error) {
			if (error instanceof RedisError) return local.take(isRead);
			throw error;
		}
	}

	release(): void {
		const { redis, local } = this.options;
		local.release();
		if (this.key) redis.send(['RPOP', this.key]).catch(() => undefined);
	}

	learn(headers: LimitHeaders): void {
		this.options.local.learn(headers);
	}

	get left(): number | undefined {
		return this.options.local.left;
	}

	private async keyOf(): Promise<string | undefined> {
		if (this.key) return this.key;
		// A credential that cannot be read fails the request itself, which says why.
		const id = await this.options.credentialId().catch(() => undefined);
		this.key = id && credentialKey(id);
		return this.key;
	}
}
