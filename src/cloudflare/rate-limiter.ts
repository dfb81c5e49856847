/** Delays requests by Cloudflare's documented limits, so that normal work never meets a 429. */
import type { Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { rateOf } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/** What a request takes, and from whose bucket: an account has one for each zone plan, shared by its zones of that plan. */
export interface Reservation {
	/** The account's id, or the zone's where the account is unknown. */
	readonly account: string;
	/** free, pro, business or enterprise; any other plan gets the limits of free. */
	readonly zonePlan: string;
	readonly group: 'urls' | 'requests';
	readonly tokens: number;
}

/** The limits of accounts. Requests that share an account wait for each other. */
export interface RateLimiter {
	/**
	 * Takes the tokens of a request and waits until they are there. Returns false, and takes nothing, where that would be
	 * after `deadline` (milliseconds since 1970). An abort ends the wait and puts the tokens back; the result is true.
	 */
	acquire(reservation: Reservation, signal?: Signal, deadline?: number): Promise<boolean>;
	/** Puts back what {@link acquire} took for a request that does not leave yet. */
	release(reservation: Reservation): void;
	/** Lets nothing of this bucket leave for a while, and then one request of this size: Cloudflare has refused one. */
	pause(reservation: Reservation, milliseconds: number): void;
}

/** The limits of the requests of this process. */
export class LocalRateLimiter implements RateLimiter {
	private readonly buckets = new Map<string, TokenBucket>();
	private readonly clock: Clock;

	constructor(clock: Clock) {
		this.clock = clock;
	}

	async acquire(reservation: Reservation, signal?: Signal, deadline = Number.POSITIVE_INFINITY): Promise<boolean> {
		const { clock } = this;
		const { tokens } = reservation;
		const bucket = this.bucketOf(reservation);
		let pausedMs = bucket.pausedMs;
		for (let waitMs = bucket.take(tokens, clock.now()); waitMs > 0 && !signal?.aborted; ) {
			if (clock.now() + waitMs > deadline) {
				bucket.release(tokens);
				return false;
			}
			await clock.sleep(waitMs, signal);
			// A pause that began meanwhile delays every request that waits.
			waitMs = bucket.pausedMs - pausedMs;
			pausedMs += waitMs;
		}
		if (signal?.aborted) bucket.release(tokens);
		return true;
	}

	release(reservation: Reservation): void {
		this.bucketOf(reservation).release(reservation.tokens);
	}

	pause(reservation: Reservation, milliseconds: number): void {
		const now = this.clock.now();
		this.bucketOf(reservation).pause(reservation.tokens, now + milliseconds, now);
	}

	private bucketOf({ account, zonePlan, group }: Reservation): TokenBucket {
		const key = `${account} ${zonePlan} ${group}`;
		const bucket = this.buckets.get(key) ?? new TokenBucket(rateOf(group, zonePlan), this.clock.now());
		this.buckets.set(key, bucket);
		return bucket;
	}
}
