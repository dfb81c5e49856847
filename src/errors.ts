/**
 * What can go wrong, classed by what the reader can do. Every failure of a call answers three questions: what happened,
 * whether anything changed, what to do next. One place (call/result.ts) turns them into text.
 */

import { clean } from './base/sanitize.js';

/** Whether the call had an effect: a change that timed out may have been applied. */
export type Changed = 'no' | 'yes' | 'unknown';

/** A bad flag, environment variable or file. Stops the start with exit code 2. */
export class ConfigError extends Error {
	override name = 'ConfigError';
}

interface About {
	/** `no` when absent. */
	readonly changed?: Changed | undefined;
	readonly next: string;
	readonly source?: string | undefined;
	readonly cause?: unknown;
}

/** Base of everything a call may fail with. `message` says what happened. */
export abstract class Failure extends Error {
	/** Whether anything changed. */
	readonly changed: Changed;
	/** What to do next; one or two sentences. */
	readonly next: string;
	/** Where it was said, e.g. `Cloudflare 1135 · HTTP 403 · cf-ray 8f…`. Only when a server answered. */
	readonly source: string | undefined;

	constructor(message: string, about: About) {
		super(message, about.cause === undefined ? undefined : { cause: about.cause });
		this.name = new.target.name;
		this.changed = about.changed ?? 'no';
		this.next = about.next;
		this.source = about.source;
	}

	/** The same failure with another advice; this one stays as it is. */
	advising(next: string): this {
		const copy: this = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
		return Object.assign(copy, { next });
	}
}

/** The arguments are wrong; the caller can mend them. No request was sent. */
export class InputError extends Failure {}

/** A rule of the operator or a missing consent stopped the call. No request that changes anything was sent. */
export class Refused extends Failure {}

/** The API answered, and the answer was no (or not an answer of the API at all). */
export class ApiError extends Failure {
	/** HTTP status of the answer. */
	readonly status: number;
	/** Cloudflare's error codes, most specific last; empty when the body was not an envelope. */
	readonly codes: readonly number[];
	/** The request's id at Cloudflare, to quote to their support. */
	readonly ray: string | undefined;
	/** Seconds after which Cloudflare says it may be tried again. */
	readonly retryAfter: number | undefined;

	constructor(
		message: string,
		about: Omit<About, 'source'> & {
			status: number;
			codes?: readonly number[];
			ray?: string | undefined;
			retryAfter?: number | undefined;
		},
	) {
		const { status, codes = [], ray } = about;
		const source = [
			...(codes.length > 0 ? [`Cloudflare ${[...new Set(codes)].join(', ')}`] : []),
			`HTTP ${status}`,
			...(ray ? [`cf-ray ${ray}`] : []),
		];
		super(message, { ...about, source: source.join(' · ') });
		this.status = status;
		this.codes = codes;
		this.ray = ray;
		this.retryAfter = about.retryAfter;
	}
}

/** No answer arrived: name resolution, connection, TLS or a broken connection. */
export class NetworkError extends Failure {
	/** False when it is sure that no byte of the request reached a server. */
	readonly sent: boolean;

	constructor(message: string, about: About & { sent: boolean }) {
		super(message, about);
		this.sent = about.sent;
	}
}

/** No answer arrived within the time limit of one attempt. */
export class TimeoutError extends Failure {}

/** The client cancelled the call, or the server is closing. */
export class Interrupted extends Failure {}

/** What to do next where no more can be said. */
export const NEXT = {
	wanted: 'Call again if it is still wanted.',
	later: 'Call again later.',
	check: 'Check the current state before repeating it.',
	repeat: 'Repeating it does no harm: call again.',
} as const;

/** Why a signal was aborted, where it was not its client. */
export const CLOSING = new Error('the server is closing');

/**
 * The call was cancelled, for this `reason` of its signal: by its client, or by the server that is to close. `changed` is
 * what is true of the request that was under way, if any was.
 */
export function cancelled(reason?: unknown, changed: 'no' | 'unknown' = 'no'): Interrupted {
	return new Interrupted(reason === CLOSING ? 'The server is closing.' : 'The call was cancelled.', {
		changed,
		next: changed === 'no' ? NEXT.wanted : NEXT.check,
		cause: reason,
	});
}

/** An error of our own, which says what it is and nothing of what was done. */
export class Bug extends Failure {
	constructor(cause: unknown) {
		const message = cause instanceof Error ? cause.message : String(cause);
		super(`Internal error: ${clean(message, 300)}.`, {
			changed: 'unknown',
			next: 'Check the current state, and report this to the maintainers.',
			cause,
		});
	}
}
