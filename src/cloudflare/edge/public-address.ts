/** Tells public addresses from all others: those of this machine, of private networks, and those that stand for other addresses. */
import ipaddr from 'ipaddr.js';

/** Addresses of cloud platforms that lie in a public range, and serve secrets to their machines: Azure's. */
const PLATFORM = new Set(['168.63.129.16']);
/** The only part of IPv6 from which global addresses are assigned (RFC 4291). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address may be connected to. IPv6 forms of IPv4 addresses (mapped, compatible, NAT64, 6to4, Teredo) are not,
 * because the address behind them is another one.
 */
export function isPublicAddress(text: string): boolean {
	if (ipaddr.IPv4.isValidFourPartDecimal(text))
		return ipaddr.IPv4.parse(text).range() === 'unicast' && !PLATFORM.has(text);
	// A zone index (%eth0) belongs to a local address.
	if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return false;
	const address = ipaddr.IPv6.parse(text);
	return address.range() === 'unicast' && address.match(GLOBAL_UNICAST);
}
