/** Tests which addresses count as public. */
import { expect, test } from 'vitest';
import { isPublicAddress } from '../../../src/cloudflare/edge/public-address.js';

test.each(['104.16.132.229', '1.1.1.1', '172.32.0.1', '2606:4700::6810:84e5', '2a06:98c1:3121::3'])(
	'%s is public',
	(address) => {
		expect(isPublicAddress(address)).toBe(true);
	},
);

test.each([
	['this machine', '127.0.0.1'],
	['this machine', '127.255.255.254'],
	['this machine', '::1'],
	['no address', '0.0.0.0'],
	['no address', '0.1.2.3'],
	['no address', '::'],
	['a private network', '10.0.0.1'],
	['a private network', '172.16.0.1'],
	['a private network', '192.168.255.255'],
	['a private network', 'fd00::1'],
	['a private network', 'fec0::1'],
	['a local link', '169.254.169.254'],
	['a local link', 'fe80::1'],
	['a local link', 'fe80::1%eth0'],
	['a carrier', '100.64.0.1'],
	['a cloud platform', '168.63.129.16'],
	['a cloud platform', '100.100.100.200'],
	['a cloud platform', 'fd00:ec2::254'],
	['many hosts', '224.0.0.1'],
	['many hosts', '255.255.255.255'],
	['many hosts', 'ff02::1'],
	['documents', '192.0.2.1'],
	['documents', '2001:db8::1'],
	['benchmarks', '198.18.0.1'],
	['the future', '240.0.0.1'],
	['an IPv4 address in IPv6 form', '::ffff:127.0.0.1'],
	['an IPv4 address in IPv6 form', '::ffff:104.16.132.229'],
	['an IPv4 address in IPv6 form', '::127.0.0.1'],
	['an IPv4 address in IPv6 form', '::ffff:0:7f00:1'],
	['an IPv4 address behind NAT64', '64:ff9b::7f00:1'],
	['an IPv4 address behind NAT64', '64:ff9b::6810:84e5'],
	['an IPv4 address behind NAT64', '64:ff9b:1::7f00:1'],
	['an IPv4 address behind 6to4', '2002:7f00:1::1'],
	['an IPv4 address behind 6to4', '192.88.99.1'],
	['an IPv4 address behind Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
	['another writing of an address', '2130706433'],
	['another writing of an address', '0x7f.0.0.1'],
	['another writing of an address', '127.1'],
	['a name', 'localhost'],
	['an empty text', ''],
])('what stands for %s is not public: %s', (_, address) => {
	expect(isPublicAddress(address)).toBe(false);
});
