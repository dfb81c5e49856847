/** Tells which JSON values are JSON-RPC requests, as the SDK does, without its schemas. */
import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../base/json.js';

const FIELDS = new Set(['jsonrpc', 'id', 'method', 'params']);

/** An error that answers a request; `code` is one of JSON-RPC's or MCP's. */
export class ProtocolError extends Error {
	override name = 'ProtocolError';
	readonly code: number;

	constructor(code: number, message: string) {
		super(message);
		this.code = code;
	}
}

/** Returns whether the SDK would take a message for a request, and false where that is in doubt. */
export function isPlainRequest(message: object): message is JSONRPCRequest {
	const { jsonrpc, id, method, params = {} } = message as Partial<JSONRPCRequest>;
	return (
		jsonrpc === '2.0' &&
		(typeof id === 'string' || Number.isSafeInteger(id)) &&
		typeof method === 'string' &&
		isObject(params) &&
		(params._meta === undefined || isObject(params._meta)) &&
		Object.keys(message).every((name) => FIELDS.has(name))
	);
}
