/** Logs every fetch of a URL, without the query, which may hold what is for the site alone. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { EdgeFetch } from './edge-fetch.js';

/** `fetchUrl` with a line at `debug` for each fetch, when it has ended. */
export function withFetchLog(fetchUrl: EdgeFetch, log: Log, clock: Clock): EdgeFetch {
	return async (request) => {
		const began = clock.now();
		const tell = (end: { status: number | null; cf_ray?: string | undefined; error?: string }) => {
			const { host, pathname } = new URL(request.url);
			const ms = Math.round(clock.now() - began);
			const { callId: call, requestId } = request;
			log('debug', 'fetch', { method: 'GET', host, path: pathname, ms, call, request: requestId, ...end });
		};
		try {
			const response = await fetchUrl(request);
			tell({ status: response.status, cf_ray: response.headers['cf-ray'] });
			return response;
		} catch (error) {
			tell({ status: null, error: error instanceof Error ? error.message : String(error) });
			throw error;
		}
	};
}
