import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listenLocally } from './local-server.js';
import { ZONE, ZONE_ID } from './session.js';

const BASE = '/client/v4';

/** The request's id in every answer that does not name another. */
export const RAY = '8f0c1a2b3c4d5e6f-AMS';

/** A request that arrived. */
export interface Arrived {
	method: string;
	/** Path and query under /client/v4, still encoded. */
	target: string;
	headers: IncomingHttpHeaders;
	/** The body's text; empty when there was none, or when it was left unread. */
	body: string;
	/** Resolves when the connection of this request has closed. */
	closed: Promise<void>;
}

/** An answer. */
export interface Reply {
	/** 200 when absent. */
	status?: number;
	headers?: Record<string, string>;
	body?: string;
	/** A content-length larger than the body: the connection ends in the middle of it. */
	declared?: number;
}

/**
 * What happens to one request: it is answered, its connection closes before (`drop`) or after (`break`) its body was
 * read, or it waits for ever (`hang`). What depends on the body is a function of it.
 */
export type Step = Outcome | ((body: string) => Outcome);
type Outcome = Reply | 'drop' | 'break' | 'hang';

/** The steps in their order, or one for each request; undefined is no step. */
export type Script = Step[] | ((request: Arrived) => Step | undefined);

/** A running upstream. */
export interface Upstream {
	/** `http://127.0.0.1:PORT/client/v4`. */
	url: string;
	/** Requests that arrived, oldest first. */
	requests: Arrived[];
	/** Those of them that could change something. */
	changes(): Arrived[];
	/** Those of them for this target. */
	to(target: string): Arrived[];
	/** Resolves with the first request to this target, whether it has arrived already or not. */
	arrival(target: string): Promise<Arrived>;
	/** Closes the port and every connection; the test's end does it too. */
	close(): Promise<void>;
}

/** Starts an upstream that ends with the test. */
export async function startUpstream(script: Script): Promise<Upstream> {
	const requests: Arrived[] = [];
	const unscripted: string[] = [];
	const waiting: { target: string; tell: (request: Arrived) => void }[] = [];
	const next = typeof script === 'function' ? script : () => script.shift();
	const closings = new WeakMap<Socket, Promise<void>>();
	// One listener for each connection, however many requests it carries; a reset is one way to close.
	const closed = (socket: Socket) => {
		const known = closings.get(socket) ?? new Promise<void>((resolve) => socket.once('close', () => resolve()));
		closings.set(socket, known);
		return known;
	};

	const serve = async (request: IncomingMessage, response: ServerResponse) => {
		const arrived: Arrived = {
			method: request.method ?? '',
			target: (request.url ?? '').replace(BASE, ''),
			headers: request.headers,
			body: '',
			closed: closed(request.socket),
		};
		requests.push(arrived);
		const step = next(arrived);
		if (step === undefined) unscripted.push(`${arrived.method} ${arrived.target}`);
		if (step !== 'drop') arrived.body = await text(request);
		for (const { target, tell } of waiting) if (target === arrived.target) tell(arrived);
		const outcome = typeof step === 'function' ? step(arrived.body) : step;
		perform(outcome ?? { status: 599, body: 'unscripted' }, request, response);
	};

	const server = createServer((request, response) => {
		// A client that goes away in the middle of its body is no failure of the script.
		serve(request, response).catch(() => response.destroy());
	});
	const { origin, close } = await listenLocally(server);
	onTestFinished(async () => {
		await close();
		if (unscripted.length > 0) throw new Error(`Requests without a script: ${unscripted.join(', ')}`);
	});
	return {
		url: `${origin}${BASE}`,
		requests,
		changes: () => requests.filter(({ method }) => method !== 'GET'),
		to: (target) => requests.filter((request) => request.target === target),
		arrival: (target) => {
			const past = requests.find((request) => request.target === target);
			return past ? Promise.resolve(past) : new Promise((tell) => waiting.push({ target, tell }));
		},
		close,
	};
}

function perform(step: Outcome, request: IncomingMessage, response: ServerResponse): void {
	if (step === 'hang') return;
	if (step === 'drop' || step === 'break') {
		request.socket.destroy();
		return;
	}
	const { status = 200, headers = {}, body = '', declared } = step;
	const length = declared ?? Buffer.byteLength(body);
	response.writeHead(status, {
		'content-type': 'application/json',
		'cf-ray': RAY,
		'content-length': length,
		...headers,
	});
	if (declared === undefined) response.end(body);
	else response.write(body, () => request.socket.destroySoon());
}

/** A successful answer of the API. */
export function success(result: unknown, more: Record<string, unknown> = {}): Reply {
	return { body: JSON.stringify({ success: true, errors: [], messages: [], result, ...more }) };
}

/** An error of the envelope. */
export interface Notice {
	code: number;
	message: string;
	error_chain?: Notice[];
}

/** A refusal of the API. */
export function failure(status: number, ...errors: Notice[]): Reply {
	return { status, body: JSON.stringify({ success: false, errors, messages: [], result: null }) };
}

/** How a failure begins that the API gave these messages for. */
export function refused(...messages: string[]): string {
	return `Cloudflare said: "${messages.join(' / ').replaceAll('"', "'")}".`;
}

/** Cloudflare's object of the zone that the tests use. */
export const ZONE_FACTS = {
	id: ZONE_ID,
	name: ZONE,
	status: 'active',
	plan: { legacy_id: 'pro' },
	account: { id: '01a7362d577a6c3019a474fd6f485823', name: 'Example Account' },
};

/** The target of a look-up by id. */
export const ZONE_TARGET = `/zones/${ZONE_ID}`;

/**
 * A script that answers the reads that go with a change of mappings, and leaves everything else to `script`: Tiered Cache is
 * on, and there are no mappings that could be lost.
 */
export function withTieredCache(script: Script): (request: Arrived) => Step | undefined {
	const next = typeof script === 'function' ? script : () => script.shift();
	return (request) => {
		if (request.method !== 'GET') return next(request);
		if (request.target.endsWith('/argo/tiered_caching')) return success({ value: 'on' });
		return request.target.endsWith('/origin/cloud_regions?page=1&per_page=100') ? success([]) : next(request);
	};
}

/** A script that answers look-ups of the zone by its id, and leaves everything else to `script`. */
export function withZone(script: Script): (request: Arrived) => Step | undefined {
	const next = typeof script === 'function' ? script : () => script.shift();
	return (request) => (request.target === ZONE_TARGET ? success(ZONE_FACTS) : next(request));
}
