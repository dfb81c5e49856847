/** One request to Cloudflare's API → its result, or a typed error that says whether anything changed. */

import type { Signal } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import { quoteUntrusted, sanitize } from '../base/sanitize.js';
import { ApiError, type Changed, InputError } from '../errors.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { adviceFor } from './error-codes.js';
import type { HttpResponse, Send } from './http/send.js';
import type { Reservation } from './rate-limiter.js';

/** One request to the API. */
export interface ApiRequest {
	readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** Below the API root; every value in it is encoded. */
	readonly path: string;
	readonly query: Readonly<Record<string, string>>;
	readonly body?: unknown;
}

/** A successful answer. */
export interface ApiAnswer {
	/** Cloudflare's `result`, as it came. */
	readonly result: unknown;
	/** Cloudflare's `result_info` on lists. */
	readonly page: Readonly<Record<string, number>> | undefined;
	readonly status: number;
	/** The request's id at Cloudflare. */
	readonly ray: string | undefined;
	/** The API's clock, as the header says it. */
	readonly date: string | undefined;
}

/** What a request is sent with. */
export type Credential =
	| { readonly kind: 'token'; readonly token: string }
	| { readonly kind: 'key'; readonly email: string; readonly key: string }
	| { readonly kind: 'none'; readonly why: string; readonly advice: string };

/** How a request is repeated. */
export interface RequestOptions {
	/** Milliseconds since 1970: no attempt starts later, and no wait goes beyond. */
	readonly deadline?: number | undefined;
	/** Doing it twice is as good as once, so that it may be repeated although it may have been applied. */
	readonly repeatable?: boolean | undefined;
	/** What it takes from a purge bucket. */
	readonly reservation?: Reservation | undefined;
	/** Told of each attempt that may have reached the API: its status, 0 when no answer came, and the request's id there. */
	readonly attempted?: ((status: number, ray: string | undefined) => void) | undefined;
	/** Aborted when no further attempt may start; those under way go on. */
	readonly closing?: Signal | undefined;
}

/** Sends one request. `permission` is what the operation needs, for the advice. */
export type Api = (
	request: ApiRequest,
	about: { permission: string; signal?: Signal | undefined } & RequestOptions,
) => Promise<ApiAnswer>;

/**
 * A client that authenticates with `credential` and introduces itself as `userAgent`. `redact` takes secrets out of an
 * answer as it comes, before any text of it is cut: a part of a secret is not found any more.
 */
export function createApi(
	send: Send,
	credential: Credential,
	userAgent: string,
	redact: <Value>(value: Value) => Value = (value) => value,
): Api {
	if (credential.kind === 'none') {
		const { why, advice } = credential;
		return () => Promise.reject(new InputError(why, { advice }));
	}
	const headers = { ...authenticate(credential), 'user-agent': userAgent, accept: 'application/json' };
	const withBody = { ...headers, 'content-type': 'application/json' };
	return async (request, { permission, signal }) => {
		const { method, body } = request;
		const target = request.path + toSearch(request.query);
		const answer = await send(
			body === undefined
				? { method, target, headers, signal }
				: { method, target, headers: withBody, body: JSON.stringify(body), signal },
		);
		const envelope = redact(readEnvelope(answer.body, answer.headers['content-type']));
		if (envelope.kind !== 'success' || answer.status < 200 || answer.status > 299)
			throw toApiError(request, answer, envelope, permission);
		return {
			result: envelope.result,
			page: readPage(envelope.page),
			status: answer.status,
			ray: readRay(answer),
			date: answer.headers.date,
		};
	};
}

function authenticate(credential: Exclude<Credential, { kind: 'none' }>): Record<string, string> {
	return credential.kind === 'token'
		? { authorization: `Bearer ${credential.token}` }
		: { 'x-auth-email': credential.email, 'x-auth-key': credential.key };
}

function toSearch(query: Readonly<Record<string, string>>): string {
	// Most have none, and an empty one costs as much as a full one.
	return Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query)}`;
}

/** The counters of a page; what is no number is no counter. */
function readPage(page: unknown): ApiAnswer['page'] {
	if (!isObject(page)) return undefined;
	const counters = Object.entries(page).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
	return Object.fromEntries(counters);
}

function readRay({ headers }: HttpResponse): string | undefined {
	const ray = headers['cf-ray'];
	return ray && /^[\w-]{1,64}$/.test(ray) ? ray : undefined;
}

function toApiError(request: ApiRequest, answer: HttpResponse, envelope: Envelope, permission: string): ApiError {
	const errors = envelope.kind === 'failure' ? envelope.errors : [];
	const codes = errors.map(({ code }) => code).filter((code) => code !== 0);
	const ray = readRay(answer);
	const changed = effectOf(request, answer.status, envelope);
	const retryAfter = readRetryAfter(answer);
	const advice =
		envelope.kind === 'failure' || answer.status === 429
			? adviceFor(codes, { status: answer.status, permission, retryAfter })
			: 'Something between here and the API answered in its place: check CLOUDFLARE_BASE_URL and proxies, then call again.';
	return new ApiError(describe(answer.status, envelope), {
		status: answer.status,
		codes,
		ray,
		changed,
		retryAfter,
		advice: { again: changed === 'unknown' ? 'check' : undefined, also: advice },
	});
}

/**
 * Seconds to wait: what Retry-After says in seconds or as a date, else on a 429 the time after which the rate limit starts
 * anew (`"default";r=0;t=30`).
 */
function readRetryAfter({ status, headers }: HttpResponse): number | undefined {
	const { 'retry-after': after = '', ratelimit = '', date = '' } = headers;
	if (/^[1-9]\d*$/.test(after)) return Number(after);
	// By the clock of the API, which set both.
	const seconds = Math.ceil((Date.parse(after) - Date.parse(date)) / 1000);
	if (seconds > 0) return seconds;
	const anew = status === 429 ? /;\s*t=([1-9]\d*)\b/.exec(ratelimit)?.[1] : undefined;
	return anew === undefined ? undefined : Number(anew);
}

/** A refusal (4xx, or success:false) changed nothing; a fault or an unreadable answer to a change leaves it open. */
function effectOf({ method }: ApiRequest, status: number, { kind }: Envelope): Changed {
	if (method === 'GET') return 'no';
	// An answer that contradicts itself says nothing.
	if (status >= 300 && status < 500) return kind === 'success' ? 'unknown' : 'no';
	return kind === 'failure' && status < 300 ? 'no' : 'unknown';
}

function describe(status: number, envelope: Envelope): string {
	switch (envelope.kind) {
		case 'failure': {
			const messages = envelope.errors.flatMap(({ message }) => sanitize(message) || []);
			return messages.length > 0
				? `Cloudflare refused: ${quoteUntrusted(messages.slice(0, 3).join(' / '))}.`
				: 'Cloudflare refused without a reason.';
		}
		case 'html':
			return 'The answer was a web page, not an answer of the API.';
		case 'truncated':
			return 'The answer broke off before its end.';
		case 'success':
		case 'foreign':
			return status >= 300 && status < 400
				? 'The answer was a redirect, which is not followed.'
				: "The answer does not have the API's form.";
	}
}
