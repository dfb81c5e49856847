/** The channel of one connection over HTTP: each answer goes out with the POST that brought its request. */
import type { ServerResponse } from 'node:http';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../../src/base/json.js';
import type { Channel } from '../../src/mcp/channel.js';

/** A message before anything is known of it but that it is an object. */
export type Raw = Readonly<Record<string, unknown>>;

/** The response to one POST: JSON where the answer is the first message, otherwise a stream of events. */
export class Exchange {
	private readonly response: ServerResponse;
	private readonly statusOf: (answer: Raw) => number;

	/** @param statusOf the HTTP status of an answer that is sent as JSON */
	constructor(response: ServerResponse, statusOf: (answer: Raw) => number) {
		this.response = response;
		this.statusOf = statusOf;
	}

	/** Sends a message that is not the answer. */
	note(message: Raw): void {
		if (!this.response.headersSent)
			this.response.writeHead(200, {
				'content-type': 'text/event-stream',
				'cache-control': 'no-cache',
				'x-accel-buffering': 'no',
			});
		this.response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
	}

	/** Sends the answer, which ends the response. */
	finish(answer: Raw): void {
		if (this.response.headersSent) {
			this.note(answer);
			this.response.end();
		} else {
			this.response.writeHead(this.statusOf(answer), { 'content-type': 'application/json' });
			this.response.end(JSON.stringify(answer));
		}
	}
}

/** One client. Its messages come in by POSTs. */
export class Peer implements Channel {
	onmessage?: (message: JSONRPCMessage) => void;
	private readonly open = new Map<RequestId, Exchange>();
	private readonly asked = new Map<RequestId, (result: Raw) => void>();
	private lastId = 0;

	/** Hands a message to the connection. The answer to a request goes out by `exchange`. */
	receive(message: Raw, exchange?: Exchange): void {
		const { id } = message;
		if (isId(id) && !('method' in message) && this.asked.has(id)) {
			this.asked.get(id)?.(isObject(message.result) ? message.result : {});
			this.asked.delete(id);
			return;
		}
		if (exchange && isId(id)) this.open.set(id, exchange);
		this.onmessage?.(message as unknown as JSONRPCMessage);
	}

	/** Forgets a request whose client has closed the response. */
	forget(id: unknown): void {
		if (isId(id)) this.open.delete(id);
	}

	/** Sends a message of the connection. One that answers nothing goes out by the latest POST that is still open. */
	async send(message: JSONRPCMessage): Promise<void> {
		const raw = message as unknown as Raw;
		const { id } = raw;
		const exchange = isId(id) && !('method' in raw) ? this.open.get(id) : undefined;
		if (!exchange) {
			[...this.open.values()].at(-1)?.note(raw);
			return;
		}
		this.forget(id);
		exchange.finish(raw);
	}

	/** Sends the client a notification that the product has none of. */
	notify(method: string, params: Raw): Promise<void> {
		return this.send({ jsonrpc: '2.0', method, params });
	}

	/** Asks the client, as servers up to 2025-11-25 may. Resolves with its result, which is empty where it has failed. */
	ask(method: string, params: Raw): Promise<Raw> {
		const id = `suite ${++this.lastId}`;
		return new Promise((resolve) => {
			this.asked.set(id, resolve);
			void this.send({ jsonrpc: '2.0', id, method, params });
		});
	}
}

/** Whether a value may be the id of a request. */
export const isId = (id: unknown): id is RequestId => typeof id === 'string' || typeof id === 'number';
