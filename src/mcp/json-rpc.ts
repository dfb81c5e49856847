/** Which JSON values are JSON-RPC requests, as the SDK judges it, at a hundredth of the cost. */
import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../base/json.js';

const FIELDS = new Set(['jsonrpc', 'id', 'method', 'params']);

/** Whether the SDK would take a message for a request; false where it is in doubt. */
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
