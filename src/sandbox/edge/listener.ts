/** Serves the edge on 127.0.0.1: one port stands for http, the other one for https. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Behavior } from '../call.js';
import type { Zone } from '../zones.js';
import { answerVisit, type EdgeAnswer } from './edge.js';
import { readVisit, type Visit } from './visit.js';

/** A visitor's request as the edge saw and answered it. */
export interface SeenVisit extends Visit {
	/** The HTTP status. */
	status: number;
	/** The value of CF-Cache-Status. */
	cacheStatus: string | undefined;
}

/** A running edge. */
export interface Edge {
	/** The ports on 127.0.0.1 that stand for ports 80 and 443. The second one speaks plain HTTP too. */
	ports: Record<Visit['scheme'], number>;
	/** Stops listening, and ends all connections at once. */
	close(): Promise<void>;
}

interface EdgeOptions {
	zones: readonly Zone[];
	behavior: Behavior;
	onVisit: (visit: SeenVisit) => void;
}

/** Headers of origins that Cloudflare takes away, and those that only it may set. */
const REMOVED = new Set(['cache-tag', 'cloudflare-cdn-cache-control', 'cf-cache-status', 'cf-ray', 'server']);

/** Starts an edge for the zones. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
	const [http, https] = await Promise.all([listen('http', options), listen('https', options)]);
	return {
		ports: { http: portOf(http), https: portOf(https) },
		close: async () => {
			await Promise.all([close(http), close(https)]);
		},
	};
}

async function listen(scheme: Visit['scheme'], options: EdgeOptions): Promise<Server> {
	const server = createServer((request, response) => serve(scheme, options, request, response));
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject).listen(0, '127.0.0.1', resolve);
	});
	return server;
}

function portOf(server: Server): number {
	return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
	return new Promise((resolve) => {
		server.close(() => resolve());
		server.closeAllConnections();
	});
}

function serve(
	scheme: Visit['scheme'],
	{ zones, behavior, onVisit }: EdgeOptions,
	request: IncomingMessage,
	response: ServerResponse,
): void {
	const { method = '', url: target = '/', headers } = request;
	const host = (headers.host ?? '').replace(/:\d+$/, '');
	const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
	const visit = readVisit({ method, scheme, host, target, headers: sent });
	const answer = answerHost(findZone(zones, visit.host), visit, behavior);
	const { status = 200, cacheStatus } = answer;
	onVisit({ ...visit, status, cacheStatus });
	send(answer, method, response);
}

/** The zone that a host belongs to: the one of the longest name, or the one whose custom hostname it is. */
function findZone(zones: readonly Zone[], host: string): Zone | undefined {
	return zones
		.filter(({ facts, customHostnames }) => `.${host}`.endsWith(`.${facts.name}`) || customHostnames.includes(host))
		.toSorted((a, b) => b.facts.name.length - a.facts.name.length)[0];
}

function answerHost(zone: Zone | undefined, visit: Visit, { origin, now }: Behavior): EdgeAnswer {
	if (zone === undefined) return { status: 530 };
	// Traffic of such a zone goes to the origin directly.
	if (zone.facts.paused || zone.facts.status !== 'active') {
		const answer = origin(visit);
		return { ...(answer === 'unreachable' ? { status: 522 } : answer), headers: { via: 'no Cloudflare' } };
	}
	return answerVisit(zone, visit, { origin, now: now() });
}

function send(answer: EdgeAnswer, method: string, response: ServerResponse): void {
	const { status = 200, headers = {}, contentLength, cacheStatus, ageSeconds } = answer;
	for (const [name, value] of Object.entries(headers)) if (!REMOVED.has(name)) response.setHeader(name, value);
	response.setHeader('Sandbox', 'invented (data centre, country of the visitor, body)');
	response.setHeader('Server', 'cloudflare');
	response.setHeader('CF-Ray', `${randomBytes(8).toString('hex')}-SIM`);
	if (cacheStatus !== undefined) response.setHeader('CF-Cache-Status', cacheStatus);
	if (ageSeconds !== undefined) response.setHeader('Age', ageSeconds);
	const body = `A page of the sandbox, HTTP ${status}.\n`;
	response.writeHead(status, { 'Content-Length': contentLength ?? Buffer.byteLength(body) });
	if (method === 'HEAD' || contentLength === undefined) response.end(method === 'HEAD' ? undefined : body);
	// The body is not sent in full length: a client that wants the headers alone closes the connection after them.
	else response.write(body);
}
