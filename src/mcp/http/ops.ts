/** Serves what operators and their tools ask of a server: whether it runs, whether it takes requests, and its metrics. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listener, listen } from './listener.js';
import type { StoreCondition } from './wire.js';

/** The state that the answers tell. */
export interface OpsState {
	/** Whether the server is being stopped, so that no new request should come to it. */
	isDraining(): boolean;
	/** Without answers of the store most work goes on, so it does not make a server unready. */
	store(): StoreCondition;
	readonly metrics: { readonly contentType: string; print(): Promise<string> };
}

interface Answer {
	readonly status: number;
	readonly type: string;
	readonly text: string;
	readonly headers?: Readonly<Record<string, string>>;
}

/** Probes and scrapers are few. More connections than this are refused, so that they take no memory from real work. */
const MAX_CONNECTIONS = 200;

/**
 * Serves `/healthz`, `/readyz` and `/metrics` without authentication, at any name of the host, because probes use the
 * addresses of pods. Rejects with a system error where the address cannot be used.
 */
export async function serveOps(
	address: { readonly host: string; readonly port: number },
	state: OpsState,
): Promise<Listener> {
	const listener = await listen(address, (request, response) => {
		answer(request, state).then(
			(found) => send(response, request, found),
			() => send(response, request, toJson(500, { status: 'error' })),
		);
	});
	listener.server.maxConnections = MAX_CONNECTIONS;
	return listener;
}

async function answer({ method, url = '' }: IncomingMessage, state: OpsState): Promise<Answer> {
	if (method !== 'GET' && method !== 'HEAD')
		return { ...toJson(405, { status: 'method not allowed' }), headers: { Allow: 'GET, HEAD' } };
	switch (url.split('?', 1)[0]) {
		case '/healthz':
			return toJson(200, { status: 'ok' });
		case '/readyz':
			return describeReadiness(state);
		case '/metrics':
			return { status: 200, type: state.metrics.contentType, text: await state.metrics.print() };
		default:
			return toJson(404, { status: 'not found' });
	}
}

function describeReadiness(state: OpsState): Answer {
	const store = state.store();
	if (state.isDraining()) return toJson(503, { status: 'draining', store });
	return toJson(200, { status: store === 'down' ? 'degraded' : 'ready', store });
}

function toJson(status: number, body: Readonly<Record<string, string>>): Answer {
	return { status, type: 'application/json', text: `${JSON.stringify(body)}\n` };
}

function send(response: ServerResponse, request: IncomingMessage, { status, type, text, headers }: Answer): void {
	// A body was not asked for. It is not read: the connection ends with the answer.
	const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
	response.writeHead(status, {
		'Content-Type': type,
		'Content-Length': Buffer.byteLength(text),
		'Cache-Control': 'no-store',
		'X-Content-Type-Options': 'nosniff',
		...headers,
		...(hasBody && { Connection: 'close' }),
	});
	response.end(text);
}
