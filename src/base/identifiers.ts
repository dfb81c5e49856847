/** Recognizes host names and Cloudflare ids, and brings host names into their canonical form. */
import { domainToASCII, domainToUnicode } from 'node:url';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** RFC 1035 allows 255 bytes on the wire, which leaves 253 characters of text. */
export const MAX_HOSTNAME_CHARACTERS = 253;

/**
 * The canonical form of a host name with at least two labels: lower case, IDN as punycode, no trailing dot. Undefined for
 * every other text, such as operators (`contains:x`), IP addresses, wildcards and paths. A label has at most 63 characters
 * (RFC 1035).
 */
export function toHostname(text: string): string | undefined {
	const bare = text.endsWith('.') ? text.slice(0, -1) : text;
	if (bare.length > MAX_HOSTNAME_CHARACTERS) return undefined;
	if (/[\s:/?#@*%\\]/.test(bare)) return undefined;
	const name = domainToASCII(bare).toLowerCase();
	const labels = name.split('.');
	if (name.length > MAX_HOSTNAME_CHARACTERS || labels.length < 2) return undefined;
	if (!labels.every((label) => LABEL.test(label))) return undefined;
	// URL parsers read a name whose last label is a number as an IPv4 address.
	return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : name;
}

/**
 * Whether a user who typed `text` meant the host name `name`, which is in canonical form. Case and white space around it do
 * not count, and an IDN may be typed in either form. Nothing else is forgiven: what was typed is a proof.
 */
export function isTypedAs(text: string, name: string): boolean {
	const trimmed = text.trim();
	// Normalizing takes time by the square of a long text.
	if (trimmed.length > MAX_HOSTNAME_CHARACTERS) return false;
	const typed = trimmed.toLowerCase().normalize('NFC');
	return typed === name || typed === domainToUnicode(name);
}

/** Whether the host name `name` is `zone` or a subdomain of it. Both are in canonical form. */
export function isWithin(name: string, zone: string): boolean {
	return name === zone || name.endsWith(`.${zone}`);
}

/** Whether a text is an id of a zone, account or environment: 32 lower-case hexadecimal characters. */
export function isHexId(text: string): boolean {
	return /^[0-9a-f]{32}$/.test(text);
}

/** Whether a text is an id of an environment: 1 to 32 lower-case hexadecimal characters. */
export function isEnvironmentId(text: string): boolean {
	return /^[0-9a-f]{1,32}$/.test(text);
}

/** Whether a host, as a URL or a listener names it, is this machine, which no other machine can reach. */
export function isThisMachine(host: string): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
