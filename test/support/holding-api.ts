/** Stands before a sandbox and holds its requests back until the test lets them go on. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Sandbox } from '../../src/sandbox/server.js';
import { listenLocally } from './local-server.js';

/** A request that is held. */
interface Held {
	readonly method: string;
	/** Resolves when the connection of the request has closed. */
	readonly closed: Promise<void>;
	/** Lets it reach the sandbox. */
	release(): void;
}

/** The way to a sandbox. */
export interface HoldingApi {
	/** `http://127.0.0.1:PORT/client/v4`. */
	readonly url: string;
	/** Resolves with the next request that is held, in their order. */
	next(): Promise<Held>;
	/** Holds nothing any more. */
	open(): void;
	/** How many were held. */
	count(): number;
}

/** Starts it; it closes with the test. It holds what could change something, or the requests of another method. */
export async function holdRequests(
	sandbox: Sandbox,
	isHeld = (method: string) => method !== 'GET',
): Promise<HoldingApi> {
	const held: Held[] = [];
	const waiting: ((one: Held) => void)[] = [];
	let taken = 0;
	let isOpen = false;
	const server = createServer((incoming, outgoing) => {
		const release = () => forward(sandbox, incoming, outgoing);
		if (isOpen || !isHeld(incoming.method ?? '')) return release();
		const closed = new Promise<void>((resolve) => incoming.socket.once('close', () => resolve()));
		const one = { method: incoming.method ?? '', closed, release };
		held.push(one);
		waiting.shift()?.(one);
	});
	const { origin } = await listenLocally(server);
	return {
		url: `${origin}/client/v4`,
		next: () => {
			const past = held[taken];
			taken += 1;
			return past ? Promise.resolve(past) : new Promise((resolve) => waiting.push(resolve));
		},
		open: () => {
			isOpen = true;
		},
		count: () => held.length,
	};
}

function forward({ port }: Sandbox, incoming: IncomingMessage, outgoing: ServerResponse): void {
	const { method, url, headers } = incoming;
	const forwarded = request({ port, method, path: url, headers }, (answer) => {
		outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
		answer.pipe(outgoing);
	});
	forwarded.on('error', () => incoming.socket.destroy());
	incoming.pipe(forwarded);
}
