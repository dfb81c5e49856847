/** Sends one request to Cloudflare's API and returns its result, or throws an error that says whether anything changed. */
import type { Wording } from '../base/audience.js';
import type { Signal } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import type { PageInfo } from '../base/page-info.js';
import { isRay, quote, sanitize } from '../base/sanitize.js';
import { ApiError, type Changed, InputError } from '../errors.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { explainRefusal, type Meaning } from './error-codes.js';
import { explainQuery, GRAPHQL_PATH } from './graphql.js';
import { type HttpResponse, isRead, type Send } from './http/send.js';
import type { Reservation } from './rate-limiter.js';
import type { LimitHeaders } from './request-budget.js';

export { isRead } from './http/send.js';

/** One request to the API. */
export interface ApiRequest {
	readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** Below the API root; every value in it is encoded. */
	readonly path: string;
	readonly query: Readonly<Record<string, string>>;
	readonly body?: unknown;
	/** True of a request that only reads although its method is not GET, such as a GraphQL query. */
	readonly reads?: boolean | undefined;
}

/** A successful answer. */
export interface ApiAnswer {
	/** Cloudflare's `result`, unchecked. */
	readonly result: unknown;
	/** Cloudflare's `result_info`, on lists. */
	readonly page: PageInfo | undefined;
	/** The HTTP status. */
	readonly status: number;
	/** The request's id at Cloudflare, from the header cf-ray. */
	readonly ray: string | undefined;
	/** The API's clock: the header Date, unchecked. */
	readonly date: string | undefined;
	/** What the answer says about the limit of requests. */
	readonly limits?: LimitHeaders;
}

/** How requests are authenticated; `none` says why there is no credential, and what to do about it. */
export type Credential =
	| { readonly kind: 'token'; readonly token: string }
	| { readonly kind: 'key'; readonly email: string; readonly key: string }
	| { readonly kind: 'none'; readonly why: string; readonly advice: Wording };

/** How one request is sent and repeated. */
export interface RequestOptions {
	/** The permission that the operation needs, by Cloudflare's name; errors name it. */
	readonly permission: string;
	/** Aborting cancels the request. */
	readonly signal?: Signal | undefined;
	/** Milliseconds since 1970. No attempt starts later, and no wait goes beyond; no limit when absent. */
	readonly deadline?: number | undefined;
	/** Sending the request twice has the same effect as once, so it may be repeated even if it may have been applied. */
	readonly repeatable?: boolean | undefined;
	/** What the request takes from a purge bucket; nothing when absent. */
	readonly reservation?: Reservation | undefined;
	/** The request belongs to a change, even where it reads: it may use the part of the limit that reads leave to changes. */
	readonly isForChange?: boolean | undefined;
	/** Called after each attempt that may have reached the API, with its status (0: no answer) and the request's id there. */
	readonly attempted?: ((status: number, ray: string | undefined) => void) | undefined;
	/** Aborting lets no further attempt start; an attempt under way goes on. */
	readonly closing?: Signal | undefined;
	/** The id of the call that the request belongs to, for the log. */
	readonly callId?: string | undefined;
	/** The id of the request over HTTP that brought the call, for the log. */
	readonly requestId?: string | undefined;
}

/**
 * Sends one request. Throws an ApiError for any answer but a success, an InputError without a credential, and the
 * NetworkError, TimeoutError or CancelledError of a request without an answer.
 */
export type Api = (request: ApiRequest, options: RequestOptions) => Promise<ApiAnswer>;

/** What every request of an Api has in common. */
interface ApiSettings {
	/** The value of the header User-Agent. */
	readonly userAgent: string;
	/** Removes secrets. It sees each answer whole, because a secret that was cut is no longer recognized. */
	redact<Value>(value: Value): Value;
}

/** An Api over `send` that authenticates with `credential`. Without one, every request is rejected before it is sent. */
export function createApi(send: Send, credential: Credential, { userAgent, redact }: ApiSettings): Api {
	if (credential.kind === 'none') {
		const { why, advice } = credential;
		return () => Promise.reject(new InputError(why, { advice }));
	}
	const headers = { ...authenticate(credential), 'user-agent': userAgent, accept: 'application/json' };
	const headersWithBody = { ...headers, 'content-type': 'application/json' };
	return async (request, { permission, signal }) => {
		const { method, body, reads } = request;
		const target = request.path + toSearch(request.query);
		const response = await send(
			body === undefined
				? { method, target, headers, signal, reads }
				: { method, target, headers: headersWithBody, body: JSON.stringify(body), signal, reads },
		);
		const envelope = redact(
			readEnvelope(response.body, response.headers['content-type'], request.path === GRAPHQL_PATH),
		);
		if (envelope.kind !== 'success' || response.status < 200 || response.status > 299)
			throw toApiError(request, response, envelope, permission);
		return {
			result: envelope.result,
			page: readPage(envelope.page),
			status: response.status,
			ray: readRay(response),
			date: response.headers.date,
			limits: { ratelimit: response.headers.ratelimit, policy: response.headers['ratelimit-policy'] },
		};
	};
}

function authenticate(credential: Exclude<Credential, { kind: 'none' }>): Record<string, string> {
	return credential.kind === 'token'
		? { authorization: `Bearer ${credential.token}` }
		: { 'x-auth-email': credential.email, 'x-auth-key': credential.key };
}

