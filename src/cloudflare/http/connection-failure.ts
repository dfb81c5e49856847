/** Says why a request got no answer, by the error of its connection. */
import { type Changed, NetworkError } from '../../errors.js';

/** Codes of Node and OpenSSL for a certificate that does not hold. */
const CERTIFICATE =
	/^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;

interface ConnectionError extends Error {
	readonly code?: string;
}

/** The failure of a request whose connection could not be made, or broke. */
export function toNetworkError(cause: ConnectionError, host: string, sent: boolean, changed: Changed): NetworkError {
	const code = cause.code ?? cause.message;
	const { what, advice } = CERTIFICATE.test(code)
		? {
				what: `${host} was reached, but its certificate is not trusted (${code}).`,
				advice:
					'If your network inspects TLS, the operator must set NODE_EXTRA_CA_CERTS to the file of its root certificate. Also check the clock of this computer and CLOUDFLARE_BASE_URL.',
			}
		: {
				what: sent
					? `The connection to ${host} broke before an answer arrived (${code}).`
					: `${host} could not be reached (${code}).`,
				advice: 'Check the network, any proxy and CLOUDFLARE_BASE_URL, then call again.',
			};
	return new NetworkError(what, { sent, changed, advice: changed === 'unknown' ? { again: 'check' } : advice, cause });
}
