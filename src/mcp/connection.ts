/**
 * Connects one client over any channel. Answers its first questions from prepared data, so that the SDK loads only after
 * the client has its tool list (bench section `start`).
 */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Channel } from './channel.js';
import { type Prepared, prepareAnswer } from './prepared-answers.js';
import type { McpServer } from './server.js';

/** What a connection is made of. */
export interface ClientConnectionOptions extends Prepared {
	readonly channel: Channel;
	/** Builds the server; called once, when a message first needs it. */
	load(): Promise<McpServer>;
}

/** The connection of one client. Every message goes through it, whatever the channel. */
export class ClientConnection {
	private readonly options: ClientConnectionOptions;
	/** Messages that were answered here. The server hears them when it has loaded, to know its client. */
	private readonly answered: JSONRPCMessage[] = [];
	/** Messages that came while the server loaded. */
	private readonly waiting: JSONRPCMessage[] = [];
	private loading: Promise<McpServer> | undefined;
	private loaded: McpServer | undefined;

	/** Opens the connection: from now on the channel's messages are answered. */
	constructor(options: ClientConnectionOptions) {
		this.options = options;
		options.channel.onmessage = (message) => this.receive(message);
	}

	/** The server, after it received everything that came before; undefined when no message has needed it. */
	async server(): Promise<McpServer | undefined> {
		return this.loading;
	}

	private receive(message: JSONRPCMessage): void {
		if (this.loaded) {
			this.loaded.receive(message);
		} else if (this.loading || !this.answer(message)) {
			this.waiting.push(message);
			this.load();
		}
	}

	/** Answers a message without the server. Returns false where that is not possible. */
	private answer(message: JSONRPCMessage): boolean {
		const method = 'method' in message ? message.method : undefined;
		if (method === 'notifications/initialized') {
			this.answered.push(message);
			return true;
		}
		const { channel } = this.options;
		const answer = prepareAnswer(message, this.options);
		if (!answer) return false;
		if (method === 'initialize') this.answered.push(message);
		void channel.send(answer);
		if (method === 'tools/list') setImmediate(() => this.load());
		return true;
	}

	private load(): void {
		this.loading ??= this.handOver();
	}

	private async handOver(): Promise<McpServer> {
		const { load, channel } = this.options;
		const server = await load();
		await server.connect((message) => channel.send(message), this.answered);
		this.loaded = server;
		for (const message of this.waiting.splice(0)) server.receive(message);
		return server;
	}
}
