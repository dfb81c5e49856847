/**
 * Carries calls and their cancellation past the SDK, whose checks of each message would take longer than the rest of a call.
 * Whatever is not plainly one of the two is left to the SDK, which carries out calls through the same function.
 */
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { Cancel } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import { isPlainRequest } from './json-rpc.js';
import type { McpServer } from './server.js';

/** Takes messages that it can carry; answers go to `send`. */
export interface CallRouter {
	/** False when the message is none of its own. */
	take(message: JSONRPCMessage): boolean;
}

/** A switchboard for the calls of one client. */
export function createCallRouter(server: McpServer, send: (message: JSONRPCMessage) => Promise<void>): CallRouter {
	const calls = new Map<RequestId, { readonly cancel: Cancel; unwanted: boolean }>();

	const carry = async ({ id, params }: JSONRPCRequest) => {
		const cancel = new Cancel();
		const own = { cancel, unwanted: false };
		calls.set(id, own);
		let answer: JSONRPCMessage;
		try {
			const result = await server.call(params, {
				cancel,
				progressToken: params?._meta?.progressToken,
				notify: (notification) => void send({ jsonrpc: '2.0', ...notification }),
			});
			answer = { jsonrpc: '2.0', id, result };
		} catch (error) {
			const { code = -32603, message } = error as { code?: number; message: string };
			answer = { jsonrpc: '2.0', id, error: { code, message } };
		}
		if (calls.get(id) === own) calls.delete(id);
		// A call that its client has cancelled gets no answer (MCP, cancellation).
		if (!own.unwanted) await send(answer);
	};

	return {
		take(message) {
			if (isCall(message)) {
				void carry(message);
				return true;
			}
			const id = readCancelled(message);
			const call = id === undefined ? undefined : calls.get(id);
			if (!call) return false;
			call.unwanted = true;
			call.cancel.abort();
			return true;
		},
	};
}

/** Calls that belong to tasks or name anything else of the protocol's own are the SDK's. */
function isCall(message: JSONRPCMessage): message is JSONRPCRequest {
	if (!isPlainRequest(message) || message.method !== 'tools/call') return false;
	const { _meta = {}, task } = message.params ?? {};
	const { progressToken } = _meta;
	return (
		task === undefined &&
		(progressToken === undefined || typeof progressToken === 'string' || Number.isSafeInteger(progressToken)) &&
		!Object.keys(_meta).some((name) => name.startsWith('io.modelcontextprotocol/'))
	);
}

function readCancelled(message: JSONRPCMessage): RequestId | undefined {
	if (!('method' in message) || message.method !== 'notifications/cancelled' || !isObject(message.params))
		return undefined;
	const { requestId } = message.params;
	return typeof requestId === 'string' || typeof requestId === 'number' ? requestId : undefined;
}
