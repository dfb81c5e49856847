/** Serves MCP over Streamable HTTP, in all revisions: each POST is checked, gets its caller, and is served by itself. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Principal } from '../../call/principal.js';
import { type Authenticator, Challenge } from './auth/authenticator.js';
import { parsePost, type Raw, readBody } from './body.js';
import { allowReading, allowReadingByAll, answerPreflight, isPreflight } from './cors.js';
import { checkPost, Door, type DoorOptions, ENDPOINT } from './door.js';
import { HttpError, refuseUnread, sendError, sendJson } from './http-error.js';
import { Messages, type MessagesOptions } from './messages.js';
import { RequestLimits } from './request-limits.js';

/** What an endpoint is made of. */
export interface EndpointOptions extends MessagesOptions {
	readonly door: DoorOptions;
	readonly authenticator: Authenticator;
	/** Requests of one principal in a minute; undefined where one principal stands for all callers. */
	readonly perMinute: number | undefined;
	readonly log: Log;
	readonly metrics?: Metrics | undefined;
	/** Whether X-Forwarded-For names the client in logs. */
	readonly trustsProxy?: boolean;
}

/** The endpoint of one process. */
export class Endpoint {
	/** What the POSTs bring. */
	readonly messages: Messages;
	private readonly options: EndpointOptions;
	private readonly door: Door;
	private readonly limits: RequestLimits;
	private isClosed = false;

	constructor(options: EndpointOptions) {
		this.options = options;
		this.door = new Door(options.door);
		this.limits = new RequestLimits({ perMinute: options.perMinute, now: options.clock.now });
		this.messages = new Messages(options);
	}

	/** POSTs that came in and are not answered yet. */
	get inFlight(): number {
		return this.limits.inFlight;
	}

	/** Takes no further POST: what comes on open connections is told to go elsewhere. */
	close(): void {
		this.isClosed = true;
	}

	/** Answers one request over HTTP. Never throws. */
	answer(request: IncomingMessage, response: ServerResponse): void {
		const visit: Visit = { request, response, id: randomUUID(), startedMs: this.options.clock.now() };
		// Never one that came with the request: logs must not mix up two requests because a client says so.
		response.setHeader('X-Request-Id', visit.id);
		response.once('close', () => this.note(visit));
		this.route(visit).catch((error: unknown) => this.refuse(visit, error));
	}

	private async route(visit: Visit): Promise<void> {
		const { request, response } = visit;
		const path = pathOf(request);
		this.door.checkHost(request.headers);
		if (path !== ENDPOINT) return this.answerDocument(path, visit);
		this.door.checkOrigin(request.headers);
		allowReading(request, response);
		if (isPreflight(request)) return answerPreflight(response, 'POST');
		const taken = checkPost(request);
		if (this.isClosed) throw closing();
		// An answer without a promise costs no turn of the event loop.
		const found = this.options.authenticator.authenticate(authorizationsOf(request));
		const principal = found instanceof Promise ? await found : found;
		visit.principal = principal;
		const arrival = this.limits.arrive(principal.id, principal.isUnverified);
		try {
			const post = parsePost(await readBody(request, arrival.receive));
			visit.messages = post.messages;
			if (this.isClosed) throw closing();
			await this.messages.take(post, { request, response, principal, requestId: visit.id, taken, arrival });
		} finally {
			arrival.release();
		}
	}

	/** Documents are public, so that a page of any origin may read them: they tell how to sign in. */
	private answerDocument(path: string, { request, response }: Visit): void {
		const document = this.options.authenticator.document?.(path);
		if (!document) {
			// With a body of JSON: clients that look for metadata of OAuth fail on any other.
			sendJson(response, 404, { error: 'not_found', error_description: `MCP is served at ${ENDPOINT}.` });
			return;
		}
		allowReadingByAll(response);
		if (isPreflight(request)) answerPreflight(response, 'GET');
		else if (request.method === 'GET') sendJson(response, 200, document);
		else throw new HttpError(405, 'This document is read by GET.', { headers: { Allow: 'GET' } });
	}

	private refuse(visit: Visit, error: unknown): void {
		const { request, response } = visit;
		const refusal = this.toHttpError(error);
		visit.refused = error instanceof Challenge ? error.reason : refusal.message;
		try {
			if (refusal.status === 413) refuseUnread(request, response, refusal);
			else sendError(response, refusal);
		} catch {
			// A header that cannot be written must not end the process.
			response.destroy();
		}
	}

	private toHttpError(error: unknown): HttpError {
		const { metrics, log } = this.options;
		if (error instanceof HttpError) return error;
		if (error instanceof Challenge) {
			metrics?.signInFailed(error.reason);
			return new HttpError(error.status, error.message, { headers: error.headers });
		}
		log('error', `http: ${error instanceof Error ? error.message : String(error)}`);
		return new HttpError(500, 'Internal error. Report it to the maintainers.');
	}

	/** The response has ended, in whatever way. */
	private note({ request, response, id, startedMs, principal, messages, refused }: Visit): void {
		const { log, metrics, clock, trustsProxy = false } = this.options;
		const status = response.headersSent ? response.statusCode : 0;
		metrics?.answered(status);
		const path = pathOf(request);
		const isPost = request.method === 'POST' && path === ENDPOINT;
		log(isPost ? 'info' : 'debug', 'http', {
			request: id,
			principal: principal?.name,
			...(isPost ? { method: messages && describeMethods(messages) } : { method: request.method, path }),
			status,
			ms: clock.now() - startedMs,
			refused,
			address: addressOf(request, trustsProxy),
		});
	}
}

/** Every header Authorization. Node.js would sort all headers of the request for it (bench row `http.many`). */
function authorizationsOf({ rawHeaders }: IncomingMessage): readonly string[] | undefined {
	const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'authorization');
	return values.length > 0 ? values : undefined;
}

/** One request over HTTP. */
interface Visit {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	/** Names the request in logs. */
	readonly id: string;
	readonly startedMs: number;
	principal?: Principal;
	/** Why it was refused, for operators: a word where its caller was not let in, else what its caller was told. */
	refused?: string;
	/** What its body held. */
	messages?: readonly Raw[];
}

/** The path of a request. What stands behind it is never logged: some clients put their token there. */
function pathOf({ url = '' }: IncomingMessage): string {
	return url.split('?', 1)[0] ?? '';
}

/** The form of the methods of MCP. */
const METHOD = /^[a-z]{1,20}(\/[a-z_]{1,30}){0,2}$/i;

/** What was asked for, for logs. Answers to questions have no method, and any other text is not repeated. */
function describeMethods(messages: readonly Raw[]): string {
	const describe = ({ method }: Raw) => (typeof method === 'string' && METHOD.test(method) ? method : 'unknown');
	return messages.map((message) => (message.method === undefined ? 'answer' : describe(message))).join(' ');
}

function closing(): HttpError {
	return new HttpError(503, 'The server is closing. Nothing was done. Try again in 1 s.', {
		headers: { 'Retry-After': '1', Connection: 'close' },
	});
}

/** The client's address. A proxy adds the address that it sees at the end; what stands before was sent by the client. */
function addressOf({ headers, socket }: IncomingMessage, trustsProxy: boolean): string | undefined {
	const forwarded = trustsProxy ? headers['x-forwarded-for'] : undefined;
	return (
		String(forwarded ?? '')
			.split(',')
			.at(-1)
			?.trim() || socket.remoteAddress
	);
}
