/** Which text can be a DNS name, and its canonical form: lower case, IDN as punycode, no trailing dot. */
import { domainToASCII } from 'node:url';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The canonical form of a host name of at least two labels, or undefined when the text cannot be one: operators such as
 * `contains:x`, IP addresses, wildcards and paths among them. Limits: RFC 1035, 253 characters and 63 a label.
 */
export function toHostname(text: string): string | undefined {
	const bare = text.replace(/\.$/, '');
	if (/[\s:/?#@*%\\]/.test(bare)) return undefined;
	const name = domainToASCII(bare).toLowerCase();
	const labels = name.split('.');
	if (name.length > 253 || labels.length < 2 || !labels.every((label) => LABEL.test(label))) return undefined;
	// A last label of digits is an IPv4 address to every URL parser, never a top-level domain.
	return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : name;
}

/** Whether `name` is `zone` or below it. */
export function isWithin(name: string, zone: string): boolean {
	return name === zone || name.endsWith(`.${zone}`);
}

/** Whether a text is an id in canonical form: 32 lower-case hexadecimal characters, as zones, accounts and environments have it. */
export function isHexId(text: string): boolean {
	return /^[0-9a-f]{32}$/.test(text);
}
