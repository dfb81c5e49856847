/** Reads IP addresses into their canonical form. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Returns the RFC 5952 form, or undefined for anything but one full address. It is checked first, because ipaddr.js also
 * accepts `1.2.3`, `0x7f000001` and `2130706433`.
 */
export function canonicalize(text: unknown): string | undefined {
	if (typeof text !== 'string' || text.includes('%')) return undefined;
	const family = isIP(text);
	if (family === 6) return ipaddr.IPv6.parse(text).toRFC5952String();
	return family === 4 ? text : undefined;
}
