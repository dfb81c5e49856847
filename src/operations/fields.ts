/** Defines fields that several operations share. Each enforces its format, and its message tells what to write instead. */
import ipaddr from 'ipaddr.js';
import { isHexId, toHostname } from '../base/identifiers.js';
import { z } from '../zod.js';

/** The canonical value, or what is wrong with it and what to write instead. */
type Normalized = { value: string } | { problem: string };

/** Checks one string and brings it into its canonical form. */
type Normalize = (value: string) => Normalized;

/** The normalizer of each field of {@link text}. */
const normalizers = new WeakMap<z.ZodTypeAny, Normalize>();

/** A string field that is checked and made canonical by `normalize`. */
export function text(normalize: Normalize) {
	const field = z.string().transform((value, context) => {
		const normalized = normalize(value.trim());
		if ('value' in normalized) return normalized.value;
		context.addIssue({ code: 'custom', message: normalized.problem });
		return z.NEVER;
	});
	normalizers.set(field, normalize);
	return field;
}

/** The normalizer of a field of {@link text}, so that long lists can be checked without zod's cost for each item. */
export const normalizerOf = (field: z.ZodTypeAny): Normalize | undefined => normalizers.get(field);

/** A list field with at least one item. */
export function list<Item extends z.ZodTypeAny>(item: Item) {
	return z.array(item).superRefine((items, context) => {
		if (items.length === 0)
			context.addIssue({ code: 'custom', message: 'is empty: leave it out or give at least one item' });
	});
}

/** `on` or `off`, the values of Cloudflare's switches. */
export const onOff = z.enum(['on', 'off']).describe('New state');

/** The field of an environment's id: 32 hexadecimal characters, in lower case. */
export function identifier(description: string) {
	return text((value) =>
		isHexId(value.toLowerCase())
			? { value: value.toLowerCase() }
			: { problem: 'must be 32 hexadecimal characters, as `ref` in environments_list' },
	).describe(description);
}

/** An absolute URL. Only scheme and host are made canonical, because path and query are part of the cache key as written. */
export function normalizeUrl(value: string): Normalized {
	const parts = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(value);
	if (!parts)
		return { problem: 'is not an absolute URL: write scheme, host and path, such as https://www.example.com/page' };
	const [, scheme = '', authority = '', rest = ''] = parts;
	if (/[\s\p{Cc}]/u.test(value)) return { problem: 'contains white space: percent-encode it (%20)' };
	if (authority.includes('@')) return { problem: 'contains credentials: write the URL without user and password' };
	if (rest.includes('#')) return { problem: 'has a fragment, which is never cached: remove "#" and what follows' };
	if (value.includes('*'))
		return { problem: 'contains "*", but URLs take no wildcards: use prefixes for everything below a path' };
	const [, host = '', port = ''] = /^(.*?)(:\d{1,5})?$/.exec(authority) ?? [];
	const name = toHostname(host);
	if (!name)
		return { problem: 'has no valid host name: write scheme, host and path, such as https://www.example.com/page' };
	const canonical = `${scheme.toLowerCase()}://${name}${port}${rest.startsWith('/') ? rest : `/${rest}`}`;
	// Returns the given string when it is canonical already, so that a list of 100,000 is not held in memory twice.
	return { value: canonical === value ? value : canonical };
}

/** Cloudflare's limit, from its page on purge by tags. */
const MAX_TAG_CHARACTERS = 1_024;

/** A cache tag: printable ASCII without spaces and commas, at most 1,024 characters. */
export function normalizeTag(value: string): Normalized {
	if (value.length > MAX_TAG_CHARACTERS) return { problem: 'is longer than 1,024 characters' };
	if (!/^[\x21-\x7e]+$/.test(value)) return { problem: 'must be printable ASCII without spaces' };
	if (value.includes(','))
		return { problem: 'contains a comma, which separates tags in Cache-Tag: give one tag per item' };
	return { value };
}

/** A host name without scheme, port or path. */
export function normalizeHost(value: string): Normalized {
	const name = toHostname(value);
	if (name) return { value: name };
	const bare = toHostname(value.replace(/^[a-z]+:\/\//i, '').replace(/[:/?#].*$/s, ''));
	return {
		problem: bare
			? `must be a host name only: write ${bare}, or use prefixes for a path`
			: 'is not a host name such as www.example.com (no scheme, path, port or wildcard)',
	};
}

/** Cloudflare's limit, from its page on purge by prefix. */
const MAX_PATH_SEPARATORS = 31;

/** Host and path, with at most 31 path separators. */
export function normalizePrefix(value: string): Normalized {
	const bare = value.replace(/^[a-z]+:\/\//i, '');
	if (bare !== value) return { problem: `must not have a scheme: write ${bare.replace(/[?#].*$/s, '')}` };
	if (/[?#]/.test(value))
		return { problem: `must not have a query or fragment: write ${value.replace(/[?#].*$/s, '')}` };
	if (value.includes('*')) return { problem: 'must not contain "*": a prefix already covers everything below it' };
	if (/[\s\p{Cc}]/u.test(value)) return { problem: 'contains white space: percent-encode it (%20)' };
	const slash = value.indexOf('/');
	const host = toHostname(slash < 0 ? value : value.slice(0, slash));
	if (!host) return { problem: 'must start with a host name, such as www.example.com/blog' };
	const path = slash < 0 ? '' : value.slice(slash);
	if (path.split('/').length - 1 > MAX_PATH_SEPARATORS) return { problem: 'has more than 31 path separators' };
	return { value: host + path };
}

/**
 * An address in plain dotted or colon form, made canonical (RFC 5952). Stricter than ipaddr.js, which also reads `1.2.3`,
 * `0x7f000001` and `2130706433` as addresses.
 */
export function normalizeIp(value: string): Normalized {
	const problem = 'must be one plain IPv4 or IPv6 address, such as 192.0.2.1 or 2001:db8::1 (no range, name or port)';
	if (ipaddr.IPv4.isValidFourPartDecimal(value)) return { value };
	if (!/^[0-9a-f:.]+$/i.test(value) || !value.includes(':') || !ipaddr.IPv6.isValid(value)) return { problem };
	const address = ipaddr.IPv6.parse(value);
	if (address.isIPv4MappedAddress())
		return { problem: `is an IPv4 address in IPv6 form: write ${address.toIPv4Address()}` };
	return { value: address.toRFC5952String() };
}

/** The field of an origin server's address. */
export const originIp = text(normalizeIp).describe('IPv4 or IPv6 address of the origin, no range');
