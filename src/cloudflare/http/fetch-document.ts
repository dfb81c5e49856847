/** Fetches documents of other hosts than the API, such as the keys of an OAuth issuer, through the same connections. */
import type { HttpResponse } from './send.js';

/** A client waits for its answer meanwhile. */
const TIMEOUT_SECONDS = 5;

/** The largest key sets of public issuers have some 20 kB. */
const MAX_CHARACTERS = 1_000_000;

/** The proxies that lead to a host, as `openProxiedPool` takes them. */
type ProxiesTo = { readonly https: string; readonly http: string; readonly except: string } | undefined;

/**
 * Fetches a document by GET. Redirects are not followed: a document that decides about trust stands where it was said to
 * stand. Rejects where there is no answer within five seconds, or where it is longer than a million characters.
 */
export async function fetchDocument(
	url: string,
	{ proxies, userAgent }: { proxies: ProxiesTo; userAgent: string },
): Promise<Pick<HttpResponse, 'status' | 'body'>> {
	const { origin, pathname, search } = new URL(url);
	const pool = proxies
		? (await import('./proxy.js')).openProxiedPool(origin, TIMEOUT_SECONDS, proxies)
		: (await import('./pool.js')).openPool(origin, TIMEOUT_SECONDS);
	try {
		const headers = { accept: 'application/json', 'user-agent': userAgent };
		const { status, body } = await pool.send({ method: 'GET', target: pathname + search, headers });
		if (body.length > MAX_CHARACTERS) throw new RangeError('the document is too long');
		return { status, body };
	} finally {
		await pool.close();
	}
}
