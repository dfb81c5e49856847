/** Limits how many requests a server takes from each principal, and in all. */
import { HttpError } from './http-error.js';

/** Requests under way in all. Further ones are told to come again, while there is memory for those under way. */
const MAX_IN_FLIGHT = 1_000;
/** Those of them whose senders are unverified: tokens that anybody can invent must not keep everybody else out. */
const MAX_UNVERIFIED = 200;
/** Requests of one principal under way. */
const MAX_IN_FLIGHT_EACH = 20;
/** Messages of one principal on the way in beside those: answers to forms and cancels must not wait for the calls that they end. */
const MAX_ARRIVING_EACH = MAX_IN_FLIGHT_EACH + 10;
/**
 * Messages that want no answer, for each request in a minute. A session begins with one, and a call brings two at most: the
 * answer to its form and its cancel.
 */
const NOTES_PER_REQUEST = 5;
/** Subscriptions of one principal. They stay open and cost little, but they must not fill the memory. */
const MAX_LISTENING_EACH = 100;
const MAX_LISTENING = 5_000;
/** Bytes of the bodies under way in all, and of one principal. Their messages take several times as much memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_BYTES_EACH = 16 * 1024 * 1024;
/** Bytes that a body may have all the same: an answer to a form or a cancel must not wait for the calls that it ends. */
const SHORT_BYTES = 64 * 1024;
/** Principals that have sent nothing lately are forgotten when there are more than this. */
const MAX_REMEMBERED = 1_000;
const MINUTE_MS = 60_000;

/** What is counted of one principal. */
interface Count {
	arriving: number;
	inFlight: number;
	listening: number;
	/** Of the bodies of all these. */
	bytes: number;
	/** When all requests so far would have come, at exactly the allowed rate; milliseconds since 1970. */
	dueMs: number;
	/** The same of messages that want no answer. */
	notesDueMs: number;
}

/** What requests are limited by. */
interface RequestLimitsOptions {
	/** Requests of one principal in a minute. Without it a principal has no limits of its own: it stands for all callers. */
	readonly perMinute: number | undefined;
	/** Milliseconds since 1970. */
	now(): number;
}

/** What a POST asks for. */
interface Asked {
	/** Requests that are answered as soon as possible. */
	readonly calls: number;
	/** Subscriptions, which stay open. */
	readonly listens: number;
	/** Notifications, and answers to questions. */
	readonly notes: number;
}

/** A POST that has come in. It counts until it is released. */
export interface Arrival {
	/** Counts bytes of its body as they come. Throws HttpError where the bodies under way are too long together. */
	readonly receive: (bytes: number) => void;
	/** Counts what the POST asks for. Throws HttpError where its principal has too much under way, or too much a minute. */
	admit(asked: Asked): void;
	/** The POST no longer counts. */
	release(): void;
}

/** The requests under way of one process. */
export class RequestLimits {
	private readonly options: RequestLimitsOptions;
	private readonly counts = new Map<string, Count>();
	private total = 0;
	private unverified = 0;
	private listening = 0;
	private bytes = 0;

	constructor(options: RequestLimitsOptions) {
		this.options = options;
	}

	/** POSTs under way, without subscriptions. */
	get inFlight(): number {
		return this.total;
	}

	/** Counts a POST before its body is read. Throws HttpError where there are too many. */
	arrive(principal: string, isUnverified = false): Arrival {
		const isFull = this.total >= MAX_IN_FLIGHT || (isUnverified && this.unverified >= MAX_UNVERIFIED);
		if (isFull) throw busy(503, 'The server has too many requests under way.', 1);
		const count = this.countOf(principal);
		if (this.isLimited && count.arriving >= MAX_ARRIVING_EACH) throw tooMany();
		this.add(count, 1);
		let share = isUnverified ? 1 : 0;
		this.unverified += share;
		let undo = () => this.add(count, -1);
		let received = 0;
		return {
			receive: (bytes) => {
				received += bytes;
				this.addBytes(count, bytes);
				if (received > SHORT_BYTES) this.checkBytes(count);
			},
			admit: (asked) => {
				this.admit(count, asked);
				const { calls, listens } = asked;
				if (listens > 0) this.moveToListening(count, 1);
				count.inFlight += calls;
				undo = () => {
					if (listens > 0) this.moveToListening(count, -1);
					count.inFlight -= calls;
					this.add(count, -1);
				};
			},
			release: () => {
				undo();
				undo = () => undefined;
				this.unverified -= share;
				share = 0;
				this.addBytes(count, -received);
				received = 0;
			},
		};
	}

