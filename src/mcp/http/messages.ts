/** Serves the messages of POSTs: requests by a connection of their own, answers and cancels to where they belong. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../base/clock.js';
import { isObject } from '../../base/json.js';
import type { AskUser } from '../../call/consent/forms.js';
import type { Deps } from '../../call/context.js';
import type { Principal } from '../../call/principal.js';
import type { Channel } from '../channel.js';
import { type Client, readClient } from '../client.js';
import { ClientConnection } from '../connection.js';
import { INVALID_REQUEST, ProtocolError } from '../json-rpc.js';
import type { Method } from '../methods.js';
import { PROTOCOL_VERSIONS } from '../revisions/2025-11-25.js';
import type { ServerInfo } from '../server-info.js';
import type { Tool } from '../tools.js';
import type { Authenticator } from './auth/authenticator.js';
import { kindOf, type Post, type Raw } from './body.js';
import type { Taken } from './door.js';
import { Exchange } from './exchange.js';
import { HttpError } from './http-error.js';
import { Questions } from './questions.js';
import type { Arrival } from './request-limits.js';
import { type SessionFacts, SessionIds } from './session-ids.js';
import { checkHeaders, isStatelessPost, statusOf } from './stateless-rules.js';
import { PostsUnderWay, type PostUnderWay, type RequestUnderWay } from './under-way.js';
import type { Wire } from './wire.js';

/** What a principal's requests are served with. */
export interface Tenant {
	readonly deps: Deps;
	/** The tools that are listed. */
	readonly tools: readonly Tool[];
}

/** What messages are served with. */
export interface MessagesOptions {
	readonly info: ServerInfo;
	/** What the requests of a principal are served with. */
	tenantOf(principal: Principal): Tenant | Promise<Tenant>;
	/** The methods for the requests of a POST, by its channel and its first request. Those of the product when absent. */
	methodsOf?(channel: Channel, first: Raw): ReadonlyMap<string, Method>;
	readonly authenticator: Pick<Authenticator, 'missingScope'>;
	/** The secrets that sign session ids; random where there are none. */
	readonly secrets?: readonly [string, ...string[]] | undefined;
	/** The way to other replicas. */
	readonly wire?: Wire | undefined;
	readonly clock: Clock;
}

/** One POST, after its caller and its body were read. */
export interface Delivery {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly principal: Principal;
	/** Names the POST in logs and audit lines. */
	readonly requestId: string;
	readonly taken: Taken;
	readonly arrival: Arrival;
}

/** The version of requests that name none. It is the last that had no header for it, and that had lists. */
const UNNAMED_VERSION = '2025-03-26';

/** The code of the SDK's server for a session that it does not know. */
const SESSION_NOT_FOUND = -32001;

/** A client whose initialize is not known. It gets no forms: nothing tells which answer would be its own. */
const UNKNOWN_CLIENT = { name: 'unknown', version: 'unknown', forms: false };

/** The messages of one process. */
export class Messages {
	private readonly options: MessagesOptions;
	private readonly sessionIds: SessionIds;
	private readonly questions: Questions;
	private readonly underWay = new PostsUnderWay();
	private readonly replica: string;

	constructor(options: MessagesOptions) {
		const { wire, secrets, clock } = options;
		this.options = options;
		this.replica = wire?.replica ?? randomBytes(9).toString('base64url');
		this.sessionIds = new SessionIds({ secrets, now: clock.now });
		this.questions = new Questions(this.replica);
		wire?.listen({
			onAnswer: (answer) => this.questions.take(answer),
			onCancel: ({ session, request }) => {
				this.underWay.cancel(session, request);
			},
		});
	}

	/** Lets calls of several requests send no more of them, and ends what waits for users. Resolves when all is answered. */
	windDown(): Promise<void> {
		this.underWay.windDown();
		this.questions.close();
		return this.underWay.idle();
	}

