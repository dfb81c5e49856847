/**
 * Connects one client over any channel. Answers its first questions from prepared data, so that the SDK loads only after
 * the client has its tool list (bench section `start`).
 */
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Channel } from './channel.js';
import { type Client, readClient, toInitializeParams } from './client.js';
import { asksForAnswer, INVALID_REQUEST, ProtocolError, readRequest, toErrorAnswer } from './json-rpc.js';
import { type Prepared, prepareAnswer } from './prepared-answers.js';
import { type Send, type ToOutput, withSafeAnswers } from './safe-send.js';
import type { McpServer } from './server.js';

/** What a connection is made of. */
export interface ClientConnectionOptions extends Prepared {
	readonly channel: Channel;
	readonly toOutput: ToOutput;
	/** Builds the server; called once, when a message first needs it. */
	load(): Promise<McpServer>;
}

/** The connection of one client. Every message goes through it, whatever the channel. */
export class ClientConnection {
	private readonly options: ClientConnectionOptions;
	private readonly send: Send;
	/** Messages that were answered here. The server hears them when it has loaded, to know its client. */
	private readonly answered: JSONRPCMessage[] = [];
	/** Messages that came while the server loaded. */
	private readonly waiting: JSONRPCMessage[] = [];
	private loading: Promise<McpServer> | undefined;
	private receiver: Pick<McpServer, 'receive'> | undefined;
	/** The client as its latest initialize describes it. */
	private client: Client | undefined;

	/** Opens the connection: from now on the channel's messages are answered. */
	constructor(options: ClientConnectionOptions) {
		this.options = options;
		const { channel, toOutput } = options;
		this.send = withSafeAnswers((message) => channel.send(message), toOutput);
		channel.onmessage = (message) => {
			for (const one of Array.isArray(message) ? message.filter(isMessage) : [message])
				this.receive(one, one !== message);
		};
	}

	/** The server, after it received everything that came before; undefined when no message has needed it. */
	async server(): Promise<McpServer | undefined> {
		return this.loading;
	}

	private receive(message: JSONRPCMessage, isInBatch: boolean): void {
		try {
			if (isInBatch) throw new ProtocolError(INVALID_REQUEST, 'Invalid request: send one message a line, not a list');
			if (asksForAnswer(message)) this.takeRequest(this.readRequest(message));
			else this.takeOther(message);
		} catch (error) {
			this.refuse(message, error);
		}
	}

	/** The request as the server takes it. Remembers the client that it introduces. */
	private readRequest(message: JSONRPCMessage): JSONRPCRequest {
		const request = readRequest(message);
		if (request.method !== 'initialize') return request;
		this.client = readClient(request.params);
		return { ...request, params: toInitializeParams(this.client) };
	}

	private takeRequest(request: JSONRPCRequest): void {
		const answer = this.loading ? undefined : prepareAnswer(request, this.options);
		if (!answer) {
			this.handToServer(request);
			return;
		}
		if (request.method === 'initialize') this.answered.push(request);
		this.send(answer).catch(() => undefined);
		if (request.method === 'tools/list') setImmediate(() => this.load());
	}

	private takeOther(message: JSONRPCMessage): void {
		const isGreeting = 'method' in message && message.method === 'notifications/initialized';
		if (isGreeting && !this.loading) this.answered.push(message);
		else this.handToServer(message);
	}

	private handToServer(message: JSONRPCMessage): void {
		if (this.receiver) {
			this.deliver(this.receiver, message);
			return;
		}
		this.waiting.push(message);
		this.load();
	}

	private refuse(message: JSONRPCMessage, error: unknown): void {
		if (asksForAnswer(message)) this.send(toErrorAnswer(message, error)).catch(() => undefined);
	}

	private load(): void {
		if (this.loading) return;
		this.loading = this.handOver();
		// Requests of a server that does not load are refused one by one; server() still rejects.
		this.loading.catch((error: unknown) => this.open({ receive: (message) => this.refuse(message, error) }));
	}

	private async handOver(): Promise<McpServer> {
		const server = await this.options.load();
		await server.connect({ send: this.send, answered: this.answered, client: () => this.client });
		this.open(server);
		return server;
	}

	/** From now on `receiver` takes the messages, and first those that waited for it. */
	private open(receiver: Pick<McpServer, 'receive'>): void {
		this.receiver = receiver;
		for (const message of this.waiting.splice(0)) this.deliver(receiver, message);
	}

	private deliver(receiver: Pick<McpServer, 'receive'>, message: JSONRPCMessage): void {
		try {
			receiver.receive(message);
		} catch (error) {
			this.refuse(message, error);
		}
	}
}

const isMessage = (value: unknown): value is JSONRPCMessage => typeof value === 'object' && value !== null;
