/** Serves the messages of POSTs: requests by a connection of their own, answers and cancels to where they belong. */
import { randomBytes } from 'node:crypto';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../base/clock.js';
import { isObject } from '../../base/json.js';
import type { Principal } from '../../call/principal.js';
import type { Channel } from '../channel.js';
import { readClient } from '../client.js';
import { ProtocolError } from '../json-rpc.js';
import type { Method } from '../methods.js';
import type { Authenticator, ScopedCall, ScopedRead } from './auth/authenticator.js';
import { kindOf, type Post, type Raw } from './body.js';
import type { Delivery, Served, Tenant } from './delivery.js';
import { HttpError, sendText } from './http-error.js';
import { openPost, type PostSurroundings } from './open-post.js';
import { answerList, isPlainList } from './prepared-list.js';
import { Questions } from './questions.js';
import { type SessionFacts, SessionIds } from './session-ids.js';
import { checkList, readVersion } from './session-rules.js';
import { checkHeaders, isStatelessPost } from './stateless-rules.js';
import { PostsUnderWay } from './under-way.js';
import type { Wire } from './wire.js';

/** What messages are served with. */
export interface MessagesOptions {
	/** What the requests of a principal are served with. */
	tenantOf(principal: Principal): Tenant | Promise<Tenant>;
	/** The methods for the requests of a POST, by its channel and its first request. Those of the product when absent. */
	methodsOf?(channel: Channel, first: Raw): ReadonlyMap<string, Method>;
	readonly authenticator: Pick<Authenticator, 'missingScope'>;
	/** The secrets that sign session ids; random where there are none. */
	readonly secrets?: readonly [string, ...string[]] | undefined;
	/** The way to other replicas; undefined for a single process. */
	readonly wire?: Wire | undefined;
	readonly clock: Clock;
}

/** The code of the SDK's server for a session that it does not know. */
const SESSION_NOT_FOUND = -32001;

const REPLICA_NAME_BYTES = 9;

/** The messages of one process. */
export class Messages {
	private readonly options: MessagesOptions;
	private readonly sessionIds: SessionIds;
	private readonly questions: Questions;
	private readonly surroundings: PostSurroundings;
	private readonly underWay = new PostsUnderWay();
	private readonly replica: string;

	constructor(options: MessagesOptions) {
		const { wire, secrets, clock } = options;
		this.options = options;
		this.replica = wire?.replica ?? randomBytes(REPLICA_NAME_BYTES).toString('base64url');
		this.sessionIds = new SessionIds({ secrets, now: clock.now });
		this.questions = new Questions(this.replica);
		this.surroundings = { ...options, questions: this.questions };
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
	async take({ messages, isList }: Post, delivery: Delivery): Promise<void> {
		const { request, response, principal, arrival } = delivery;
		const kinds = messages.map(kindOf);
		const requests = messages.filter((_, at) => kinds[at] === 'request');
		const isStateless = messages.some((message) => isStatelessPost(message, request.headers));
		if (isStateless) checkStateless(requests, isList, request.headers);
		else checkOfSession(requests, isList, request.headers);
		// Some clients name the session that has ended when they begin a new one.
		const isNew = requests.some(({ method }) => method === 'initialize');
		const session = isStateless || isNew ? undefined : this.readSession(delivery);
		const listens = requests.filter(({ method }) => method === 'subscriptions/listen').length;
		arrival.admit({ calls: requests.length - listens, listens, notes: messages.length - requests.length });
		const tenant = requests.length > 0 ? await this.options.tenantOf(principal) : undefined;
		if (tenant) for (const message of requests) await this.checkScope(principal, tenant, message);
		messages.forEach((message, at) => {
			if (kinds[at] === 'answer') this.takeAnswer(message, session);
			else if (kinds[at] === 'notification') this.takeNotification(message, session);
		});
		// The client has gone, so nothing is begun for it.
		if (response.closed) return;
		if (!tenant) {
			response.writeHead(202).end();
			return;
		}
		const [first = {}] = requests;
		const isPlain = !isStateless && !isList && delivery.taken.json && !this.options.methodsOf;
		if (isPlain && isPlainList(first)) sendText(response, 200, answerList(first, tenant.tools));
		else await this.serve(requests, { delivery, tenant, isStateless, isList, session });
	}

	/** The session that a POST names. Throws HttpError where the id is not accepted; it does not say why. */
	private readSession({ request, principal }: Delivery): SessionFacts | undefined {
		const id = request.headers['mcp-session-id'];
		if (id === undefined) return undefined;
		const session = this.sessionIds.read(principal.id, String(id));
		if (session) return session;
		throw new HttpError(404, 'Session not found. Begin a new one by initialize.', { code: SESSION_NOT_FOUND });
	}

	/** Throws a Challenge where a request needs a scope that was not granted. */
	private async checkScope(principal: Principal, tenant: Tenant, message: Raw): Promise<void> {
		const asked = principal.grants && toScoped(message, tenant);
		const challenge = asked && (await this.options.authenticator.missingScope?.(principal, asked));
		if (challenge) throw challenge;
	}

	/** Hands an answer to the replica that asked. Without a session it answers no question. */
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
		if (this.underWay.cancel(session.nonce, request)) return;
		this.options.wire?.sendCancel({ session: session.nonce, request }).catch(() => undefined);
	}

	private async serve(requests: readonly Raw[], served: Served): Promise<void> {
		await new Promise<void>((resolve) => {
			const onEnd = () => {
				this.underWay.remove(kept).then(resolve, resolve);
			};
			const post = openPost(requests, served, this.surroundings, onEnd);
			const kept = this.underWay.add(post);
			served.delivery.response.once('close', () => {
				if (post.exchange.isOpen) this.underWay.leave(post);
			});
			for (const message of requests) {
				if (message.method === 'initialize' && !served.isStateless) this.greet(message, served);
				post.exchange.onmessage?.(message as unknown as JSONRPCMessage);
			}
		});
	}

	/** Gives the client of an initialize its session id. One that cannot be read gets the error of its connection. */
	private greet({ params }: Raw, { delivery: { response, principal } }: Served): void {
		try {
			const client = readClient(isObject(params) ? params : {});
			response.setHeader('Mcp-Session-Id', this.sessionIds.issue(principal.id, client));
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
		}
	}
}

/** What a request needs a scope for; undefined where it needs none. What the policy refuses, the call itself answers. */
function toScoped({ method, params }: Raw, { tools, deps }: Tenant): ScopedCall | ScopedRead | undefined {
	if (method === 'resources/read' || method === 'completion/complete') return { method };
	if (method !== 'tools/call' || !isObject(params)) return undefined;
	const { name: tool, arguments: args } = params;
	if (typeof tool !== 'string' || !tools.some(({ name }) => name === tool)) return undefined;
	const { consentBlock } = deps.settings;
	return { tool, args, isConsentBlocked: consentBlock !== undefined && consentBlock.by !== 'grants' };
}

function checkStateless(requests: readonly Raw[], isList: boolean, headers: Delivery['request']['headers']): void {
	if (isList) throw new HttpError(400, 'Send one message a POST.');
	for (const message of requests) checkHeaders(message, headers);
}

function checkOfSession(requests: readonly Raw[], isList: boolean, headers: Delivery['request']['headers']): void {
	const version = readVersion(headers);
	if (isList) checkList(requests, version);
}
