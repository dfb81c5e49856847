/** Reads the parts of a visitor's request that decide how the edge answers. */

/** Facts about a visitor that Cloudflare finds out by itself, and adds to the cache key where a rule says so. */
interface Visitor {
	device: string | undefined;
	country: string | undefined;
	language: string | undefined;
}

/** A request for a URL. */
export interface Visit extends Visitor {
	/** `PURGE` for the request that a purge of a URL stands for. */
	method: string;
	scheme: 'http' | 'https';
	/** In lower case, without a port. */
	host: string;
	/** Still encoded. */
	path: string;
	/** With its question mark; empty when there is none. */
	query: string;
	/** By name in lower case. */
	headers: Readonly<Record<string, string | undefined>>;
}

/** What a visitor sent. */
interface SentRequest {
	method: string;
	scheme: Visit['scheme'];
	host: string;
	target: string;
	headers: Visit['headers'];
}

/** The one country that visitors of a sandbox come from. */
const COUNTRY = 'US';

/** Reads a visitor's request. Headers that name a device or a country are not believed. */
export function readVisit({ method, scheme, host, target, headers }: SentRequest): Visit {
	return {
		method,
		scheme,
		host: host.toLowerCase(),
		...splitTarget(target),
		headers,
		device: deviceOf(headers['user-agent'] ?? ''),
		country: COUNTRY,
		language: headers['accept-language'],
	};
}

/** Reads what the purge of a URL stands for: a request whose device, country and language are given by its headers. */
export function readPurgedFile(url: string, given: Record<string, string>): Visit {
	const { protocol, hostname, href, origin } = new URL(url);
	const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
	return {
		method: 'PURGE',
		scheme: protocol === 'https:' ? 'https' : 'http',
		host: hostname.toLowerCase(),
		...splitTarget(href.slice(origin.length)),
		headers,
		device: headers['cf-device-type'] ?? 'desktop',
		country: headers['cf-ipcountry'],
		language: headers['accept-language'],
	};
}

function splitTarget(target: string): Pick<Visit, 'path' | 'query'> {
	const at = target.indexOf('?');
	return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at) };
}

function deviceOf(userAgent: string): string {
	if (/ipad|tablet/i.test(userAgent)) return 'tablet';
	return /mobile|iphone|android/i.test(userAgent) ? 'mobile' : 'desktop';
}
