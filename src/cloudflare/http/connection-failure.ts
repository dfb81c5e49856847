/** Says why a request got no answer, and which hop failed, by the error of its connection. */
import { operatorMust, type Wording } from '../../base/audience.js';
import { type Changed, NetworkError } from '../../errors.js';

/** Codes of Node and OpenSSL for a certificate that does not hold. */
const CERTIFICATE =
	/^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;
/** How undici reports a proxy that does not connect. */
const PROXY_STATUS = /^Proxy response \((\d{3})\)/;
/** undici's code for an error that it has put into another one. */
const WRAPPED = 'UND_ERR_PRX_TLS';

/** Whether the code of an error says that a certificate does not hold. */
export function isCertificateCode(code: string): boolean {
	return CERTIFICATE.test(code);
}

/** An error of a connection, with what is known of the hop. */
export interface ConnectionError extends Error {
	readonly code?: string;
	/** Host and port of the proxy, where the connection to it failed. */
	readonly proxy?: string;
	/** The connection led through a proxy. */
	readonly isTunnel?: boolean;
}

/** The failure of a request whose connection could not be made, or broke. */
export function toNetworkError(error: ConnectionError, host: string, sent: boolean, changed: Changed): NetworkError {
	const { what, advice } = sent
		? { what: `The connection to ${host} broke before an answer arrived (${codeOf(error)}).`, advice: CHECK_NETWORK }
		: explain(error, host);
	return new NetworkError(what, {
		sent,
		changed,
		advice: changed === 'unknown' ? { again: 'check' } : advice,
		cause: error,
	});
}

const CHECK_NETWORK = 'Check the network, any proxy and CLOUDFLARE_BASE_URL, then call again.';

const TRUST_ROOT =
	'set NODE_EXTRA_CA_CERTS to the file of its root certificate. Also check the clock of this computer and CLOUDFLARE_BASE_URL.';

/** Why a connection could not be made. */
function explain(error: ConnectionError, host: string): { what: string; advice: Wording } {
	const status = PROXY_STATUS.exec(error.message)?.[1];
	if (status !== undefined)
		return {
			what: `The proxy refused to connect to ${host} (HTTP ${status}).`,
			advice:
				status === '407'
					? operatorMust(
							'write them into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)',
							'The proxy wants a user name and a password',
						)
					: operatorMust(`have ${host} allowed by the proxy, or name it in NO_PROXY`),
		};
	const code = codeOf(error);
	const hop = error.proxy === undefined ? host : `The proxy ${error.proxy}`;
	if (isCertificateCode(code))
		return {
			what: `${hop} was reached, but its certificate is not trusted (${code}).`,
			advice: {
				agent: `If your network inspects TLS, the operator must ${TRUST_ROOT}`,
				shell: `If your network inspects TLS, ${TRUST_ROOT}`,
			},
		};
	if (error.proxy === undefined && !error.isTunnel)
		return { what: `${host} could not be reached (${code}).`, advice: CHECK_NETWORK };
	return {
		what: `${hop} could not be reached${error.proxy === undefined ? ' through the proxy' : ''} (${code}).`,
		advice: 'Check the network, HTTPS_PROXY and NO_PROXY, then call again.',
	};
}

function codeOf({ code, cause, message }: ConnectionError): string {
	return code === WRAPPED && cause instanceof Error ? codeOf(cause) : (code ?? message);
}
