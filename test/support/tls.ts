/** Starts an API over TLS on loopback, whose certificate is self-signed. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A self-signed certificate for localhost, api.cloudflare.test and 127.0.0.1, valid until 2126. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBszCCAVigAwIBAgIUIB/2tvLGUpsPbh0REkRBvndwsXMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjA4MzczM1oYDzIxMjYxMTAy
MDgzNzMzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASfYdIXZ0BfLJRm6vYquE/eAQNXRvamddXEwK9GVezVde/Qp7Wm0lZc
a8+UfENWLtMqQPVnAIsFbZ3n+VAvddjIo4GFMIGCMB0GA1UdDgQWBBT3fwFAXlbc
MSuiOZLwsN/3sXZiojAfBgNVHSMEGDAWgBT3fwFAXlbcMSuiOZLwsN/3sXZiojAP
BgNVHRMBAf8EBTADAQH/MC8GA1UdEQQoMCaCCWxvY2FsaG9zdIITYXBpLmNsb3Vk
ZmxhcmUudGVzdIcEfwAAATAKBggqhkjOPQQDAgNJADBGAiEA2638SjL+BEw4aVuQ
3TUGpETWLlzwdy35e+fTR25n12sCIQCq1IaWvfL1ZnoKoGxHmMYB8nea+v6Msvi6
fbiEromn/g==
-----END CERTIFICATE-----
`;

/** The key of {@link CERTIFICATE}. It protects nothing. */
export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY33KSShDON9mOXkX
Kc5Xm4gKyWD52dPWT8eplz3EdUuhRANCAASfYdIXZ0BfLJRm6vYquE/eAQNXRvam
ddXEwK9GVezVde/Qp7Wm0lZca8+UfENWLtMqQPVnAIsFbZ3n+VAvddjI
-----END PRIVATE KEY-----
`;

/** A running API. */
export interface TlsUpstream {
	port: number;
	/** Method and path of each request that arrived. */
	requests: string[];
}

/** Starts an API that answers everything with an empty list. It ends with the test. */
export async function startTlsUpstream(address = '127.0.0.1'): Promise<TlsUpstream> {
	const requests: string[] = [];
	const server = createServer({ key: KEY, cert: CERTIFICATE }, (request, response) => {
		requests.push(`${request.method} ${request.url}`);
		request.resume();
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end('{"success":true,"errors":[],"messages":[],"result":[]}');
	});
	server.listen(0, address);
	await once(server, 'listening');
	onTestFinished(async () => {
		server.close();
		server.closeAllConnections();
	});
	return { port: (server.address() as AddressInfo).port, requests };
}
