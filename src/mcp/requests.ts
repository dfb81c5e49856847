/** Keeps the requests of one client that are under way: answers, cancels and, when the server closes, ends them. */
import { setImmediate as immediate } from 'node:timers/promises';
import type {
	JSONRPCMessage,
	JSONRPCRequest,
	ProgressNotification,
	RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import { Cancel, type Signal } from '../base/cancel.js';
import { CLOSING, GONE } from '../errors.js';
import { toErrorAnswer } from './json-rpc.js';
import type { Send } from './safe-send.js';

/** The result of a request. */
export type Result = Record<string, unknown>;

/** A request, as the method that answers it sees it. */
export interface RequestHandle {
	/** Aborts when the client cancels the request, or the server closes and the request has had its time. */
	readonly cancel: Cancel;
	/** Sends the client a notification about the request; does nothing once the request was answered or cancelled. */
	notify(notification: ProgressNotification): void;
}

/** A request under way. The server may abort it too, but only one that its client cancelled gets no answer. */
interface RequestUnderWay extends RequestHandle {
	isOpen: boolean;
}

/** The requests of one client, of whichever revision. */
export class Requests {
	private readonly send: Send;
	private readonly byId = new Map<RequestId, RequestUnderWay>();
	private readonly work = new Map<Promise<unknown>, Cancel>();
	private readonly closingCancel = new Cancel();
	private readonly goneCancel = new Cancel();
	private interrupted = false;

	/** @param send never rejects for an answer */
	constructor(send: Send) {
		this.send = send;
	}

	/** Aborts when the server closes: calls of several requests then send no more of them. */
	get closing(): Signal {
		return this.closingCancel;
	}

	/** Aborts when the client no longer hears answers: calls then send no further change, not even a first one. */
	get gone(): Signal {
		return this.goneCancel;
	}

	/**
	 * Answers a request with what `answer` returns or throws. A result without a promise is sent before this returns. A
	 * request that its client cancels gets no answer.
	 */
	respond(request: JSONRPCRequest, answer: (handle: RequestHandle) => Result | Promise<Result>): void {
		const { id } = request;
		const one: RequestUnderWay = { cancel: new Cancel(), isOpen: true, notify: (note) => this.notify(one, note) };
		try {
			const result = answer(one);
			if (!(result instanceof Promise)) {
				this.post({ jsonrpc: '2.0', id, result });
				return;
			}
			this.byId.set(id, one);
			result.then(
				(value) => this.close(id, one, { jsonrpc: '2.0', id, result: value }),
				(error: unknown) => this.close(id, one, toErrorAnswer(request, error)),
			);
		} catch (error) {
			this.post(toErrorAnswer(request, error));
		}
	}

	/** Cancels a request for its client. Returns false where none with this id is under way here. */
	cancel(id: RequestId): boolean {
		const one = this.byId.get(id);
		if (!one) return false;
		one.isOpen = false;
		one.cancel.abort();
		return true;
	}

	/** Counts work as under way until it ends, so that closing waits for it and interrupts it by `cancel`. */
	track<Value>(cancel: Cancel, start: () => Value | Promise<Value>): Value | Promise<Value> {
		if (this.interrupted) cancel.abort(CLOSING);
		const work = start();
		if (!(work instanceof Promise)) return work;
		this.work.set(work, cancel);
		return work.finally(() => this.work.delete(work));
	}

	/** Resolves when no work is under way. */
	async idle(): Promise<void> {
		while (this.work.size > 0) {
			await Promise.allSettled(this.work.keys());
			// A request that has waited for the SDK begins its work a little later.
			await immediate();
		}
	}

	/** Lets calls of several requests send no more of them. */
	windDown(): void {
		this.closingCancel.abort(CLOSING);
	}

	/** The client no longer hears answers. Requests to the API that are under way end, and no further change is sent. */
	abandon(): void {
		this.goneCancel.abort(GONE);
		this.closingCancel.abort(GONE);
	}

	/** Aborts the work under way, and that to come. Each request still gets its answer. */
	interrupt(): void {
		this.interrupted = true;
		for (const cancel of this.work.values()) cancel.abort(CLOSING);
	}

	private close(id: RequestId, one: RequestUnderWay, answer: JSONRPCMessage): void {
		if (this.byId.get(id) === one) this.byId.delete(id);
		if (one.isOpen) this.post(answer);
		one.isOpen = false;
	}

	private notify(one: RequestUnderWay, notification: ProgressNotification): void {
		if (one.isOpen) this.post({ jsonrpc: '2.0', ...notification });
	}

	/** A note that cannot be sent is no reason to end its request. */
	private post(message: JSONRPCMessage): void {
		this.send(message).catch(() => undefined);
	}
}
