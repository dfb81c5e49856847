/** Declares how one HTTP request is sent: the signature that every layer of the transport shares and wraps. */

import type { Signal } from '../../base/cancel.js';

/** An HTTP request. */
export interface HttpRequest {
	readonly method: string;
	/** Path and query below the API root. */
	readonly target: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
	/** Aborting cancels the request. */
	readonly signal?: Signal | undefined;
}

/** A complete HTTP response. */
export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

/** Sends one request once. Throws a NetworkError, TimeoutError or CancelledError when there is no response. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
