/** Serves the prepared answers of the API on 127.0.0.1. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reply } from './answers.js';

const BASE = '/client/v4';

/** A running upstream. */
export interface Upstream {
	/** `http://127.0.0.1:PORT/client/v4`. */
	url: string;
	close(): Promise<void>;
}

/** Starts an upstream. `take` may answer a request itself; it then returns true. */
export async function startUpstream(
	take: (target: string, response: ServerResponse) => boolean = () => false,
): Promise<Upstream> {
	const server = createServer((request, response) => {
		const target = (request.url ?? '').slice(BASE.length);
		request.resume().once('end', () => {
			if (take(target, response)) return;
			const { status, body } = reply(request.method ?? '', target);
			response.writeHead(status, {
				'content-type': 'application/json',
				'content-length': Buffer.byteLength(body),
				'cf-ray': '8f0c1a2b3c4d5e6f-AMS',
				// The bench measures the product, not Cloudflare's limit of 1,200 requests in five minutes.
				'ratelimit-policy': '"default";q=1000000;w=300',
			});
			response.end(body);
		});
	});
	// Connections stay open between two batches, which can be minutes apart.
	server.keepAliveTimeout = 600_000;
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
		async close() {
			server.close();
			server.closeAllConnections();
			await once(server, 'close');
		},
	};
}
