/** The connection pool: undici, keep-alive, no redirects. The only file that loads undici, and it is loaded late. */
import { Pool } from 'undici';
import { sendRequest } from './request.js';
import type { Send } from './send.js';

/** Requests under way at once; each further one waits for its turn. */
const CONNECTIONS = 32;

/** A pool of connections to one API root, such as `https://api.cloudflare.com/client/v4`; `seconds` is the limit of each attempt. */
export function openPool(baseUrl: string, seconds: number): { send: Send; close(): Promise<void> } {
	const { origin, host, pathname } = new URL(baseUrl);
	const rules = { host, prefix: pathname.replace(/\/$/, ''), seconds };
	const pool = new Pool(origin, {
		connections: CONNECTIONS,
		keepAliveTimeout: 30_000,
		connect: { timeout: 10_000 },
		// Each attempt keeps its own limit, over headers and body together.
		headersTimeout: 0,
		bodyTimeout: 0,
	});
	return { send: (request) => sendRequest(pool, request, rules), close: () => pool.destroy() };
}
