/** Opens the way to the edge when the first URL is fetched: to public addresses, or to the edge of a sandbox in this process. */
import type { Clock } from '../../base/clock.js';
import type { EdgeFetch } from './edge-fetch.js';

interface EdgeOptions {
	readonly clock: Clock;
	/** The environment names a proxy, which is not used. */
	readonly hasProxy: boolean;
	/** The value of the header User-Agent, where the caller gives none. */
	readonly userAgent: string;
	/** The ports of the sandbox's edge. Only a server that runs a sandbox gives it, and then no other address is reached. */
	readonly sandboxPorts?: (() => Promise<{ readonly http: number; readonly https: number }>) | undefined;
}

/** An EdgeFetch that loads what it needs with its first request. */
export function openEdge(options: EdgeOptions): EdgeFetch {
	let opening: Promise<EdgeFetch> | undefined;
	return async (request) => {
		opening ??= loadEdge(options);
		return (await opening)(request);
	};
}

async function loadEdge({ sandboxPorts, ...options }: EdgeOptions): Promise<EdgeFetch> {
	const { createEdgeFetch } = await import('./fetcher.js');
	if (sandboxPorts) {
		const { createSandboxConnector } = await import('./sandbox-connector.js');
		return createEdgeFetch({ ...options, connect: createSandboxConnector(await sandboxPorts()) });
	}
	const { createPublicConnector } = await import('./public-connector.js');
	return createEdgeFetch({ ...options, connect: createPublicConnector() });
}
