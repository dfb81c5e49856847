/** The channel of one POST: its answers leave as JSON, or as a stream of events from the first other message on. */
import type { ServerResponse } from 'node:http';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { Cancel } from '../../base/cancel.js';
import { type Clock, repeatEvery } from '../../base/clock.js';
import { GONE } from '../../errors.js';
import type { Channel } from '../channel.js';
import type { Taken } from './door.js';
import { sendText } from './http-error.js';

/** Time between two comments in a stream. Proxies end connections that are silent for 30 to 60 s. */
const COMMENT_INTERVAL_MS = 15_000;

const STREAM_HEADERS = {
	'Content-Type': 'text/event-stream',
	'Cache-Control': 'no-cache, no-transform',
	// nginx holds events back until it has a buffer full of them.
	'X-Accel-Buffering': 'no',
} as const;

/** What an exchange is made of. */
interface ExchangeOptions {
	readonly clock: Clock;
	/** Requests in the POST. The exchange ends when each is answered or dropped. */
	readonly requests: number;
	/** Whether they came in a list, so that the answers go out in one. */
	readonly isList: boolean;
	/** What the client reads. */
	readonly taken: Taken;
	/** The status of an answer that is sent as JSON. */
	statusOf(answer: JSONRPCMessage): number;
	/** Told once, when nothing more is sent. */
	onEnd(): void;
}

/** One response. What is sent after its end is dropped. */
export class Exchange implements Channel {
	onmessage?: (message: JSONRPCMessage) => void;
	/** Aborts when the client has closed the response. */
	readonly left = new Cancel();
	private readonly response: ServerResponse;
	private readonly options: ExchangeOptions;
	private readonly answers: string[] = [];
	/** The requests that are answered or dropped. */
	private readonly settled = new Set<unknown>();
	private missing: number;
	private stopComments: (() => void) | undefined;
	private hasEnded = false;
	private status = 200;

	constructor(response: ServerResponse, options: ExchangeOptions) {
		this.response = response;
		this.options = options;
		this.missing = options.requests;
	}

	/** Whether the client still listens. */
	get isOpen(): boolean {
		return !this.hasEnded;
	}

	/** Sends an answer, or another message where the client reads streams. Rejects where it cannot be written as JSON. */
	async send(message: JSONRPCMessage): Promise<void> {
		const text = JSON.stringify(message);
		if (this.hasEnded) return;
		if (!('method' in message)) this.answer(message, text);
		else if (this.options.taken.events) this.stream(text);
	}

	/** Waits no more for the answer to a request that its client has cancelled. */
	drop(id: RequestId): void {
		if (!this.hasEnded && !this.settled.has(id)) this.settle(id);
	}

	/** The client has closed the response: nothing more is sent. */
	leave(): void {
		this.left.abort(GONE);
		this.end();
	}

	private answer(message: JSONRPCMessage, text: string): void {
		if (this.stopComments || !this.options.taken.json) this.stream(text);
		else this.answers.push(text);
		this.status = this.options.statusOf(message);
		this.settle('id' in message ? message.id : undefined);
	}

	private settle(id: RequestId | undefined): void {
		this.settled.add(id);
		this.missing -= 1;
		if (this.missing > 0) return;
		if (this.stopComments) this.response.end();
		else this.finishJson();
		this.end();
	}

	private finishJson(): void {
		const { answers, response } = this;
		const [first] = answers;
		// All requests were cancelled, and cancelled requests get no answer.
		if (first === undefined) response.writeHead(202).end();
		else if (this.options.isList) sendText(response, 200, `[${answers.join(',')}]`);
		else sendText(response, this.status, first);
	}

	private stream(text: string): void {
		if (!this.stopComments) {
			const { clock } = this.options;
			this.stopComments = repeatEvery(clock, COMMENT_INTERVAL_MS, () => this.response.write(': still here\n\n'));
			this.response.writeHead(200, STREAM_HEADERS);
			// Answers of a list that came before its first note.
			for (const earlier of this.answers.splice(0)) this.event(earlier);
		}
		this.event(text);
	}

	private event(text: string): void {
		this.response.write(`event: message\ndata: ${text}\n\n`);
	}

	private end(): void {
		if (this.hasEnded) return;
		this.hasEnded = true;
		this.stopComments?.();
		this.options.onEnd();
	}
}
