/** Stands before a sandbox and cuts the connection of one change, before or after it reaches the sandbox. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.js';

/** Which of the changes is cut, counted from 0, and whether the sandbox still sees it. */
export interface Cut {
	readonly change: number;
	readonly when: 'before' | 'after';
}

/** Starts it, and returns its base URL. It closes with the test. */
export async function cutOne(sandbox: Sandbox, { change, when }: Cut): Promise<string> {
	let changes = 0;
	const server = createServer((incoming, outgoing) => {
		const isCut = incoming.method !== 'GET' && changes++ === change;
		if (isCut && when === 'before') return incoming.socket.destroy();
		const { method, url, headers } = incoming;
		const forwarded = request({ port: sandbox.port, method, path: url, headers }, (answer) => {
			if (isCut) return incoming.socket.destroy();
			outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
			answer.pipe(outgoing);
		});
		incoming.pipe(forwarded);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(
		() =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	);
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`;
}
