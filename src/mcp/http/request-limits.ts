/** Limits how many requests a server takes from each principal, and in all. */
import { HttpError } from './http-error.js';

/** Requests under way in all. Further ones are told to come again, while there is memory for those under way. */
const MAX_IN_FLIGHT = 1_000;
/** Requests of one principal under way. */
const MAX_IN_FLIGHT_EACH = 20;
/** Messages of one principal on the way in beside those: answers to forms and cancels must not wait for the calls that they end. */
const MAX_ARRIVING_EACH = MAX_IN_FLIGHT_EACH + 10;
/** Principals that have sent nothing lately are forgotten when there are more than this. */
const MAX_REMEMBERED = 1_000;
const MINUTE_MS = 60_000;

/** What is counted of one principal. */
interface Count {
	arriving: number;
	inFlight: number;
	/** When all requests so far would have come, at exactly the allowed rate; milliseconds since 1970. */
	dueMs: number;
}

/** What requests are limited by. */
interface RequestLimitsOptions {
	/** Requests of one principal in a minute. Without it a principal has no limits of its own: it stands for all callers. */
	readonly perMinute: number | undefined;
	/** Milliseconds since 1970. */
	now(): number;
}

/** A message that has come in. It counts until it is released. */
export interface Arrival {
	/** Counts the requests in the message. Throws HttpError where the principal has too many under way, or too many a minute. */
	admit(requests: number): void;
	/** The message no longer counts. */
	release(): void;
}

/** The requests under way of one process. */
export class RequestLimits {
	private readonly options: RequestLimitsOptions;
	private readonly counts = new Map<string, Count>();
	private total = 0;

	constructor(options: RequestLimitsOptions) {
		this.options = options;
	}

	/** POSTs under way. */
	get inFlight(): number {
		return this.total;
	}

	/** Counts a POST before its body is read. Throws HttpError where there are too many. */
	arrive(principal: string): Arrival {
		if (this.total >= MAX_IN_FLIGHT) throw busy(503, 'The server has too many requests under way.', 1);
		const count = this.countOf(principal);
		const isLimited = this.options.perMinute !== undefined;
		if (isLimited && count.arriving >= MAX_ARRIVING_EACH) throw tooMany();
		this.total += 1;
		count.arriving += 1;
		let admitted = 0;
		let isReleased = false;
		return {
			admit: (requests) => {
				if (isLimited) this.admit(count, requests);
				count.inFlight += requests;
				admitted += requests;
			},
			release: () => {
				if (isReleased) return;
				isReleased = true;
				this.total -= 1;
				count.arriving -= 1;
				count.inFlight -= admitted;
			},
		};
	}

	private admit(count: Count, requests: number): void {
		if (count.inFlight + requests > MAX_IN_FLIGHT_EACH) throw tooMany();
		const { perMinute = Number.POSITIVE_INFINITY, now } = this.options;
		const dueMs = Math.max(count.dueMs, now()) + (requests * MINUTE_MS) / perMinute;
		const waitMs = dueMs - now() - MINUTE_MS;
		if (waitMs > 0) throw busy(429, `More than ${perMinute} requests came in a minute.`, Math.ceil(waitMs / 1000));
		count.dueMs = dueMs;
	}

	private countOf(principal: string): Count {
		const known = this.counts.get(principal);
		if (known) return known;
		if (this.counts.size >= MAX_REMEMBERED) this.forget();
		const count = { arriving: 0, inFlight: 0, dueMs: 0 };
		this.counts.set(principal, count);
		return count;
	}

	/** Forgets the principals that count as if they had never come. */
	private forget(): void {
		const now = this.options.now();
		for (const [principal, { arriving, dueMs }] of this.counts)
			if (arriving === 0 && dueMs <= now) this.counts.delete(principal);
	}
}

function tooMany(): HttpError {
	return busy(429, `${MAX_IN_FLIGHT_EACH} requests are under way already.`, 1);
}

function busy(status: 429 | 503, problem: string, retryAfterSeconds: number): HttpError {
	const headers = { 'Retry-After': String(retryAfterSeconds) };
	return new HttpError(status, `${problem} Nothing was done. Try again in ${retryAfterSeconds} s.`, { headers });
}
