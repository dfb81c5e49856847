/** How one HTTP request is sent: the signature that every layer of the transport shares and wraps. */

import type { Signal } from '../../base/cancel.js';

/** A request with everything decided but the connection. */
export interface HttpRequest {
	readonly method: string;
	/** Path and query below the API root. */
	readonly target: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly signal?: Signal | undefined;
}

/** An answer, whole. */
export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

/** Sends one request. Throws NetworkError, TimeoutError or Interrupted when there is no answer. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
