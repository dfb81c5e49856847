/** Opens connections through a proxy, by undici's agent. Loaded only where the environment names a proxy. */
import { buildConnector, EnvHttpProxyAgent, Pool } from 'undici';
import type { ConnectionError } from './connection-failure.js';
import { CONNECTOR_OPTIONS, POOL_OPTIONS, toRules, withoutInterim } from './connections.js';
import { sendRequest } from './request.js';
import type { Send } from './send.js';

/** The proxies of the environment. Each is a URL, or an empty text where there is none. */
export interface Proxies {
	readonly https: string;
	readonly http: string;
	/** Hosts that are reached without a proxy, as NO_PROXY lists them. */
	readonly except: string;
}

/** Like openPool, through the proxies. */
export function openProxiedPool(
	baseUrl: string,
	timeoutSeconds: number,
	{ https, http, except }: Proxies,
): { send: Send; close(): Promise<void> } {
	const rules = toRules(baseUrl, timeoutSeconds);
	const direct = buildConnector(CONNECTOR_OPTIONS);
	const agent = new EnvHttpProxyAgent({
		...POOL_OPTIONS,
		// Given as texts, or the agent would read the environment by itself.
		httpsProxy: https,
		httpProxy: http,
		noProxy: except,
		connect: direct,
		requestTls: CONNECTOR_OPTIONS,
		proxyTls: CONNECTOR_OPTIONS,
		// Makes the connections to the API. The agent gives it the way through the proxy where there is one.
		factory: (origin, options) => {
			const { connect } = options as { connect: buildConnector.connector };
			const way = connect === direct ? direct : noting(connect, { isTunnel: true });
			return new Pool(origin, { ...options, connect: withoutInterim(way) });
		},
		// Makes the connections to the proxy.
		clientFactory: (origin, options) => {
			const { connect } = options as { connect: buildConnector.connector };
			const headersTimeout = timeoutSeconds * 1_000;
			return new Pool(origin, { ...options, headersTimeout, connect: noting(connect, { proxy: origin.host }) });
		},
	});
	return { send: (request) => sendRequest(agent, request, rules), close: () => agent.destroy() };
}

/** `connect` with a note on each of its errors, by which the failure names the hop. A host has no credentials in it. */
function noting(
	connect: buildConnector.connector,
	note: Pick<ConnectionError, 'proxy' | 'isTunnel'>,
): buildConnector.connector {
	return (options, callback) =>
		connect(options, (...[error, socket]: buildConnector.CallbackArgs) => {
			if (error) callback(Object.assign(toFinal(error), note), null);
			else callback(...([error, socket] as buildConnector.CallbackArgs));
		});
}

/** An error that ends the requests that wait: after a broken connection, undici would connect again and again. */
function toFinal(error: Error & { code?: string }): Error {
	if (error.code !== 'UND_ERR_SOCKET') return error;
	return Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' });
}
