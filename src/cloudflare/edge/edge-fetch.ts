/** Declares how a URL is fetched from Cloudflare's edge, as a visitor of the site fetches it. */
import type { Signal } from '../../base/cancel.js';

/** A request for a URL. It carries these headers and no other: no credential and no cookie. */
export interface EdgeRequest {
	/** http or https, on the default port of its scheme. */
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Aborting cancels the request. */
	readonly signal?: Signal | undefined;
	/** The id of the call that the request belongs to, for the log. */
	readonly callId?: string | undefined;
	/** The id of the request over HTTP that brought the call, for the log. */
	readonly requestId?: string | undefined;
}

/** The headers of an answer. Its body is not read. */
export interface EdgeResponse {
	readonly status: number;
	/** Those that tell about caching, by name in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	/** Whether the answer sets a cookie, whose value is not kept. */
	readonly setsCookie: boolean;
}

/**
 * Fetches a URL once. Redirects are answers like any other. Throws Refused when the host has no public address, and a
 * NetworkError, TimeoutError or CancelledError when there is no answer.
 */
export type EdgeFetch = (request: EdgeRequest) => Promise<EdgeResponse>;

/** Time limit of one request. */
export const EDGE_TIMEOUT_MS = 10_000;
