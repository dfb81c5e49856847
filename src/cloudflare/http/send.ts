/** Declares how one HTTP request is sent: the signature that every layer of the transport shares and wraps. */

import type { Signal } from '../../base/cancel.js';

/** An HTTP request. */
export interface HttpRequest {
	readonly method: string;
	/** Path and query below the API root. */
	readonly target: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string;
	/** True of a request that only reads although its method is not GET, such as a GraphQL query. */
	readonly reads?: boolean | undefined;
	/** Aborting cancels the request. */
	readonly signal?: Signal | undefined;
}

/** Whether a request changes nothing, so that it may be repeated and its failure leaves nothing in doubt. */
export function isRead({ method, reads }: Pick<HttpRequest, 'method' | 'reads'>): boolean {
	return method === 'GET' || reads === true;
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
