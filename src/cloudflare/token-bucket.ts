/** A token bucket that gives tokens in advance, so that requests leave in the order in which they asked. */
import { capacityOf, type Rate } from './limits.js';

/** One bucket. It has no clock of its own: every method is told the time, in milliseconds since 1970. */
export class TokenBucket {
	private readonly refillPerSecond: number;
	private readonly capacity: number;
	/** Negative while tokens are given in advance. */
	private tokens: number;
	/** When `tokens` was true; in the future while the bucket is paused. */
	private at: number;
	private pausedTotalMs = 0;

	/** A full bucket. */
	constructor(rate: Rate, now: number) {
		this.refillPerSecond = rate.refillPerSecond;
		this.capacity = capacityOf(rate);
		this.tokens = this.capacity;
		this.at = now;
	}

	/** Milliseconds of all pauses so far. */
	get pausedMs(): number {
		return this.pausedTotalMs;
	}

	/** Takes tokens at once, and returns the milliseconds until they are there. */
	take(tokens: number, now: number): number {
		this.refill(now);
		// A request larger than the bucket leaves once the bucket is full; those behind it wait for what it took.
		const missing = Math.min(tokens, this.capacity) - this.tokens;
		this.tokens -= tokens;
		const pauseMs = Math.max(0, this.at - now);
		return pauseMs + (missing > 0 ? Math.ceil((missing / this.refillPerSecond) * 1000) : 0);
	}

	/** Puts back what was taken and not used. */
	release(tokens: number): void {
		this.tokens += tokens;
	}

	/** Gives no token before `until`; from then on there are `tokens` at most. A shorter pause changes nothing. */
	pause(tokens: number, until: number, now: number): void {
		this.refill(now);
		if (until <= this.at) return;
		this.pausedTotalMs += until - this.at;
		this.tokens = Math.min(this.tokens, tokens);
		this.at = until;
	}

	private refill(now: number): void {
		if (now <= this.at) return;
		const elapsedSeconds = (now - this.at) / 1000;
		this.tokens = Math.min(this.capacity, this.tokens + elapsedSeconds * this.refillPerSecond);
		this.at = now;
	}
}
