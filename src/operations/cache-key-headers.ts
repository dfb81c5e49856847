/** Defines the request headers of a cache key. Cloudflare accepts a purge with a wrong value, and purges nothing. */
import type { z } from '../zod.js';
import { bounded, map } from './fields.js';

/** Headers of one file. */
const MAX_HEADERS = 50;
const MAX_NAME_CHARACTERS = 256;
const MAX_VALUE_CHARACTERS = 8_192;

const name = bounded(MAX_NAME_CHARACTERS).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name');
const value = bounded(MAX_VALUE_CHARACTERS).regex(
	/^[\t\x20-\x7e\x80-\xff]*$/,
	'must not contain control characters, or characters beyond Latin-1',
);

/** The canonical value of a header, or undefined when it is wrong. */
type Check = (value: string) => string | undefined;

/** The headers that Cloudflare itself adds to cache keys, by their name in lower case (its page on purge by single file). */
const CHECKS: ReadonlyMap<string, readonly [check: Check, rule: string]> = new Map([
	['cf-device-type', [checkDevice, 'must be mobile, desktop or tablet']],
	['cf-ipcountry', [checkCountry, 'must be a country code of two letters, such as US']],
	['origin', [checkOrigin, 'must be scheme://host or scheme://host:port, such as https://app.example.com']],
	['accept-language', [(text: string) => text || undefined, 'must not be empty: write it as visitors send it']],
]);

function checkDevice(text: string): string | undefined {
	const device = text.toLowerCase();
	return ['mobile', 'desktop', 'tablet'].includes(device) ? device : undefined;
}

/** T1 is Cloudflare's code of the Tor network. */
function checkCountry(text: string): string | undefined {
	return /^([a-z]{2}|t1)$/i.test(text) ? text.toUpperCase() : undefined;
}

/** Browsers write an origin in lower case, and leave out the usual port of the scheme. */
function checkOrigin(text: string): string | undefined {
	if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
	const { protocol, host } = new URL(text);
	return host && `${protocol}//${host}`;
}

const DESCRIPTION =
	'Per device CF-Device-Type mobile, desktop or tablet; per country CF-IPCountry US; per language Accept-Language de; for CORS Origin https://example.com';

/** The field of a file's headers. */
export const cacheKeyHeaders = map(MAX_HEADERS, { key: name, value, description: DESCRIPTION }).transform(checkHeaders);

/** The headers with canonical values, each once. */
export function checkHeaders(
	headers: Partial<Readonly<Record<string, string>>>,
	context: z.RefinementCtx,
): Record<string, string> {
	const entries = Object.entries(headers).map(([header, text = '']) => {
		const [check, rule] = CHECKS.get(header.toLowerCase()) ?? [];
		const canonical = check ? check(text.trim()) : text;
		if (canonical === undefined) context.addIssue({ code: 'custom', message: rule, path: [header] });
		return [header, canonical ?? text] as const;
	});
	const names = entries.map(([header]) => header.toLowerCase());
	const twice = names.find((one, at) => names.indexOf(one) !== at);
	if (twice) context.addIssue({ code: 'custom', message: `names ${twice} twice: give one value` });
	return Object.fromEntries(entries);
}
