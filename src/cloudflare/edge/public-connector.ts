/**
 * Connects to public addresses only. It looks up and judges at the moment of the connection, so that no answer of DNS can
 * change in between.
 */
import { type LookupAddress, type LookupOptions, lookup as lookUpSystem } from 'node:dns';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { CONNECTOR_OPTIONS } from '../http/connections.js';
import { isPublicAddress } from './public-address.js';

/** Node's lookup, as far as connections use it. */
export type Lookup = (
	hostname: string,
	options: LookupOptions & { all: true },
	callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The error of a connection that was not made. */
export class NoPublicAddress extends Error {
	override name = 'NoPublicAddress';
}

interface Options {
	/** The system's look-up by default. */
	readonly lookup?: Lookup;
	/** Which addresses may be connected to: public ones by default. */
	readonly allows?: (address: string) => boolean;
}

/** A connector that fails with {@link NoPublicAddress}, before any connection, where none of the host's addresses is public. */
export function createPublicConnector({
	lookup = lookUpSystem,
	allows = isPublicAddress,
}: Options = {}): buildConnector.connector {
	const connect = buildConnector({
		...CONNECTOR_OPTIONS,
		lookup: guard(lookup, allows),
	} as buildConnector.BuildOptions);
	return (options, callback) => {
		// An address in place of a name is never looked up, so it would pass the guard.
		if (ipaddr.isValid(options.hostname.replace(/^\[|\]$/g, ''))) return callback(new NoPublicAddress(), null);
		connect(options, (...[error, socket]: buildConnector.CallbackArgs) => {
			if (!socket || allows(socket.remoteAddress ?? ''))
				return callback(...([error, socket] as buildConnector.CallbackArgs));
			socket.destroy();
			callback(new NoPublicAddress(), null);
		});
	};
}

/** The look-up without the addresses that are not allowed. Node asks for one address or for all of them. */
function guard(lookup: Lookup, allows: (address: string) => boolean) {
	return (
		hostname: string,
		options: LookupOptions,
		callback: (error: Error | null, address?: string | LookupAddress[], family?: number) => void,
	): void =>
		lookup(hostname, { ...options, all: true }, (error, addresses) => {
			if (error) return callback(error);
			const allowed = addresses.filter(({ address }) => allows(address));
			const [first] = allowed;
			if (!first) callback(new NoPublicAddress());
			else if (options.all) callback(null, allowed);
			else callback(null, first.address, first.family);
		});
}
