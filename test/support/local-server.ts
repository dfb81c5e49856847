/** Lets an HTTP server of a test listen on a free port of 127.0.0.1. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that listens. */
export interface LocalServer {
	/** `http://127.0.0.1:PORT`. */
	readonly origin: string;
	/** Ends it and all its connections. Ending it twice changes nothing. */
	close(): Promise<void>;
}

/** Starts to listen. The server ends with the test. */
export async function listenLocally(server: Server): Promise<LocalServer> {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const close = async () => {
		if (!server.listening) return;
		const closed = once(server, 'close');
		server.close();
		server.closeAllConnections();
		await closed;
	};
	onTestFinished(close);
	return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
