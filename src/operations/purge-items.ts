/** Defines what a purge can select: URLs, tags, hosts and prefixes. What no visitor can have requested is refused. */
import { MAX_HOSTNAME_CHARACTERS, toHostname } from '../base/identifiers.js';
import { type Normalized, text } from './fields.js';

/** Cloudflare's limit of a URL, 32 KB. */
export const MAX_URL_CHARACTERS = 32_768;
/** Cloudflare's limit, from its page on purge by tags. */
const MAX_TAG_CHARACTERS = 1_024;
/** Cloudflare's limit, from its page on purge by prefix. */
const MAX_PATH_SEPARATORS = 31;
const MAX_PORT = 65_535;

const URL_EXAMPLE = 'write scheme, host and path, such as https://www.example.com/page';

/** Most URLs hold only characters that need no further look. */
const ORDINARY = /^[\w/:.?=&%#@~!$'()+[\]{}|^`-]*$/;
/** A blank of any kind is one too: a list that came as one text has one between its items. */
const SEPARATED_URL = /[,;\s]https?:\/\//i;
/** Browsers send none of them as they are, and people see none of the invisible ones. U+FFFD stands for a character that was lost. */
const UNSENDABLE = /["<>\\\uFFFD\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

/**
 * An absolute URL. Only scheme and host are made canonical, because path and query are part of the cache key as written.
 * A problem never repeats text of the URL, which may come from a file.
 */
export function normalizeUrl(value: string): Normalized {
	if (SEPARATED_URL.test(value)) return { problem: 'contains two URLs: give one URL per item' };
	const parts = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(value);
	if (!parts) return { problem: `is not an absolute URL: ${URL_EXAMPLE}` };
	const [, scheme = '', authority = '', rest = ''] = parts;
	const unsendable = findUnsendable(value);
	if (unsendable) return { problem: unsendable };
	if (authority.includes('@')) return { problem: 'contains credentials: write the URL without user and password' };
	if (rest.includes('#')) return { problem: 'has a fragment, which is never cached: remove "#" and what follows' };
	if (authority.includes('*') || rest.split('?', 1)[0]?.endsWith('*'))
		return { problem: 'contains "*", but URLs take no wildcards: use prefixes for everything below a path' };
	const [, host = '', port = ''] = /^(.*?)(:\d+)?$/s.exec(authority) ?? [];
	if (Number(port.slice(1)) > MAX_PORT) return { problem: `has a port above ${MAX_PORT}: correct it` };
	const name = toHostname(host);
	if (!name) return { problem: `has no valid host name: ${URL_EXAMPLE}` };
	const canonical = `${scheme.toLowerCase()}://${name}${port}${rest.startsWith('/') ? rest : `/${rest}`}`;
	// Returns the given string when it is canonical already, so that a list of 100,000 is not held in memory twice.
	return { value: canonical === value ? value : canonical };
}

/** What is wrong with the characters of a URL or prefix, if anything is. */
function findUnsendable(value: string): string | undefined {
	if (ORDINARY.test(value)) return undefined;
	if (/[,;]$/.test(value)) return `ends with "${value.at(-1)}", which separates items: remove it`;
	const [character] = UNSENDABLE.exec(value) ?? [];
	if (character === undefined) return undefined;
	if (character === ' ') return 'contains white space: percent-encode it (%20)';
	const name = describeCharacter(character);
	if (character === '\uFFFD')
		return `contains ${name}, the sign of text that was not UTF-8: read the list again as UTF-8`;
	const encoded = /\p{Cs}/u.test(character) ? '' : ` (${encodeURIComponent(character)})`;
	return `contains ${name}: remove it, or percent-encode it${encoded} if it belongs there`;
}

/** `U+200B`, or `U+003C (<)` for a character that can be seen. */
function describeCharacter(character: string): string {
	const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
	// A double quote frames text from outside, so one that stands alone would let such text out of its frame.
	if (character === '"') return `U+${code} (double quote)`;
	return /[!-~]/.test(character) ? `U+${code} (${character})` : `U+${code}`;
}

/** A cache tag: printable ASCII without spaces and commas. */
function normalizeTag(value: string): Normalized {
	if (!/^[\x21-\x7e]+$/.test(value)) return { problem: 'must be printable ASCII without spaces' };
	if (value.includes(','))
		return { problem: 'contains a comma, which separates tags in Cache-Tag: give one tag per item' };
	return { value };
}

/** A host name without scheme, port or path. */
function normalizeHost(value: string): Normalized {
	const name = toHostname(value);
	if (name) return { value: name };
	const pieces = value.split(/[,;\s]+/).filter(Boolean);
	if (pieces.length > 1 && pieces.every(toHostname)) return { problem: 'contains two host names: give one per item' };
	const bare = toHostname(value.replace(/^[a-z]+:\/\//i, '').replace(/[:/?#].*$/s, ''));
	return {
		problem: bare
			? `must be a host name only: write ${bare}, or use prefixes for a path`
			: 'is not a host name such as www.example.com (no scheme, path, port or wildcard)',
	};
}

/** Host and path, with at most 31 path separators. */
function normalizePrefix(value: string): Normalized {
	if (holdsTwoPrefixes(value)) return { problem: 'contains two prefixes: give one per item' };
	const bare = value.replace(/^[a-z]+:\/\//i, '');
	if (bare !== value) return { problem: `must not have a scheme: write ${bare.replace(/[?#].*$/s, '')}` };
	if (/[?#]/.test(value))
		return { problem: `must not have a query or fragment: write ${value.replace(/[?#].*$/s, '')}` };
	if (value.includes('*')) return { problem: 'must not contain "*": a prefix already covers everything below it' };
	const unsendable = findUnsendable(value);
	if (unsendable) return { problem: unsendable };
	const slash = value.indexOf('/');
	const host = toHostname(slash < 0 ? value : value.slice(0, slash));
	if (!host) return { problem: 'must start with a host name, such as www.example.com/blog' };
	const path = slash < 0 ? '' : value.slice(slash);
	if (path.split('/').length - 1 > MAX_PATH_SEPARATORS) return { problem: 'has more than 31 path separators' };
	return { value: host + path };
}

/**
 * Whether a separator is followed by a further name of the zone. A comma alone says nothing: paths may hold one. A zone has
 * at least two labels, so all its names share the last two.
 */
function holdsTwoPrefixes(value: string): boolean {
	if (SEPARATED_URL.test(value)) return true;
	const [first = '', ...others] = value.split(/[,;\s]+/);
	const domain = domainOf(first);
	// Looks for the text first: a prefix of 32,768 characters may have very many parts.
	return domain !== undefined && others.some((one) => one.toLowerCase().includes(domain) && domainOf(one) === domain);
}

/** The last two labels of the host that a prefix starts with. */
function domainOf(prefix: string): string | undefined {
	return toHostname(prefix.split('/', 1)[0] ?? '')
		?.split('.')
		.slice(-2)
		.join('.');
}

/** The field of a URL. */
export const url = text(MAX_URL_CHARACTERS, normalizeUrl);
/** The field of a cache tag. */
export const tag = text(MAX_TAG_CHARACTERS, normalizeTag);
/** The field of a host name. */
export const host = text(MAX_HOSTNAME_CHARACTERS, normalizeHost);
/** The field of a prefix. */
export const prefix = text(MAX_URL_CHARACTERS, normalizePrefix);