	private get isLimited(): boolean {
		return this.options.perMinute !== undefined;
	}

	private add(count: Count, change: 1 | -1): void {
		this.total += change;
		count.arriving += change;
	}

	private addBytes(count: Count, bytes: number): void {
		this.bytes += bytes;
		count.bytes += bytes;
	}

	private checkBytes(count: Count): void {
		if (this.bytes > MAX_BYTES) throw busy(503, 'The requests under way are too long together.', 1);
		if (this.isLimited && count.bytes > MAX_BYTES_EACH)
			throw busy(429, 'The requests under way are too long together.', 1);
	}

	private moveToListening(count: Count, change: 1 | -1): void {
		this.total -= change;
		this.listening += change;
		count.arriving -= change;
		count.listening += change;
	}

	private admit(count: Count, { calls, listens, notes }: Asked): void {
		if (listens > 0 && this.listening >= MAX_LISTENING) throw busy(503, 'The server has too many subscriptions.', 60);
		const { perMinute, now } = this.options;
		if (perMinute === undefined) return;
		if (listens > 0 && count.listening >= MAX_LISTENING_EACH)
			throw busy(429, `${MAX_LISTENING_EACH} subscriptions are open already.`, 60);
		if (count.inFlight + calls > MAX_IN_FLIGHT_EACH) throw tooMany();
		const nowMs = now();
		const notesPerMinute = perMinute * NOTES_PER_REQUEST;
		const dueMs = nextDueMs(count.dueMs, nowMs, { amount: calls + listens, perMinute, what: 'requests' });
		const notesDue = { amount: notes, perMinute: notesPerMinute, what: 'notifications and answers to forms' };
		count.notesDueMs = nextDueMs(count.notesDueMs, nowMs, notesDue);
		count.dueMs = dueMs;
	}

	private countOf(principal: string): Count {
		const known = this.counts.get(principal);
		if (known) return known;
		if (this.counts.size >= MAX_REMEMBERED) this.forget();
		const count = { arriving: 0, inFlight: 0, listening: 0, bytes: 0, dueMs: 0, notesDueMs: 0 };
		this.counts.set(principal, count);
		return count;
	}

	/** Forgets the principals that count as if they had never come. */
	private forget(): void {
		const now = this.options.now();
		for (const [principal, { arriving, listening, dueMs, notesDueMs }] of this.counts)
			if (arriving === 0 && listening === 0 && Math.max(dueMs, notesDueMs) <= now) this.counts.delete(principal);
	}
}

/** When all messages would have come, with these, at exactly the allowed rate. Throws HttpError where that is too late. */
function nextDueMs(
	dueMs: number,
	nowMs: number,
	{ amount, perMinute, what }: { amount: number; perMinute: number; what: string },
): number {
	if (amount === 0) return dueMs;
	// No message is taken that is due later than in a minute. So the clock was set back, which must not lock anyone out.
	const lastMs = dueMs - nowMs > MINUTE_MS ? nowMs : dueMs;
	const nextMs = Math.max(lastMs, nowMs) + (amount * MINUTE_MS) / perMinute;
	const waitMs = nextMs - nowMs - MINUTE_MS;
	if (waitMs > 0) throw busy(429, `More than ${perMinute} ${what} came in a minute.`, Math.ceil(waitMs / 1000));
	return nextMs;
}

function tooMany(): HttpError {
	return busy(429, `${MAX_IN_FLIGHT_EACH} requests are under way already.`, 1);
}

function busy(status: 429 | 503, problem: string, retryAfterSeconds: number): HttpError {
	const headers = { 'Retry-After': String(retryAfterSeconds) };
	return new HttpError(status, `${problem} Nothing was done. Try again in ${retryAfterSeconds} s.`, { headers });
}
