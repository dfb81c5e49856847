/** Serves sessions of the SDK's HTTP transport on a free port of 127.0.0.1, and prints the URL on stderr. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** Serves sessions until the process ends. `connect` connects a server to the transport of a new one. */
export async function serveSessions(connect: (transport: Transport) => Promise<void>): Promise<void> {
	const sessions = new Map<string, StreamableHTTPServerTransport>();
	const open = async () => {
		// Its answers are JSON, which is faster than the streams that are the default.
		const transport = new StreamableHTTPServerTransport({
			sessionIdGenerator: randomUUID,
			enableJsonResponse: true,
			onsessioninitialized: (id) => void sessions.set(id, transport),
		});
		await connect(transport);
		return transport;
	};
	const server = createServer(async (request, response) => {
		const id = request.headers['mcp-session-id'];
		const transport = typeof id === 'string' ? sessions.get(id) : await open();
		if (transport) await transport.handleRequest(request, response);
		else response.writeHead(404).end();
	});
	server.keepAliveTimeout = 75_000;
	await once(server.listen(0, '127.0.0.1'), 'listening');
	process.stderr.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`);
}