	/** Aborts the work under way. Resolves when all is answered. */
	interrupt(): Promise<void> {
		this.underWay.interrupt();
		return this.underWay.idle();
	}

	/** Serves one POST. Resolves when its work has ended. Rejects with HttpError or Challenge where nothing of it was done. */
	async take(post: Post, delivery: Delivery): Promise<void> {
		const { request, response, principal, arrival } = delivery;
		const kinds = post.messages.map(kindOf);
		const requests = post.messages.filter((_, at) => kinds[at] === 'request');
		const isModern = post.messages.some((message) => isStatelessPost(message, request.headers));
		if (post.isList) checkList(requests, isModern, request);
		const session = isModern ? undefined : this.readSession(delivery);
		if (isModern) for (const message of requests) checkHeaders(message, request.headers);
		else checkVersion(request);
		arrival.admit(requests.length);
		for (const message of requests) this.checkScope(principal, message);
		post.messages.forEach((message, at) => {
			if (kinds[at] === 'answer') this.takeAnswer(message, session);
			else if (kinds[at] === 'notification') this.takeNotification(message, session);
		});
		if (requests.length === 0) response.writeHead(202).end();
		else await this.serve(requests, { ...delivery, isModern, isList: post.isList, session });
	}

	/** The session that a POST names. Throws HttpError where the id is not accepted; it does not say why. */
	private readSession({ request, principal }: Delivery): SessionFacts | undefined {
		const id = request.headers['mcp-session-id'];
		if (id === undefined) return undefined;
		const session = this.sessionIds.read(principal.id, String(id));
		if (!session)
			throw new HttpError(404, 'Session not found. Begin a new one by initialize.', { code: SESSION_NOT_FOUND });
		return session;
	}

	/** Throws a Challenge where a call needs a scope that was not granted. */
	private checkScope(principal: Principal, { method, params }: Raw): void {
		if (method !== 'tools/call' || !isObject(params) || typeof params.name !== 'string') return;
		const challenge = this.options.authenticator.missingScope?.(principal, params.name, params.arguments);
		if (challenge) throw challenge;
	}

	/** An answer to a question. It goes to the replica that asked; without a session it answers none. */
	private takeAnswer({ id, result }: Raw, session: SessionFacts | undefined): void {
		if (!session || typeof id !== 'string') return;
		const answer = { session: session.nonce, question: id, result };
		const replica = Questions.replicaOf(id);
		if (replica === this.replica) this.questions.take(answer);
		else this.options.wire?.sendAnswer(replica, answer).catch(() => undefined);
	}

	private takeNotification({ method, params }: Raw, session: SessionFacts | undefined): void {
		if (method !== 'notifications/cancelled' || !session || !isObject(params)) return;
		const { requestId: request } = params;
		if (typeof request !== 'string' && typeof request !== 'number') return;
		if (!this.underWay.cancel(session.nonce, request))
			this.options.wire?.sendCancel({ session: session.nonce, request }).catch(() => undefined);
	}

	private async serve(requests: readonly Raw[], served: Served): Promise<void> {
		const tenant = await this.options.tenantOf(served.principal);
		await new Promise<void>((resolve) => {
			const post = this.open(requests, served, tenant, () => this.underWay.remove(post).then(resolve, resolve));
			this.underWay.add(post);
			served.response.once('close', () => {
				if (post.exchange.isOpen) this.underWay.leave(post);
			});
			for (const message of requests) {
				if (message.method === 'initialize') this.greet(message, served);
				post.exchange.onmessage?.(message as unknown as JSONRPCMessage);
			}
		});
	}

