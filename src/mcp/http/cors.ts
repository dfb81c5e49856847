/** Lets pages of allowed origins read answers: browsers hide them otherwise, errors included. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers that pages read: the session, how to sign in, when to come again, and what to quote in a report. */
const EXPOSED = 'Mcp-Session-Id, WWW-Authenticate, Retry-After, X-Request-Id';
const ACCEPTED =
	'Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name';
/** How long a browser may remember a preflight. */
const MAX_AGE_SECONDS = 600;

/** Puts the headers for an allowed origin on an answer. A request without an origin comes from no page. */
export function allowReading({ headers }: IncomingMessage, response: ServerResponse): void {
	const { origin } = headers;
	if (origin === undefined) return;
	response.setHeader('Access-Control-Allow-Origin', origin);
	response.setHeader('Access-Control-Expose-Headers', EXPOSED);
	response.setHeader('Vary', 'Origin');
}

/** Lets pages of any origin read a document that is public. */
export function allowReadingByAll(response: ServerResponse): void {
	response.setHeader('Access-Control-Allow-Origin', '*');
}

/** Whether a browser asks what a page may send. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
	return method === 'OPTIONS' && headers.origin !== undefined;
}

/** Answers a preflight, after the origin was checked. */
export function answerPreflight(response: ServerResponse, methods: 'POST' | 'GET'): void {
	response.writeHead(204, {
		'Access-Control-Allow-Methods': methods,
		'Access-Control-Allow-Headers': ACCEPTED,
		'Access-Control-Max-Age': MAX_AGE_SECONDS,
	});
	response.end();
}
