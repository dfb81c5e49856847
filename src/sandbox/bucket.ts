/** Counts tokens in whole numbers, so that a stated wait is never too short by a rounding error. */

/** How many tokens come back in how many milliseconds, and how many a bucket holds. */
export interface Rate {
	tokens: number;
	perMs: number;
	burst: number;
}

/** A token bucket. */
export interface Bucket {
	rate: Rate;
	/** In parts of a token: `perMs` parts are one token. */
	level: number;
	/** When `level` was true, in milliseconds. */
	at: number;
}

/** Returns a full bucket. */
export function fillBucket(rate: Rate, now: number): Bucket {
	return { rate, level: rate.burst * rate.perMs, at: now };
}

/** Returns the milliseconds until the bucket holds `count` tokens; 0 when it holds them now. */
export function msUntilTokens(bucket: Bucket, count: number, now: number): number {
	const { tokens, perMs, burst } = bucket.rate;
	bucket.level = Math.min(burst * perMs, bucket.level + Math.max(0, now - bucket.at) * tokens);
	bucket.at = now;
	return Math.ceil(Math.max(0, count * perMs - bucket.level) / tokens);
}

/** Takes tokens that the bucket is known to hold. */
export function takeTokens(bucket: Bucket, count: number): void {
	bucket.level -= count * bucket.rate.perMs;
}
