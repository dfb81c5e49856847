/** Refuses a request over HTTP with a status, and words for the client. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { INTERNAL_ERROR, INVALID_REQUEST } from '../json-rpc.js';

/** Why a request gets no answer from its method. The message is for the client. */
export class HttpError extends Error {
	override name = 'HttpError';
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** Code of the JSON-RPC error in the body. */
	readonly code: number;
	/** The id of the message that is refused, where it is known. */
	readonly id: string | number | null;

	constructor(status: number, message: string, about: Partial<Pick<HttpError, 'headers' | 'code' | 'id'>> = {}) {
		super(message);
		const { headers = {}, code = status < 500 ? INVALID_REQUEST : INTERNAL_ERROR, id = null } = about;
		this.status = status;
		this.headers = headers;
		this.code = code;
		this.id = id;
	}
}

/** Answers with an error of JSON-RPC, which clients show. Does nothing where the answer has begun. */
export function sendError(response: ServerResponse, { status, message, headers, code, id }: HttpError): void {
	sendJson(response, status, { jsonrpc: '2.0', id, error: { code, message } }, headers);
}

/** How long a peer may go on sending what is thrown away, once it was told so. */
const LINGER_MS = 2_000;

/**
 * Answers a request whose body is not read to its end, and ends the connection. What still comes is thrown away: bytes that
 * are not read would make the system drop the answer with the connection.
 */
export function refuseUnread(request: IncomingMessage, response: ServerResponse, error: HttpError): void {
	const { status, message, headers, code, id } = error;
	const json = JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });
	response.writeHead(status, { ...head(json), ...headers, Connection: 'close' });
	// Without its end, Node would end the connection for reading too.
	response.write(json);
	request.resume();
	endWriting(request.socket);
}

/** Ends a connection for writing, and in a while for reading. */
export function endWriting(socket: Socket, lastWords = ''): void {
	socket.end(lastWords);
	socket.setTimeout(LINGER_MS, () => socket.destroy());
}

/** Answers with JSON. Does nothing where the answer has begun. */
export function sendJson(
	response: ServerResponse,
	status: number,
	body: object,
	headers: Readonly<Record<string, string>> = {},
): void {
	if (!response.headersSent) sendText(response, status, JSON.stringify(body), headers);
}

/** Answers with text that is JSON. */
export function sendText(
	response: ServerResponse,
	status: number,
	json: string,
	headers?: Readonly<Record<string, string>>,
): void {
	response.writeHead(status, { ...head(json), ...headers });
	response.end(json);
}

function head(json: string) {
	return { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) };
}
