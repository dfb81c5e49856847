/**
 * Declares the errors, one class for each thing that the reader can do about them. Every failure of a call answers three
 * questions: what happened, whether anything changed, and what to do next. call/result.ts turns the answers into text.
 */
import { type Wording, wordFor } from './base/audience.js';
import { sanitize } from './base/sanitize.js';

/** Whether the call changed anything. `unknown`: a request that got no answer may have been applied. */
export type Changed = 'no' | 'unknown';

/** What to do after a failure, as data. call/result.ts puts it into words, so that no code compares or cuts sentences. */
export interface Advice {
	/**
	 * Whether to repeat the call: `wanted` if the caller still wants it, `later` after some time, `check` only after a look
	 * at the current state, `repeat` at once because repeating does no harm.
	 */
	readonly again?: 'wanted' | 'later' | 'check' | 'repeat' | undefined;
	/** What else to do, in one or two sentences. */
	readonly also?: Wording | undefined;
	/** The handle with which purge_resume finishes the call. */
	readonly resume?: string | undefined;
}

/** The operator can correct a flag, an environment variable or a file. Stops the start with exit code 2. */
export class ConfigError extends Error {
	override name = 'ConfigError';
}

/** A word of the command line stands for nothing that is known. */
export class UnknownWord extends ConfigError {
	/** The word, without the dashes of a flag. */
	readonly word: string;

	constructor(message: string, word: string) {
		super(message);
		this.word = word;
	}
}

interface FailureFacts {
	/** `no` when absent. */
	readonly changed?: Changed | undefined;
	/** A text stands for an {@link Advice} with that text as `also`. */
	readonly advice: Advice | Wording;
	readonly source?: string | undefined;
	readonly cause?: unknown;
}

/** Base class of the errors that a call fails with. `message` says what happened, as an agent reads it. */
export abstract class Failure extends Error {
	/** What happened, for any reader. */
	readonly what: Wording;
	/** Whether anything changed. */
	readonly changed: Changed;
	/** What to do next. */
	readonly advice: Advice;
	/** The answer behind the failure, such as `Cloudflare 1135 · HTTP 403 · cf-ray 8f…`; undefined without an answer. */
	readonly source: string | undefined;

	constructor(what: Wording, about: FailureFacts) {
		super(wordFor(what, { audience: 'agent' }), about.cause === undefined ? undefined : { cause: about.cause });
		this.name = new.target.name;
		this.what = what;
		this.changed = about.changed ?? 'no';
		this.advice = isWording(about.advice) ? { also: about.advice } : about.advice;
		this.source = about.source;
	}

	/** A copy with other advice. The failure itself stays as it is, because several calls may share it. */
	withAdvice(advice: Advice): this {
		const copy: this = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
		return Object.assign(copy, { advice });
	}
}

function isWording(advice: Advice | Wording): advice is Wording {
	return typeof advice === 'string' || 'agent' in advice;
}

/** The caller can correct the arguments. No request that changes anything was sent. */
export class InputError extends Failure {}

/** The arguments do not have the form that the tool takes. No request was sent at all. */
export class ArgumentError extends InputError {}

/** The user can consent, or the operator can change a rule or a folder. No request that changes anything was sent. */
export class Refused extends Failure {}

/**
 * Why the API refused, where its answer tells: the credential is wrong, its IP filter excludes this computer, something in
 * front of the API blocked the request, the zone's plan lacks the feature, or the token lacks a permission or the zone. Of
 * queries: the plan lacks a field, the time range is too long, or anything else.
 */
export type RefusalReason = 'credential' | 'address' | 'blocked' | 'plan' | 'permission' | 'field' | 'range' | 'query';

/** The reader can act on the answer: the API refused or failed, or something else answered in its place. */
export class ApiError extends Failure {
	/** HTTP status of the answer. */
	readonly status: number;
	/** Cloudflare's error codes, most specific last; empty when the body was not an envelope. */
	readonly codes: readonly number[];
	/** The request's id at Cloudflare, to quote to their support. */
	readonly ray: string | undefined;
	/** How long to wait before another attempt, where Cloudflare says so. */
	readonly retryAfterSeconds: number | undefined;
	/** Undefined where the answer does not tell. */
	readonly reason: RefusalReason | undefined;
	/** The field of a query that the zone's plan lacks; set where the reason is `field`. */
	readonly field: string | undefined;

