/** Says why a URL could not be fetched from the edge, and what to do about it. */

import { codeOf } from '../../base/system-error.js';
import { type Failure, NetworkError, Refused, TimeoutError } from '../../errors.js';
import { isCertificateCode } from '../http/connection-failure.js';
import { EDGE_TIMEOUT_MS } from './edge-fetch.js';
import { NoPublicAddress } from './public-connector.js';

const WITHOUT_PROXY =
	'The environment names a proxy, and URLs are fetched without it, because a proxy would choose the address. Where it is the only way out, run cache_inspect on another computer.';

/** The failure of a request whose connection was not made, or broke. */
export function explainFailure(error: Error, host: string, hasProxy: boolean): Failure {
	if (error instanceof NoPublicAddress || error.cause instanceof NoPublicAddress)
		return new Refused(`${host} has no public address here, so no connection was made.`, {
			advice: 'Only public addresses are fetched. Check the DNS record of this host, and that it is proxied.',
		});
	const code = codeOf(error) ?? codeOf(error.cause) ?? 'no code';
	if (isCertificateCode(code))
		return new NetworkError(`${host} was reached, but its certificate is not trusted (${code}).`, {
			sent: false,
			advice: 'Check the certificate of this host, and whether your network inspects TLS (NODE_EXTRA_CA_CERTS).',
		});
	return new NetworkError(`${host} could not be fetched (${code}).`, { sent: false, advice: adviseOn(hasProxy) });
}

/** The failure of a request that took too long. */
export function late(host: string, hasProxy: boolean): Failure {
	return new TimeoutError(`${host} did not answer within ${EDGE_TIMEOUT_MS / 1_000} seconds.`, {
		advice: adviseOn(hasProxy),
	});
}

function adviseOn(hasProxy: boolean): string {
	return hasProxy ? WITHOUT_PROXY : 'Check the host and the network of this server, then call again.';
}
