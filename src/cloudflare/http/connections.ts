/** Says how connections are made and used, with a proxy and without. */
import type { buildConnector } from 'undici';
import { passOverInterim } from './interim.js';
import type { RequestRules } from './request.js';

/** Options of every connection. NODE_TLS_REJECT_UNAUTHORIZED must not turn the check of certificates off. */
export const CONNECTOR_OPTIONS = { timeout: 10_000, rejectUnauthorized: true };

export const POOL_OPTIONS = {
	/** Requests under way at once; each further request waits for a free connection. */
	connections: 32,
	keepAliveTimeout: 30_000,
	// Off, because sendRequest has one time limit for headers and body together.
	headersTimeout: 0,
	bodyTimeout: 0,
};

/** What the requests to one API root share. */
export function toRules(baseUrl: string, timeoutSeconds: number): RequestRules {
	const { origin, host, pathname } = new URL(baseUrl);
	return { origin, host, prefix: pathname.replace(/\/$/, ''), timeoutSeconds };
}

/** `connect` with sockets that pass over interim answers. */
export function withoutInterim(connect: buildConnector.connector): buildConnector.connector {
	return (options, callback) =>
		connect(options, (...[error, socket]: buildConnector.CallbackArgs) => {
			if (socket) passOverInterim(socket);
			callback(...([error, socket] as buildConnector.CallbackArgs));
		});
}
