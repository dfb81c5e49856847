/** Connects one client over any channel. Each message is served by the revision of MCP that it speaks itself. */
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../base/json.js';
import type { AskUser } from '../call/consent/forms.js';
import type { Channel } from './channel.js';
import type { Client } from './client.js';
import { asksForAnswer, INVALID_REQUEST, ProtocolError, readRequest, toErrorAnswer } from './json-rpc.js';
import { type Loaded, METHODS, type Served } from './methods.js';
import { Requests } from './requests.js';
import { Session } from './revisions/2025-11-25.js';
import { isStateless, Stateless } from './revisions/2026-07-28.js';
import { type Send, type ToOutput, withSafeAnswers } from './safe-send.js';

/** What a connection is made of. */
export interface ClientConnectionOptions extends Pick<Served, 'tools' | 'info' | 'isShared'> {
	readonly channel: Channel;
	/** The methods of the client; those of the product when absent. */
	readonly methods?: Served['methods'] | undefined;
	readonly toOutput: ToOutput;
	/** Who the requests of the client are made for. */
	readonly principal: string;
	/** Names the request over HTTP that the messages come with, in logs and audit lines. */
	readonly requestId?: string;
	/** The client, where an earlier connection of its session has introduced it. */
	readonly client?: Client | undefined;
	/** Shows the user a form, in place of the SDK, whose requests and answers must share a connection. */
	readonly askUser?: AskUser | undefined;
	/** Gives what calls need, and loads it where it must; called once, when a message first needs it. */
	load(): Loaded | Promise<Loaded>;
	/** Told of messages that cannot be read. */
	onError?(error: Error): void;
}

/** The connection of one client. Every message goes through it, whatever the channel. */
export class ClientConnection {
	/** The requests of the client that are under way. */
	readonly requests: Requests;
	private readonly load: () => Loaded | Promise<Loaded>;
	private readonly send: Send;
	private readonly session: Session;
	private readonly stateless: Stateless;
	private loaded: Loaded | Promise<Loaded> | undefined;

	/** Opens the connection: from now on the channel's messages are answered. */
	constructor(options: ClientConnectionOptions) {
		const { channel, toOutput, tools, info, methods = METHODS, principal, load, client, askUser } = options;
		this.load = load;
		this.send = withSafeAnswers((message) => channel.send(message), toOutput);
		this.requests = new Requests(this.send);
		const { isShared } = options;
		const served = { tools, info, methods, isShared, toOutput, load: () => this.loadOnce() };
		const { send, requests } = this;
		const { requestId, onError } = options;
		this.session = new Session({ served, requests, send, principal, requestId, client, askUser, onError });
		this.stateless = new Stateless({ served, requests, send, principal, requestId });
		const receive = (message: JSONRPCMessage) => {
			for (const one of Array.isArray(message) ? message.filter(isMessage) : [message])
				this.receive(one, one !== message);
		};
		// V8 takes a function that is written straight to a property for one that lives long: with each, it would keep a POST
		// until it collects the whole heap (bench row `http.many`).
		channel.onmessage = receive;
	}

	/** Ends the connection. Calls under way go on: end them first. Rejects where what calls need did not load. */
	async close(): Promise<void> {
		await this.session.close();
		await this.loaded;
	}

	private receive(message: JSONRPCMessage, isInBatch: boolean): void {
		try {
			if (isInBatch) throw new ProtocolError(INVALID_REQUEST, 'Invalid request: send one message a line, not a list');
			if (asksForAnswer(message)) this.takeRequest(readRequest(message));
			else this.takeOther(message);
		} catch (error) {
			if (asksForAnswer(message)) this.send(toErrorAnswer(message, error)).catch(() => undefined);
		}
	}

	private takeRequest(request: JSONRPCRequest): void {
		if (isStateless(request)) this.stateless.take(request);
		else this.session.take(request);
		// The list comes before the calls, and a client that only asks who is there never lists (bench section `start`).
		if (request.method === 'tools/list') setImmediate(() => Promise.resolve(this.loadOnce()).catch(() => undefined));
	}

	private takeOther(message: JSONRPCMessage): void {
		const id = readCancelledId(message);
		if (id !== undefined && this.requests.cancel(id)) return;
		if (!('method' in message && isStateless(message))) this.session.takeOther(message);
	}

	private loadOnce(): Loaded | Promise<Loaded> {
		this.loaded ??= this.load();
		return this.loaded;
	}
}

const isMessage = (value: unknown): value is JSONRPCMessage => typeof value === 'object' && value !== null;

/** The id of the request that a notification cancels. */
function readCancelledId(message: JSONRPCMessage): RequestId | undefined {
	if (!('method' in message) || 'id' in message || message.method !== 'notifications/cancelled') return undefined;
	if (!isObject(message.params)) return undefined;
	const { requestId } = message.params;
	return typeof requestId === 'string' || typeof requestId === 'number' ? requestId : undefined;
}
