/** Keeps the limit of all requests with a credential for all replicas together, by a list of departures on Redis. */

import type { Clock } from '../../base/clock.js';
import type { LimitHeaders } from '../../cloudflare/request-budget.js';
import type { LocalRequestLimiter, RequestLimiter } from '../../cloudflare/request-limiter.js';
import { credentialKey } from './keys.js';
import { type Redis, RedisError, readIntegers } from './redis.js';
import { Script } from './script.js';

/** A departure further ahead than this shows that the server's clock was set back: its list says nothing then. */
const FURTHEST_AHEAD_MS = 1_000;

/**
 * Counts a departure where fewer than `limit` lie in the window. Those that left while the server was away are counted
 * before, up to the limit of reads: a miscount locks no change out. Only the server's clock counts.
 *
 * Keys: departures (a list), the replicas that have asked in the window (a sorted set). Arguments: limit, window in
 * milliseconds, replica, late departures, limit of reads. Answers with 0 or the milliseconds until there is room, where
 * nothing is counted; the departures in the window; and the replicas.
 */
const TAKE = new Script(`
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('LINDEX', KEYS[1], -1) or 0)
if last > now + ${FURTHEST_AHEAD_MS} then redis.call('DEL', KEYS[1], KEYS[2]) end
local first = redis.call('LINDEX', KEYS[1], 0)
while first and tonumber(first) <= now - window do
	redis.call('LPOP', KEYS[1])
	first = redis.call('LINDEX', KEYS[1], 0)
end
redis.call('ZADD', KEYS[2], now, ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - window)
local length = redis.call('LLEN', KEYS[1])
for _ = 1, math.min(tonumber(ARGV[4]), tonumber(ARGV[5]) - length) do length = redis.call('RPUSH', KEYS[1], now) end
local wait = 0
if length < limit then
	length = redis.call('RPUSH', KEYS[1], now)
else
	wait = tonumber(redis.call('LINDEX', KEYS[1], length - limit)) + window - now
end
redis.call('PEXPIRE', KEYS[1], window)
redis.call('PEXPIRE', KEYS[2], window)
return {wait, length, redis.call('ZCARD', KEYS[2])}`);

/** What the limiter is made of. */
interface RedisRequestLimiterOptions {
	readonly redis: Redis;
	/** Learns from answers, and keeps this replica's part of the limit while Redis does not answer. */
	readonly local: LocalRequestLimiter;
	/** Tells replicas apart. */
	readonly replica: string;
	readonly clock: Pick<Clock, 'now'>;
	/** Tells credentials apart; undefined while it is not known. */
	credentialId(): Promise<string | undefined>;
}

/** What Redis answered last. */
interface Heard {
	/** Milliseconds since 1970. */
	readonly atMs: number;
	/** Departures of all replicas in the window. */
	readonly all: number;
	/** Those of this replica among them. */
	readonly own: number;
	readonly replicas: number;
}

/**
 * The limit of one credential on Redis. While it does not answer, each replica takes an equal part of what was left. One that
 * starts meanwhile cannot know how many replicas there are. It takes the limit for itself, until the answers of the API, which
 * count the requests of all, say that only the part of changes is left.
 */
export class RedisRequestLimiter implements RequestLimiter {
	private readonly options: RedisRequestLimiterOptions;
	private key: string | undefined;
	private heard: Heard = { atMs: 0, all: 0, own: 0, replicas: 1 };
	/** Departures that Redis has not been told of. */
	private late = 0;

	constructor(options: RedisRequestLimiterOptions) {
		this.options = options;
	}

	async take(isRead: boolean): Promise<number> {
		const { redis, local } = this.options;
		const { waitMs, isLimited } = local.termsOf(isRead);
		if (waitMs > 0) return waitMs;
		const key = redis.isUp && isLimited ? await this.keyOf() : undefined;
		return key === undefined ? this.takeAlone(isRead, 1) : this.takeShared(key, isRead);
	}

	release(): void {
		const { redis, local } = this.options;
		local.release();
		if (this.late > 0) this.late--;
		else if (this.key) redis.send(['RPOP', this.key]).catch(() => undefined);
	}

	learn(headers: LimitHeaders): void {
		this.options.local.learn(headers);
	}

	get left(): number | undefined {
		return this.options.local.left;
	}

	private async takeShared(key: string, isRead: boolean): Promise<number> {
		const { redis, local, replica, clock } = this.options;
		const { limit, windowMs } = local.termsOf(isRead);
		const late = Math.min(this.late, local.sent);
		this.late = 0;
		try {
			const args = [limit, windowMs, replica, late, local.termsOf(true).limit];
			const answer = readIntegers(await TAKE.run(redis, [key, `${key}:r`], args), 3);
			const [waitMs = 0, all = 0, replicas = 1] = answer;
			// Counted here too, so that this replica knows its own part when Redis stops answering.
			if (waitMs <= 0) local.note();
			this.heard = { atMs: clock.now(), all, own: local.sent, replicas: Math.max(1, replicas) };
			return Math.max(0, waitMs);
		} catch (error) {
			if (!(error instanceof RedisError)) throw error;
			// Without an answer the script has run, as a rule: what it counted is not counted again.
			if (error.code === undefined) return this.takeAlone(isRead, 0);
			this.late += late;
			return this.takeAlone(isRead, 1);
		}
	}

	/** Takes from the part of this replica. `late` is 1 of a departure that Redis is not told of. */
	private async takeAlone(isRead: boolean, late: 0 | 1): Promise<number> {
		const waitMs = await this.options.local.take(isRead, this.partOfOthers(isRead));
		if (waitMs === 0) this.late += late;
		return waitMs;
	}

	/** What the other replicas had taken when Redis answered last, and their part of what was left. */
	private partOfOthers(isRead: boolean): number {
		const { local, clock } = this.options;
		const { limit, windowMs } = local.termsOf(isRead);
		const { atMs, replicas, ...heard } = this.heard;
		const { all, own } = clock.now() - atMs < windowMs ? heard : { all: 0, own: 0 };
		const left = Math.max(0, limit - Math.max(all, own));
		return Math.max(0, all - own) + left - Math.floor(left / replicas);
	}

	private async keyOf(): Promise<string | undefined> {
		if (this.key) return this.key;
		// A credential that cannot be read fails the request itself, which says why.
		const id = await this.options.credentialId().catch(() => undefined);
		this.key = id && credentialKey(id);
		return this.key;
	}
}
