/**
 * Keeps Cloudflare's limit of all requests of a token, so that normal work never meets a 429 for it. Reads leave a part of
 * it to changes: an agent that reads a lot never locks a purge out.
 */

/** The limit (API reference, "Rate limits", April 2026). The header Ratelimit-Policy may state another. */
const DEFAULT_QUOTA = 1_200;
const DEFAULT_WINDOW_SECONDS = 300;
/** The part of the quota that reads leave: 200 of 1,200. */
const RESERVED_PART = 1 / 6;
/** Requests arrive less evenly than they leave, so a window counts as a little longer than it is. */
const SLACK_MS = 1_000;
/** A larger quota counts as no limit: its requests would only fill the memory. */
const LARGEST_QUOTA = 10_000;

/** The headers in which Cloudflare states its limit, unchecked. */
export interface LimitHeaders {
	/** `"default";r=1150;t=300`: requests left, and seconds until they are all back. */
	readonly ratelimit: string | undefined;
	/** `"default";q=1200;w=300`: requests in a window of so many seconds. */
	readonly policy: string | undefined;
}

/** What a request is measured by. */
interface Terms {
	/** False of a limit so large that it counts as none. */
	readonly isLimited: boolean;
	/** A request may leave when fewer have left in the window. */
	readonly limit: number;
	readonly windowMs: number;
	/** Milliseconds to wait whatever has left: others have used the limit up. */
	readonly waitMs: number;
}

/** The requests that this process has sent with one token. It has no clock: times are in milliseconds since 1970. */
export class RequestBudget {
	private quota = DEFAULT_QUOTA;
	private windowMs = DEFAULT_WINDOW_SECONDS * 1_000 + SLACK_MS;
	private policy: string | undefined;
	/** Departures in the window, oldest first. */
	private departures: number[] = [];
	/** Requests of the credential that are left, by the last answer that said so; undefined before the first. */
	left: number | undefined;
	/** Other processes have used the token up to the part that reads leave. */
	private readsWaitUntil = 0;

	/** What a request is measured by, as far as answers have told. */
	termsOf(isRead: boolean, now: number): Terms {
		return {
			isLimited: this.quota <= LARGEST_QUOTA,
			limit: isRead ? this.quota - this.reserved : this.quota,
			windowMs: this.windowMs,
			waitMs: isRead ? Math.max(0, this.readsWaitUntil - now) : 0,
		};
	}

	/** Requests in the window. */
	sent(now: number): number {
		this.forget(now);
		return this.departures.length;
	}

	/**
	 * Milliseconds until a request may leave; 0 when it may now. `kept` of the limit is left to other processes, but one
	 * request of each window may always leave.
	 */
	waitMs(isRead: boolean, now: number, kept = 0): number {
		const { limit, windowMs, waitMs } = this.termsOf(isRead, now);
		const oldest = this.departures[this.sent(now) - Math.max(1, limit - kept)];
		const windowEnds = oldest === undefined ? 0 : oldest + windowMs;
		return Math.max(windowEnds - now, waitMs);
	}

	/** Counts a request that leaves. */
	note(now: number): void {
		if (this.quota <= LARGEST_QUOTA) this.departures.push(now);
	}

	/** Forgets the last request that was counted: it has not left. */
	forgetLast(): void {
		this.departures.pop();
	}

	/** Learns from an answer what the limit is, and what other processes have used of it. */
	learn({ ratelimit = '', policy = '' }: LimitHeaders, now: number): void {
		if (policy !== '' && policy !== this.policy) this.adopt(policy);
		if (ratelimit === '') return;
		const [left, resetSeconds] = [readNumber(LEFT, ratelimit), readNumber(RESET, ratelimit)];
		if (left === undefined || resetSeconds === undefined) return;
		this.left = left;
		const waitMs = Math.min(resetSeconds * 1_000, this.windowMs);
		this.readsWaitUntil = left < this.reserved ? now + waitMs : 0;
	}

	private get reserved(): number {
		return Math.floor(this.quota * RESERVED_PART);
	}

	private adopt(policy: string): void {
		this.policy = policy;
		const [quota, windowSeconds] = [readNumber(QUOTA, policy), readNumber(WINDOW, policy)];
		if (!quota || !windowSeconds) return;
		this.quota = quota;
		this.windowMs = windowSeconds * 1_000 + SLACK_MS;
	}

	private forget(now: number): void {
		// After a clock was set back, the times of departures say nothing.
		if ((this.departures.at(-1) ?? 0) > now) this.departures = [];
		while ((this.departures[0] ?? now) <= now - this.windowMs) this.departures.shift();
	}
}

const LEFT = /;\s*r=(\d{1,9})\b/;
const RESET = /;\s*t=(\d{1,9})\b/;
const QUOTA = /;\s*q=(\d{1,9})\b/;
const WINDOW = /;\s*w=(\d{1,9})\b/;

function readNumber(part: RegExp, header: string): number | undefined {
	const digits = part.exec(header)?.[1];
	return digits === undefined ? undefined : Number(digits);
}
