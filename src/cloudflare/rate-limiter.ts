/** Pacing: token buckets like Cloudflare's, kept here so that normal work never meets a 429. */
import type { Signal } from '../base/cancel.js';
import type { Clock } from '../base/clock.js';
import { type Rate, rateOf } from './limits.js';

/** What a request takes, and from whose bucket: limits are per account and plan, for all its zones together. */
export interface Reservation {
	readonly account: string;
	readonly zonePlan: string;
	readonly group: 'urls' | 'requests';
	readonly tokens: number;
}

/** All buckets of the process. */
export interface RateLimiter {
	/** Milliseconds until a request of this size may leave, when it is asked for now. */
	waitFor(turn: Reservation): number;
	/** Takes the tokens and waits until they are there; false, and nothing is taken, where that would be after `deadline`. */
	acquire(turn: Reservation, signal?: Signal, deadline?: number): Promise<boolean>;
	/** Lets nothing of this bucket leave for a while: Cloudflare said that it is empty. */
	pause(turn: Reservation, milliseconds: number): void;
}

/**
 * The part of a burst that is left alone: requests do not arrive as evenly as they leave, and a bucket that is drained to
 * the last token refuses the one that comes a moment early.
 */
const HEADROOM = 0.1;

/** Buckets on `clock`. */
export function createRateLimiter(clock: Clock): RateLimiter {
	const buckets = new Map<string, Bucket>();
	const find = ({ account, zonePlan, group }: Reservation): Bucket => {
		const key = `${account} ${zonePlan} ${group}`;
		const bucket = buckets.get(key) ?? createBucket(rateOf(group, zonePlan), clock.now());
		buckets.set(key, bucket);
		return bucket;
	};
	return {
		waitFor: (turn) => find(turn).waitFor(turn.tokens, clock.now()),
		async acquire(turn, signal, deadline = Number.POSITIVE_INFINITY) {
			const bucket = find(turn);
			let paused = bucket.paused();
			for (let wait = bucket.take(turn.tokens, clock.now()); wait > 0 && !signal?.aborted; ) {
				if (clock.now() + wait > deadline) {
					bucket.release(turn.tokens);
					return false;
				}
				await clock.sleep(wait, signal);
				// A pause that came meanwhile puts off everyone who waits.
				wait = bucket.paused() - paused;
				paused += wait;
			}
			if (signal?.aborted) bucket.release(turn.tokens);
			return true;
		},
		pause: (turn, milliseconds) => find(turn).pause(turn.tokens, clock.now() + milliseconds, clock.now()),
	};
}

/** One bucket; times in milliseconds. Tokens may be taken in advance, so that turns are given in the order they are asked for. */
interface Bucket {
	waitFor(tokens: number, now: number): number;
	take(tokens: number, now: number): number;
	/** What one that was cancelled has taken and not used. */
	release(tokens: number): void;
	/** Nothing leaves until then; then there is room for one request of this size. */
	pause(tokens: number, until: number, now: number): void;
	/** Milliseconds of all pauses so far. */
	paused(): number;
}

function createBucket({ refill, burst }: Rate, start: number): Bucket {
	const capacity = Math.max(1, burst * (1 - HEADROOM));
	let level = capacity;
	let at = start;
	let paused = 0;

	const fill = (now: number) => {
		// `at` lies ahead while the bucket is paused.
		if (now <= at) return;
		level = Math.min(capacity, level + ((now - at) / 1000) * refill);
		at = now;
	};
	const waitFor = (tokens: number, now: number) => {
		fill(now);
		const missing = Math.min(tokens, capacity) - level;
		return Math.max(0, at - now) + (missing > 0 ? Math.ceil((missing / refill) * 1000) : 0);
	};
	return {
		waitFor,
		take(tokens, now) {
			const wait = waitFor(tokens, now);
			level -= tokens;
			return wait;
		},
		release(tokens) {
			level += tokens;
		},
		pause(tokens, until, now) {
			fill(now);
			if (until <= at) return;
			paused += until - at;
			level = Math.min(level, tokens);
			at = until;
		},
		paused: () => paused,
	};
}
