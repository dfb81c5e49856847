/** Listens for HTTP requests, with limits of time and size that slow and broken peers cannot exceed. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const LIMITS = {
	headersTimeout: 10_000,
	requestTimeout: 30_000,
	// By default Node looks every 30 s only, so that a limit of 2 s ends after 30.
	connectionsCheckingInterval: 1_000,
	// Longer than the 60 s of load balancers: else they send a request into a connection that just ended.
	keepAliveTimeout: 75_000,
	maxHeaderSize: 16_384,
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
): Promise<Listener> {
	const server = createServer(LIMITS, onRequest);
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen({ host, port }, () => resolve(server.off('error', reject) && undefined));
	});
	const ended = new Promise<void>((resolve) => server.once('close', resolve));
	const drain = () => {
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
