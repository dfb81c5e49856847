/**
 * Serves connections over Streamable HTTP on 127.0.0.1, in both revisions, so that the conformance suite can reach them. It
 * has no authentication, no limits and no resuming: it is for tests alone.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isObject } from '../../src/base/json.js';
import type { ClientConnection } from '../../src/mcp/connection.js';
import { checkHeaders, isForeign, isStatelessPost, refuse, statusOf } from './http-rules.js';
import { Exchange, isId, Peer, type Raw } from './peer.js';

/** Opens the connection of a client. `first` is its first message, with what it says of the client. */
export type OpenConnection = (peer: Peer, first: Raw) => ClientConnection;

/** A running endpoint. */
export interface Endpoint {
	readonly url: string;
	/** Ends all connections. */
	close(): Promise<void>;
}

/** Starts an endpoint on a free port. */
export async function startEndpoint(open: OpenConnection): Promise<Endpoint> {
	const handler = new Handler(open);
	const server = createServer((request, response) => {
		handler.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/mcp`,
		close: async () => {
			await handler.close();
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

class Handler {
	private readonly openConnection: OpenConnection;
	private readonly sessions = new Map<string, Peer>();
	private readonly connections = new Set<ClientConnection>();

	constructor(openConnection: OpenConnection) {
		this.openConnection = openConnection;
	}

	async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (isForeign(request.headers)) return void response.writeHead(403).end();
		if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
		const message = parse(await text(request));
		if (!message) return fail(response, refuse(undefined, -32700, 'The body must be one JSON-RPC message'));
		// An error that names no request would find no response to go out with.
		if (message.id !== undefined && !isId(message.id))
			return fail(response, refuse(undefined, -32600, 'id must be a string or a number'));
		if (isStatelessPost(message, request.headers)) this.takeStateless(message, request, response);
		else this.takeOfSession(message, request, response);
	}

	async close(): Promise<void> {
		for (const { requests } of this.connections) {
			requests.windDown();
			requests.interrupt();
			await requests.idle();
		}
		for (const connection of this.connections) await connection.close();
	}

	/** A request of 2026-07-28 has a connection of its own. A response that its client closes cancels it. */
	private takeStateless(message: Raw, { headers }: IncomingMessage, response: ServerResponse): void {
		if (message.id === undefined) return void response.writeHead(202).end();
		const wrong = checkHeaders(message, headers);
		if (wrong) {
			fail(response, wrong);
			return;
		}
		const peer = new Peer();
		const connection = this.open(peer, message);
		response.once('close', () => {
			peer.forget(message.id);
			if (!response.writableEnded)
				peer.receive({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: message.id } });
			void connection.requests.idle().then(() => this.connections.delete(connection));
		});
		peer.receive(message, new Exchange(response, (answer) => statusOf(answer, message)));
	}

	/** Up to 2025-11-25, initialize opens a session, and the header Mcp-Session-Id names it from then on. */
	private takeOfSession(message: Raw, { headers }: IncomingMessage, response: ServerResponse): void {
		const named = headers['mcp-session-id'];
		const isNew = named === undefined && message.method === 'initialize';
		const id = isNew ? randomUUID() : String(named);
		if (isNew) {
			const peer = new Peer();
			this.sessions.set(id, peer);
			this.open(peer, message);
			response.setHeader('mcp-session-id', id);
		}
		const peer = this.sessions.get(id);
		if (!peer) return void response.writeHead(named === undefined ? 400 : 404).end();
		const isRequest = message.id !== undefined && typeof message.method === 'string';
		peer.receive(message, isRequest ? new Exchange(response, () => 200) : undefined);
		if (!isRequest) response.writeHead(202).end();
	}

	private open(peer: Peer, message: Raw): ClientConnection {
		const connection = this.openConnection(peer, message);
		this.connections.add(connection);
		return connection;
	}
}

function parse(body: string): Raw | undefined {
	try {
		const value: unknown = JSON.parse(body);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function fail(response: ServerResponse, error: Raw): void {
	response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(error));
}