/** The query as it stands behind a path, with its question mark; an empty text where there is none. */
export function toSearch(query: Readonly<Record<string, string>>): string {
	return Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query)}`;
}

const COUNTERS = ['page', 'per_page', 'count', 'total_count', 'total_pages'] as const satisfies (keyof PageInfo)[];

/** Keeps the counters that are known, where they are numbers. */
function readPage(page: unknown): PageInfo | undefined {
	if (!isObject(page)) return undefined;
	const counters = COUNTERS.flatMap((name) => (typeof page[name] === 'number' ? [[name, page[name]]] : []));
	return Object.fromEntries(counters);
}

function readRay({ headers }: HttpResponse): string | undefined {
	const ray = headers['cf-ray'];
	return ray && isRay(ray) ? ray : undefined;
}

function toApiError(request: ApiRequest, response: HttpResponse, envelope: Envelope, permission: string): ApiError {
	const { status } = response;
	const errors = envelope.kind === 'failure' ? envelope.errors : [];
	const changed = effectOf(request, status, envelope);
	const retryAfterSeconds = readRetryAfter(response);
	// What is refused before a query is read has a code, as everywhere; the errors of a query have none.
	const isQuery = request.path === GRAPHQL_PATH && errors.length > 0 && errors.every(({ code }) => code === 0);
	const meaning = isQuery ? explainQuery(errors, permission) : explain();
	return new ApiError(describe(status, envelope), {
		status,
		codes: errors.map(({ code }) => code).filter((code) => code !== 0),
		ray: readRay(response),
		changed,
		retryAfterSeconds,
		reason: meaning.reason,
		field: meaning.field,
		advice: { again: changed === 'unknown' ? 'check' : undefined, also: meaning.advice },
	});

	function explain(): Meaning {
		return envelope.kind === 'failure' || status === 429
			? explainRefusal(errors, { status, permission, retryAfterSeconds })
			: explainForeign(status, envelope);
	}
}

/** Seconds of up to seven digits, which are 115 days. A longer wait is not meant. */
const SECONDS = /^[1-9]\d{0,6}$/;

/**
 * Seconds to wait. Retry-After says it in seconds or as a date; on a 429 without it, `t` of the header Ratelimit
 * (`"default";r=0;t=30`) says when the rate limit starts anew. With calls left (`r` above 0), another limit refused the
 * request, and `t` does not belong to it.
 */
function readRetryAfter({ status, headers }: HttpResponse): number | undefined {
	const { 'retry-after': after = '', ratelimit = '', date = '' } = headers;
	if (SECONDS.test(after)) return Number(after);
	// Compared with the API's own clock, which wrote both dates: ours may be wrong.
	const seconds = Math.ceil((Date.parse(after) - Date.parse(date)) / 1000);
	if (SECONDS.test(String(seconds))) return seconds;
	if (status !== 429 || !/;\s*r=0\b/.test(ratelimit)) return undefined;
	const reset = /;\s*t=(\d+)\b/.exec(ratelimit)?.[1] ?? '';
	return SECONDS.test(reset) ? Number(reset) : undefined;
}

/**
 * A refusal (4xx, or success: false) changed nothing. A fault, a redirect, which may follow the effect, or an unreadable
 * answer to a change leaves it open.
 */
function effectOf(request: ApiRequest, status: number, { kind }: Envelope): Changed {
	if (isRead(request)) return 'no';
	// A refusing status with `success: true` contradicts itself, so it proves nothing.
	if (status >= 400 && status < 500) return kind === 'success' ? 'unknown' : 'no';
	return kind === 'failure' && status < 300 ? 'no' : 'unknown';
}

/** What to do about an answer that is not from the API. It tells nothing of the credential. */
function explainForeign(status: number, { kind }: Envelope): Meaning {
	if (status >= 500) return { advice: 'Call again later.' };
	if (status === 403 && (kind === 'html' || kind === 'problem'))
		return {
			reason: 'blocked',
			advice: 'Check the network, any VPN and any proxy of this computer, then call again.',
		};
	return {
		advice:
			'A proxy or gateway answered instead of the Cloudflare API. Check CLOUDFLARE_BASE_URL and any proxy, then call again.',
	};
}

function describe(status: number, envelope: Envelope): string {
	switch (envelope.kind) {
		case 'failure': {
			const messages = envelope.errors.map(({ message }) => sanitize(message)).filter((message) => message !== '');
			if (messages.length > 0) return `Cloudflare said: ${quote(messages.slice(0, 3).join(' / '))}.`;
			return `Cloudflare ${status >= 500 ? 'failed' : 'refused'} without giving a reason.`;
		}
		case 'problem':
			return `Cloudflare's edge answered in place of the API${envelope.title && `: ${quote(envelope.title)}`}.`;
		case 'html':
			if (status === 403) return 'The request was blocked: a web page came back, not a Cloudflare API response.';
			return status >= 500 ? GATEWAY_FAILED : 'The response is a web page, not a Cloudflare API response.';
		case 'truncated':
			return 'The response was cut off.';
		case 'success':
		case 'foreign':
			if (status >= 500) return GATEWAY_FAILED;
			return status >= 300 && status < 400
				? 'The response is a redirect, which is not followed.'
				: 'The response is not a Cloudflare API response.';
	}
}

const GATEWAY_FAILED = 'A gateway failed, and answered in place of the Cloudflare API.';
