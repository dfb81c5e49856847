/** A token bucket in whole numbers, so that a stated wait is never short by a rounding error. */

/** How many tokens come back in how many milliseconds, and how many the bucket holds. */
export interface Rate {
	tokens: number;
	per: number;
	burst: number;
}

/** A bucket; its level counts parts of a token, `per` of them to one. */
export interface Bucket {
	rate: Rate;
	level: number;
	at: number;
}

/** Makes a full bucket. */
export function fillBucket(rate: Rate, now: number): Bucket {
	return { rate, level: rate.burst * rate.per, at: now };
}

/** Gives the milliseconds until so many tokens are there: 0 when they are there now. */
export function awaitTokens(bucket: Bucket, count: number, now: number): number {
	const { tokens, per, burst } = bucket.rate;
	bucket.level = Math.min(burst * per, bucket.level + Math.max(0, now - bucket.at) * tokens);
	bucket.at = now;
	return Math.ceil(Math.max(0, count * per - bucket.level) / tokens);
}

/** Takes tokens that are known to be there. */
export function takeTokens(bucket: Bucket, count: number): void {
	bucket.level -= count * bucket.rate.per;
}