	constructor(
		what: Wording,
		about: Omit<FailureFacts, 'source'> & {
			status: number;
			codes?: readonly number[];
			ray?: string | undefined;
			retryAfterSeconds?: number | undefined;
			reason?: RefusalReason | undefined;
			field?: string | undefined;
		},
	) {
		const { status, codes = [], ray } = about;
		const source = [
			...(codes.length > 0 ? [`Cloudflare ${[...new Set(codes)].join(', ')}`] : []),
			`HTTP ${status}`,
			...(ray ? [`cf-ray ${ray}`] : []),
		];
		super(what, { ...about, source: source.join(' · ') });
		this.status = status;
		this.codes = codes;
		this.ray = ray;
		this.retryAfterSeconds = about.retryAfterSeconds;
		this.reason = about.reason;
		this.field = about.field;
	}

	/** Whether the answer carries this error code. */
	has(code: (typeof ErrorCode)[keyof typeof ErrorCode]): boolean {
		return this.codes.includes(code);
	}
}

/** Cloudflare's error codes that this product knows. Sources: API reference, changelog and field reports of 2026. */
export const ErrorCode = {
	/** Too many calls of any sort. */
	callsLimited: 971,
	tokenInvalid: 1000,
	/** A purge without a selector. */
	nothingSelected: 1012,
	selectorNotAList: 1014,
	/** With 401 or 403: the zone plan does not include the setting. */
	settingNotEntitled: 1015,
	/** A purge of a URL or prefix of another zone. */
	otherZone: 1082,
	/** purge_everything together with selectors. */
	mixedSelectors: 1092,
	/** Too many purges. */
	purgesLimited: 1134,
	/** The zone plan or subscription does not include the feature. */
	notEntitled: 1135,
	/** A purge by URL of an environment that selects requests by facts of the visitor. */
	urlsUnsupported: 1136,
	/** The setting or mapping was never set. */
	notSet: 1142,
	mappingExists: 1145,
	badValue: 1146,
	/** Cache Reserve is on, and must be off. */
	reserveOn: 1152,
	/** Cache Reserve cannot be turned on while it is cleared. */
	reserveClearing: 1153,
	unknownRegion: 1157,
	mappingMissing: 1163,
	tooManyMappings: 1164,
	badHeaders: 6003,
	badKey: 6103,
	badAuthorization: 6111,
	unknownRoute: 7000,
	/** No such path, or an identifier in it is invalid. */
	unroutable: 7003,
	/** Unknown X-Auth-Key or X-Auth-Email. */
	keyUnknown: 9103,
	credentialMissing: 9106,
	/** An invalid token, a token with an IP filter, or a zone that the token does not cover. */
	zoneForbidden: 9109,
	/** A token without the permission (403), or an unknown token (401). */
	authenticationFailed: 10000,
	unauthenticated: 10001,
	/** A phase of rules that was never used. */
	noEntrypoint: 10003,
	requestsLimited: 10429,
} as const;

/** The operator can check the network: name resolution, connection or TLS failed, or the connection broke. */
export class NetworkError extends Failure {
	/** False only if no byte of the request can have reached a server. */
	readonly sent: boolean;

	constructor(what: Wording, about: FailureFacts & { sent: boolean }) {
		super(what, about);
		this.sent = about.sent;
	}
}

/** The caller can try again: no answer arrived within the limit of one attempt, or before the deadline of the call. */
export class TimeoutError extends Failure {}

/** The caller can call again: the client cancelled the call, the server is closing, or another one has taken the call over. */
export class CancelledError extends Failure {}

/** The reason of a signal that the closing server aborted. */
export const CLOSING = new Error('the server is closing');
/** The reason of a signal that aborts because the client no longer hears the answer. */
export const GONE = new Error('the client has gone');

/** The reason of a signal that aborted because another server sends the rest of the call. Other reasons come from the client. */
export const TAKEN_OVER = new Error('another server has taken the call over');

/** The error of a call whose signal aborted for `reason`. `changed` tells of the request that was under way, if any. */
export function cancelled(reason?: unknown, changed: Changed = 'no'): CancelledError {
	if (reason === TAKEN_OVER)
		return new CancelledError('Another server has taken over the rest of this call.', {
			changed,
			advice: 'Nothing is lost. Wait until that call has ended; cache_overview shows what remains.',
			cause: reason,
		});
	const stopped = { agent: 'The call was cancelled.', shell: 'The call was interrupted.' };
	return new CancelledError(reason === CLOSING ? 'The server is closing.' : stopped, {
		changed,
		advice: { again: changed === 'no' ? 'wanted' : 'check' },
		cause: reason,
	});
}

/** The caller can only report it: an error in this product. Only the caller of a read knows that nothing changed. */
export class InternalError extends Failure {
	constructor(cause: unknown, changed: Changed = 'unknown') {
		const message = cause instanceof Error ? cause.message : String(cause);
		super(`Internal error: ${sanitize(message, 300)}.`, {
			changed,
			advice: `${changed === 'no' ? 'Report' : 'Check the current state, and report'} this to the maintainers.`,
			cause,
		});
	}
}
