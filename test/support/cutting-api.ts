/** Stands before a sandbox and cuts the connection of one change, before or after it reaches the sandbox. */
import { createServer, request } from 'node:http';
import type { Sandbox } from '../../src/sandbox/server.js';
import { listenLocally } from './local-server.js';

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
	const { origin } = await listenLocally(server);
	return `${origin}/client/v4`;
}
