/** Keeps the limits of accounts for all replicas together, by buckets on Redis. */
import type { Signal } from '../../base/cancel.js';
import type { Clock } from '../../base/clock.js';
import { isHexId } from '../../base/identifiers.js';
import { capacityOf, rateOf, toZonePlan } from '../../cloudflare/limits.js';
import type { RateLimiter, Reservation } from '../../cloudflare/rate-limiter.js';
import { GIVE_BACK, PAUSE, TAKE } from './bucket-scripts.js';
import { bucketKey } from './keys.js';
import { type Redis, RedisError, readIntegers } from './redis.js';

/** Stands for no limit of a wait, in a number that a script can read. */
const FOREVER_MS = 1e12;

/** What the limiter is made of. */
interface RedisRateLimiterOptions {
	readonly redis: Redis;
	/** Keeps the limits of this process alone, while Redis does not answer. */
	readonly local: RateLimiter;
	readonly clock: Clock;
}

/** The limits of accounts on Redis. While it does not answer, each replica keeps them alone: Cloudflare refuses what is too much. */
export class RedisRateLimiter implements RateLimiter {
	private readonly redis: Redis;
	private readonly local: RateLimiter;
	private readonly clock: Clock;

	constructor({ redis, local, clock }: RedisRateLimiterOptions) {
		this.redis = redis;
		this.local = local;
		this.clock = clock;
	}

	async acquire(reservation: Reservation, signal?: Signal, deadline = Number.POSITIVE_INFINITY): Promise<boolean> {
		const key = this.keyOf(reservation);
		if (signal?.aborted) return true;
		const taken = key && (await this.take(key, reservation, deadline));
		if (!taken) return this.local.acquire(reservation, signal, deadline);
		const { isTaken, waitMs, pausedMs } = taken;
		return isTaken && this.wait(key, reservation, { waitMs, pausedMs, deadline, signal });
	}

	/** Sent whole, as a pause is: a script that the server lacks would arrive behind the requests that are to notice it. */
	release(reservation: Reservation): void {
		const key = this.keyOf(reservation);
		if (!key) this.local.release(reservation);
		else GIVE_BACK.runWhole(this.redis, [key], [reservation.tokens]).catch(ignore);
	}

	/** The pause holds in this process too, so that it goes on when Redis stops answering. */
	pause(reservation: Reservation, milliseconds: number): void {
		this.local.pause(reservation, milliseconds);
		const key = this.keyOf(reservation);
		if (key) PAUSE.runWhole(this.redis, [key], toArguments(reservation, milliseconds)).catch(ignore);
	}

	/** Undefined where Redis gives no answer. */
	private async take(key: string, reservation: Reservation, deadline: number) {
		const longestMs = Math.min(Math.max(0, deadline - this.clock.now()), FOREVER_MS);
		try {
			const answer = await TAKE.run(this.redis, [key], toArguments(reservation, longestMs));
			const [taken, waitMs, pausedMs] = readIntegers(answer, 3);
			return { isTaken: taken === 1, waitMs: waitMs ?? 0, pausedMs: pausedMs ?? 0 };
		} catch (error) {
			if (error instanceof RedisError) return undefined;
			throw error;
		}
	}

	/** Waits for tokens that were taken in advance, and longer where a pause began meanwhile. False where that is too long. */
	private async wait(
		key: string,
		reservation: Reservation,
		about: { waitMs: number; pausedMs: number; deadline: number; signal: Signal | undefined },
	): Promise<boolean> {
		const { clock } = this;
		const { deadline, signal } = about;
		for (let { waitMs, pausedMs } = about; waitMs > 0 && !signal?.aborted; ) {
			if (clock.now() + waitMs > deadline) {
				this.release(reservation);
				return false;
			}
			await clock.sleep(waitMs, signal);
			const paused = await this.readPaused(key, pausedMs);
			waitMs = paused - pausedMs;
			pausedMs = paused;
		}
		if (signal?.aborted) this.release(reservation);
		return true;
	}

	/** The milliseconds of all pauses of a bucket so far; `known` where Redis does not tell, or has forgotten the bucket. */
	private async readPaused(key: string, known: number): Promise<number> {
		const answer = await this.redis.send(['HGET', key, 'paused']).catch(ignore);
		return Math.max(known, Number(answer ?? 0) || 0);
	}

	/** The key of a bucket; undefined while Redis is away, and for what is no id of Cloudflare: it becomes no key. */
	private keyOf({ account, zonePlan, group }: Reservation): string | undefined {
		if (!this.redis.isUp || !isHexId(account)) return undefined;
		return bucketKey(account, toZonePlan(zonePlan), group);
	}
}

function toArguments({ group, zonePlan, tokens }: Reservation, milliseconds: number): number[] {
	const rate = rateOf(group, zonePlan);
	return [rate.refillPerSecond, capacityOf(rate), tokens, Math.ceil(milliseconds)];
}

function ignore(): undefined {
	return undefined;
}
