/** Defines the URL that a tool fetches, and the request headers that it may send along. */
import { checkHeaders } from './cache-key-headers.js';
import { bounded, MAX_ID_CHARACTERS, map, type Normalized, text } from './fields.js';
import { MAX_URL_CHARACTERS, normalizeUrl } from './purge-items.js';

/** Headers that decide which copy a visitor gets, and no other: nothing that overrides a host, and no credential. */
const VISITOR_HEADERS = ['CF-Device-Type', 'CF-IPCountry', 'Accept-Language', 'Origin', 'Accept', 'User-Agent'];
const NAMES = new Set(VISITOR_HEADERS.map((name) => name.toLowerCase()));
const MAX_VALUE_CHARACTERS = 1_024;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };

/** A URL, and the headers that are sent along. */
export interface VisitedFile {
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
}

/** Whether a URL of a purge can be fetched as its visitors fetch it: on a default port, and with all of its headers. */
export function canVisit({ url, headers }: VisitedFile): boolean {
	return 'value' in normalizeVisited(url) && Object.keys(headers).every((name) => NAMES.has(name.toLowerCase()));
}

/** An absolute URL on the default port of its scheme, which is left out. */
function normalizeVisited(value: string): Normalized {
	const normalized = normalizeUrl(value);
	if ('problem' in normalized) return normalized;
	const [, scheme = '', host = '', port = '', rest = ''] =
		/^(https?):\/\/([^/:]+)(:\d+)?(.*)$/s.exec(normalized.value) ?? [];
	if (port !== '' && port !== DEFAULT_PORTS[scheme])
		return { problem: 'has a port: only 80 for http and 443 for https are fetched' };
	return { value: `${scheme}://${host}${rest}` };
}

/** The field of a URL that is fetched. */
export const visitedUrl = text(MAX_URL_CHARACTERS, normalizeVisited);

const name = bounded(MAX_ID_CHARACTERS).refine(
	(given) => NAMES.has(given.toLowerCase()),
	`must be one of ${VISITOR_HEADERS.join(', ')}`,
);
const value = bounded(MAX_VALUE_CHARACTERS).regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');

/** The field of the headers that are sent along. */
export const visitorHeaders = map(VISITOR_HEADERS.length, {
	key: name,
	value,
	description: VISITOR_HEADERS.join(', '),
}).transform(checkHeaders);
