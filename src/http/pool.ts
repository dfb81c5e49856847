/** The connection pool: undici, keep-alive, no redirects. The only file that imports undici, and it is loaded late. */
import { Pool } from 'undici';
import { NetworkError } from '../errors.js';
import type { HttpRequest, HttpResponse, Send } from './send.js';

/** Errors before the first byte of a request is written: nothing can have reached the server. */
const NOT_SENT = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'UND_ERR_CONNECT_TIMEOUT',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'CERT_HAS_EXPIRED',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** More than any answer of these operations, and less than what would hurt (bytes). */
const LARGEST_BODY = 8 * 1024 * 1024;

/** A pool of connections to one API root, such as `https://api.cloudflare.com/client/v4`. */
export function openPool(baseUrl: string): { send: Send; close(): Promise<void> } {
	const root = new URL(baseUrl);
	const prefix = root.pathname.replace(/\/$/, '');
	const pool = new Pool(root.origin, {
		connections: 16,
		keepAliveTimeout: 30_000,
		connect: { timeout: 10_000 },
		// The deadline of an attempt is kept by withDeadline, over headers and body together.
		headersTimeout: 0,
		bodyTimeout: 0,
	});
	const send = async (request: HttpRequest): Promise<HttpResponse> => {
		try {
			const answer = await pool.request({
				method: request.method as 'GET',
				path: prefix + request.target,
				headers: request.headers,
				...(request.body !== undefined && { body: request.body }),
				...(request.signal && { signal: request.signal }),
			});
			const { statusCode: status, headers, body } = answer;
			const small = Number(headers['content-length']) <= LARGEST_BODY;
			return { status, headers: flatten(headers), body: small ? await body.text() : await readBounded(body) };
		} catch (cause) {
			if (request.signal?.aborted) throw cause;
			throw toNetworkError(cause, root.host, request.method === 'GET');
		}
	};
	return { send, close: () => pool.destroy() };
}

/** A body of unknown length, up to the limit: what is cut off is no JSON any more, and is reported as broken off. */
async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of body) {
		size += chunk.length;
		chunks.push(chunk);
		if (size > LARGEST_BODY) break;
	}
	return Buffer.concat(chunks).toString('utf8');
}

function flatten(headers: Record<string, string | string[] | undefined>): HttpResponse['headers'] {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
	);
}

function toNetworkError(cause: unknown, host: string, reading: boolean): NetworkError {
	const {
		code = 'unknown',
		message = '',
		syscall = 'connect',
	} = cause as { code?: string; message?: string; syscall?: string };
	// The same codes can end a connection that was open: then something may have been sent.
	const sent = !NOT_SENT.has(code) || !/^(connect|getaddrinfo)/.test(syscall);
	const what = sent ? `The connection to ${host} broke before an answer arrived` : `${host} could not be reached`;
	return new NetworkError(`${what} (${code === 'unknown' ? message : code}).`, {
		sent,
		changed: sent && !reading ? 'unknown' : 'no',
		next:
			sent && !reading
				? 'Check the current state before repeating it.'
				: 'Check the network, a proxy and CLOUDFLARE_BASE_URL, then call again.',
		cause,
	});
}
