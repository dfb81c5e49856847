/** Says to the clients of the fixture what the product says to none, and hears what they answer. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../../src/base/json.js';
import type { Channel } from '../../src/mcp/channel.js';
import type { CarriedAnswer, Wire } from '../../src/mcp/http/wire.js';

/** A message before anything is known of it but that it is an object. */
export type Raw = Readonly<Record<string, unknown>>;

/** The client of one request. */
export interface Peer {
	/** Sends a notification. */
	notify(method: string, params: Raw): Promise<void>;
	/** Asks, as servers up to 2025-11-25 may. Resolves with the client's result, which is empty where it has failed. */
	ask(method: string, params: Raw): Promise<Raw>;
}

/**
 * The questions of the fixture. The transport takes their answers for those to another replica's questions, because their ids
 * begin with another name than this one's.
 */
export class FixtureQuestions implements Wire {
	readonly replica = 'fixture';
	private readonly open = new Map<string, (result: Raw) => void>();
	private lastId = 0;

	/** The client that a channel leads to. */
	peerOf(channel: Channel): Peer {
		const send = (message: Raw) => channel.send({ jsonrpc: '2.0', ...message } as JSONRPCMessage);
		return {
			notify: (method, params) => send({ method, params }),
			ask: (method, params) =>
				new Promise((resolve, reject) => {
					const id = `suite.${++this.lastId}`;
					this.open.set(id, resolve);
					send({ id, method, params }).catch(reject);
				}),
		};
	}

	async sendAnswer(_: string, { question, result }: CarriedAnswer): Promise<void> {
		this.open.get(question)?.(isObject(result) ? result : {});
		this.open.delete(question);
	}

	listen(): void {}
	async sendCancel(): Promise<void> {}
	async close(): Promise<void> {}
}
