/** Listens for HTTP requests, with limits of time and size that slow and broken peers cannot exceed. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endWriting } from './http-error.js';

/** Limits of a server, in milliseconds and bytes. */
export type ListenerLimits = Readonly<Record<keyof typeof LIMITS, number>>;

const LIMITS = {
	headersTimeout: 10_000,
	// Of a whole request, with its body.
	requestTimeout: 30_000,
	// By default Node looks every 30 s only, so that a limit of 2 s ends after 30.
	connectionsCheckingInterval: 1_000,
	// Longer than the 60 s of load balancers: else they send a request into a connection that just ended.
	keepAliveTimeout: 75_000,
	maxHeaderSize: 16_384,
	// How long a client may read nothing of an answer that has been written. Node would keep it for ever.
	unreadTimeout: 60_000,
} as const;

/** A server that listens. */
export interface Listener {
	readonly server: Server;
	/** Where it listens, such as `127.0.0.1:8080` or `[::1]:8080`. */
	readonly address: string;
	readonly port: number;
	/** Takes no new connection, and resolves when the requests under way are answered. */
	drain(): Promise<void>;
	/** Ends all connections at once. */
	close(): Promise<void>;
}

/** Starts to listen; port 0 is any free port. Rejects with a system error where it cannot. */
export async function listen(
	{ host, port }: { readonly host: string; readonly port: number },
	onRequest: RequestListener,
	limits: Partial<ListenerLimits> = {},
): Promise<Listener> {
	const { unreadTimeout, ...nodeLimits } = { ...LIMITS, ...limits };
	const latest = new WeakMap<Duplex, ServerResponse>();
	const server = createServer(nodeLimits, (request, response) => {
		latest.set(request.socket, response);
		// Node replaces this time by that for the next request, as soon as the answer has left.
		response.once('prefinish', () => request.socket.setTimeout(unreadTimeout));
		onRequest(request, response);
	});
	server.on('clientError', (error, socket) => refuseBroken(error, socket, latest.get(socket)));
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({ host, port }, () => resolve(server.off('error', reject) && undefined));
	});
	// The system could not hand over a connection: that one is lost, and the server goes on.
	server.on('error', () => undefined);
	const ended = new Promise<void>((resolve) => server.once('close', resolve));
	const drain = () => {
		// Only idle connections end with the server. The others would wait for a further request after their answer.
		server.keepAliveTimeout = 1;
		server.close();
		return ended;
	};
	const bound = server.address() as AddressInfo;
	return {
		server,
		address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
		port: bound.port,
		drain,
		close: () => {
			const done = drain();
			server.closeAllConnections();
			return done;
		},
	};
}

/** What is wrong with bytes that are no request, by the code of Node's error. Every other code is a broken request. */
const BROKEN: Readonly<Record<string, readonly [status: string, message: string]>> = {
	ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
	HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too long.'],
};

/** Answers bytes that are no request, with JSON like every other error, and ends the connection. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex, latest: ServerResponse | undefined): void {
	// The client would take the refusal for the answer that it waits for, or for a part of it.
	const isAnswering = latest?.writableFinished === false && (latest.headersSent || latest.req.complete);
	if (!(socket instanceof Socket) || !socket.writable || error.code === 'ECONNRESET' || isAnswering) {
		socket.destroy();
		return;
	}
	const [status, message] = BROKEN[error.code ?? ''] ?? ['400 Bad Request', 'The request is not HTTP/1.1.'];
	const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_600, message } });
	const head = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Type: application/json'];
	endWriting(socket, `${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`);
}
