/**
 * Routes tools/call and its cancellation past the SDK, whose checks of each message take longer than the rest of a call
 * (bench rows `call.one` and `call.many`).
 */
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { Cancel } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import type { Calls } from './calls.js';
import { toErrorAnswer } from './json-rpc.js';
import type { Send } from './safe-send.js';

/** A call under way. The server may abort it too, but only a call that its client cancelled gets no answer. */
interface RoutedCall {
	readonly cancel: Cancel;
	cancelledByClient: boolean;
}

/** Routes the calls of one client. */
export class CallRouter {
	private readonly calls: Calls;
	private readonly send: Send;
	private readonly underWay = new Map<RequestId, RoutedCall>();

	/** @param send never rejects for an answer */
	constructor(calls: Calls, send: Send) {
		this.calls = calls;
		this.send = send;
	}

	/** Takes a message that is a call or cancels one. Returns false for any other message: the SDK handles those. */
	take(message: JSONRPCMessage): boolean {
		if (isCall(message)) {
			this.perform(message).catch((error: unknown) => this.send(toErrorAnswer(message, error)));
			return true;
		}
		const id = readCancelledId(message);
		const call = id === undefined ? undefined : this.underWay.get(id);
		if (!call) return false;
		call.cancelledByClient = true;
		call.cancel.abort();
		return true;
	}

	private async perform(request: JSONRPCRequest): Promise<void> {
		const { id } = request;
		const call: RoutedCall = { cancel: new Cancel(), cancelledByClient: false };
		this.underWay.set(id, call);
		const answer = await this.answer(request, call.cancel);
		if (this.underWay.get(id) === call) this.underWay.delete(id);
		if (!call.cancelledByClient) await this.send(answer);
	}

	private async answer(request: JSONRPCRequest, cancel: Cancel): Promise<JSONRPCMessage> {
		const { id, params } = request;
		try {
			const result = await this.calls.perform(params, {
				cancel,
				progressToken: params?._meta?.progressToken,
				// A note that cannot be sent is no reason to end its call.
				notify: (notification) => {
					this.send({ jsonrpc: '2.0', ...notification }).catch(() => undefined);
				},
			});
			return { jsonrpc: '2.0', id, result };
		} catch (error) {
			return toErrorAnswer(request, error);
		}
	}
}

/** Calls that belong to a task, or carry metadata of MCP's own, are the SDK's. */
function isCall(message: JSONRPCMessage): message is JSONRPCRequest {
	if (!('method' in message && 'id' in message) || message.method !== 'tools/call') return false;
	const { _meta = {}, task } = message.params ?? {};
	const { progressToken } = _meta;
	return (
		task === undefined &&
		(progressToken === undefined || typeof progressToken === 'string' || Number.isSafeInteger(progressToken)) &&
		!Object.keys(_meta).some((name) => name.startsWith('io.modelcontextprotocol/'))
	);
}

function readCancelledId(message: JSONRPCMessage): RequestId | undefined {
	if (!('method' in message) || 'id' in message || message.method !== 'notifications/cancelled') return undefined;
	if (!isObject(message.params)) return undefined;
	const { requestId } = message.params;
	return typeof requestId === 'string' || typeof requestId === 'number' ? requestId : undefined;
}
