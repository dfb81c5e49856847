/** Opens the connection pool: undici, with keep-alive and without redirects. Loads undici, so it is itself loaded late. */
import { Pool } from 'undici';
import { sendRequest } from './request.js';
import type { Send } from './send.js';

/** Requests under way at once; each further request waits for a free connection. */
const CONNECTIONS = 32;
const KEEP_ALIVE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A pool of connections to one API root, such as `https://api.cloudflare.com/client/v4`. Each request ends after
 * `timeoutSeconds`, waiting for a connection included.
 */
export function openPool(baseUrl: string, timeoutSeconds: number): { send: Send; close(): Promise<void> } {
	const { origin, host, pathname } = new URL(baseUrl);
	const rules = { host, prefix: pathname.replace(/\/$/, ''), timeoutSeconds };
	const pool = new Pool(origin, {
		connections: CONNECTIONS,
		keepAliveTimeout: KEEP_ALIVE_MS,
		connect: { timeout: CONNECT_TIMEOUT_MS },
		// Off, because sendRequest has one time limit for headers and body together.
		headersTimeout: 0,
		bodyTimeout: 0,
	});
	return { send: (request) => sendRequest(pool, request, rules), close: () => pool.destroy() };
}
