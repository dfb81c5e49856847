/** Hands each request to the next of several servers, as a load balancer does that keeps no client on one server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Message, Until } from './process.js';

/** A message that a client has posted, and the server that it was handed to. */
interface Handed {
	readonly server: string;
	readonly message: Message;
}

/** A running balancer. */
export interface Balancer {
	/** Where clients reach the servers. */
	readonly url: string;
	/** The messages so far, oldest first. */
	readonly handed: readonly Handed[];
}

/** Starts a balancer for servers of these URLs. The list may change. A server that takes no connection is passed over. */
export async function startBalancer(servers: readonly string[], until: Until): Promise<Balancer> {
	const handed: Handed[] = [];
	let turn = 0;
	const hand = async (incoming: IncomingMessage, response: ServerResponse) => {
		const body = await buffer(incoming);
		for (let tries = servers.length; tries > 0; tries--) {
			const server = servers[turn++ % servers.length] ?? '';
			if (!(await forward(server, incoming, body, response))) continue;
			if (incoming.method === 'POST') handed.push({ server, message: JSON.parse(String(body)) as Message });
			return;
		}
		response.writeHead(502).end();
	};
	const listener = createServer((incoming, response) => void hand(incoming, response).catch(() => response.destroy()));
	await once(listener.listen(0, '127.0.0.1'), 'listening');
	until(async () => {
		listener.close();
		listener.closeAllConnections();
	});
	return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`, handed };
}

/**
 * Sends a request on, and its answer back as it comes. Resolves with whether the server took the connection. A client that
 * goes away, and a server that dies, end both connections.
 */
function forward(server: string, incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<boolean> {
	const { method, headers, url } = incoming;
	return new Promise((resolve) => {
		// Each request has a connection of its own: one that is kept could have died unseen.
		const outgoing = request(new URL(url ?? '/', server), { method, headers, agent: false });
		outgoing.once('socket', (socket) => socket.once('connect', () => resolve(true)));
		outgoing.once('response', (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
			answer.once('error', () => response.destroy());
		});
		outgoing.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'ECONNREFUSED') resolve(false);
			else response.destroy();
		});
		response.once('close', () => outgoing.destroy());
		outgoing.end(body);
	});
}
