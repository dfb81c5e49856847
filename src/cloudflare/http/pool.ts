/** Opens the connection pool: undici, with keep-alive and without redirects. Loads undici, so it is itself loaded late. */
import { buildConnector, Pool } from 'undici';
import { CONNECTOR_OPTIONS, POOL_OPTIONS, toRules, withoutInterim } from './connections.js';
import { sendRequest } from './request.js';
import type { Send } from './send.js';

/**
 * A pool of connections to one API root, such as `https://api.cloudflare.com/client/v4`. Each request ends after
 * `timeoutSeconds`, waiting for a connection included.
 */
export function openPool(baseUrl: string, timeoutSeconds: number): { send: Send; close(): Promise<void> } {
	const rules = toRules(baseUrl, timeoutSeconds);
	const connect = withoutInterim(buildConnector(CONNECTOR_OPTIONS));
	const pool = new Pool(rules.origin, { ...POOL_OPTIONS, connect });
	return { send: (request) => sendRequest(pool, request, rules), close: () => pool.destroy() };
}