	private open(requests: readonly Raw[], served: Served, { deps, tools }: Tenant, onEnd: () => void): PostUnderWay {
		const { response, principal, taken, isModern, isList, session } = served;
		const [first = {}] = requests;
		const exchange = new Exchange(response, {
			clock: this.options.clock,
			requests: requests.length,
			isList,
			taken,
			statusOf: (answer) => (isModern ? statusOf(answer, first) : statusOfSession(answer)),
			onEnd,
		});
		const connection: ClientConnection = new ClientConnection({
			channel: exchange,
			tools,
			info: this.options.info,
			...(this.options.methodsOf && { methods: this.options.methodsOf(exchange, first) }),
			toOutput: deps.toOutput,
			principal: principal.id,
			client: this.clientOf(served),
			...(session && { askUser: this.askUserOf(session, exchange, () => connection.requests.gone) }),
			load: async () => deps,
		});
		return {
			connection,
			exchange,
			requests: requests.map((message) => toRequest(message, deps)),
			session: session?.nonce,
			leavingCancels: isModern,
		};
	}

	private clientOf({ session, request, taken }: Served): Client {
		const { forms, ...words } = session?.client ?? UNKNOWN_CLIENT;
		const protocolVersion = String(request.headers['mcp-protocol-version'] ?? UNNAMED_VERSION);
		// The folders of a client are not those of a server elsewhere.
		return { ...words, protocolVersion, forms: forms && taken.events, roots: false };
	}

	private askUserOf(
		{ nonce }: SessionFacts,
		exchange: Exchange,
		gone: () => PostUnderWay['connection']['requests']['gone'],
	): AskUser {
		return (question, cancel) => {
			const tell: Parameters<Questions['ask']>[2] = (message) => {
				exchange.send(message as JSONRPCMessage).catch(() => undefined);
			};
			return this.questions.ask(nonce, question, tell, [cancel, gone()]);
		};
	}

	/** Gives the client of an initialize its session id. One that cannot be read gets the error of the connection. */
	private greet({ params }: Raw, { response, principal }: Served): void {
		try {
			const client = readClient(isObject(params) ? params : {});
			response.setHeader('Mcp-Session-Id', this.sessionIds.issue(principal.id, client));
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
		}
	}
}

/** A delivery whose requests are served. */
interface Served extends Delivery {
	readonly isModern: boolean;
	readonly isList: boolean;
	readonly session: SessionFacts | undefined;
}

/** Throws HttpError where a POST must not be a list. */
function checkList(requests: readonly Raw[], isModern: boolean, { headers }: IncomingMessage): void {
	const { 'mcp-protocol-version': version = UNNAMED_VERSION } = headers;
	if (isModern || version !== UNNAMED_VERSION)
		throw new HttpError(400, `Send one message a POST: only MCP ${UNNAMED_VERSION} has lists.`);
	if (requests.some(({ method }) => method === 'initialize'))
		throw new HttpError(400, 'An initialize must not be part of a list.');
	if (new Set(requests.map(({ id }) => id)).size < requests.length)
		throw new HttpError(400, 'Two requests of a list must not have one id.');
}

/** Throws HttpError where a POST names a version of MCP that nobody speaks. */
function checkVersion({ headers }: IncomingMessage): void {
	const version = headers['mcp-protocol-version'];
	if (version !== undefined && !PROTOCOL_VERSIONS.some((one) => one === version))
		throw new HttpError(400, `MCP-Protocol-Version must be one of ${PROTOCOL_VERSIONS.join(', ')}.`);
}

/** An error that names no request is about the POST. */
function statusOfSession(answer: JSONRPCMessage): number {
	return 'error' in answer && answer.id === undefined && answer.error.code === INVALID_REQUEST ? 400 : 200;
}

/** Unknown tools fail, and a dry run changes nothing: both may be broken off. */
function toRequest({ id, method, params }: Raw, { operations }: Deps): RequestUnderWay {
	const { name, arguments: args } = method === 'tools/call' && isObject(params) ? params : {};
	const danger = operations.get(String(name))?.danger ?? 'read';
	const isDryRun = isObject(args) && args.dry_run === true;
	return { id: id as RequestUnderWay['id'], isChange: danger !== 'read' && !isDryRun };
}
