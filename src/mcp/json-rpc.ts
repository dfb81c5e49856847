/** Reads JSON-RPC requests without the SDK, which answers only messages that its schemas accept. */
import type { JSONRPCErrorResponse, JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../base/json.js';

/** JSON-RPC's code for a message that is no request. */
export const INVALID_REQUEST = -32600;
/** JSON-RPC's code for a method that the server does not have. */
export const METHOD_NOT_FOUND = -32601;
/** JSON-RPC's code for parameters that the method does not take. */
export const INVALID_PARAMS = -32602;
/** JSON-RPC's code for an error inside the server. */
export const INTERNAL_ERROR = -32603;

/** MCP's code for a revision that the server does not speak, from 2026-07-28 on. */
export const UNSUPPORTED_PROTOCOL_VERSION = -32022;

/** An error that answers a request; `code` is one of JSON-RPC's or MCP's. */
export class ProtocolError extends Error {
	override name = 'ProtocolError';
	readonly code: number;
	/** What the client may need to know of the error; undefined where the code says all. */
	readonly data: unknown;

	constructor(code: number, message: string, data?: unknown) {
		super(message);
		this.code = code;
		this.data = data;
	}
}

/** Returns whether a message asks for an answer: it has an id and is no answer itself. It may be malformed. */
export function asksForAnswer(message: object): boolean {
	return 'id' in message && ('method' in message || !('result' in message || 'error' in message));
}

/**
 * The request in a message that asks for an answer. Null counts as absent in its parameters, and unknown fields of the
 * message are left out. Throws ProtocolError where it is malformed.
 */
export function readRequest(message: object): JSONRPCRequest {
	const { jsonrpc, id, method, params } = message as Readonly<Record<string, unknown>>;
	if (jsonrpc !== '2.0') throw invalid('jsonrpc must be "2.0"');
	if (typeof id !== 'string' && !isInteger(id)) throw invalid('id must be a string or an integer');
	if (typeof method !== 'string') throw invalid('method must be a string');
	if (params === undefined || params === null) return { jsonrpc, id, method };
	if (!isObject(params)) throw new ProtocolError(INVALID_PARAMS, 'Invalid params: params must be an object');
	const { _meta, ...own } = params;
	if (_meta === undefined || _meta === null) return { jsonrpc, id, method, params: withoutNull(own) };
	if (!isObject(_meta)) throw new ProtocolError(INVALID_PARAMS, 'Invalid params: _meta must be an object');
	return { jsonrpc, id, method, params: { ...withoutNull(own), _meta: withoutNull(_meta) } };
}

/** The answer to a message that asked for one and failed with `error`. */
export function toErrorAnswer(message: object, error: unknown): JSONRPCErrorResponse {
	const code = error instanceof ProtocolError ? error.code : INTERNAL_ERROR;
	const text = error instanceof Error ? error.message : String(error);
	const data = error instanceof ProtocolError ? error.data : undefined;
	return { jsonrpc: '2.0', ...idOf(message), error: { code, message: text, ...(data !== undefined && { data }) } };
}

/** The id that an answer repeats. Without one, the client learns at least that a message was refused. */
function idOf(message: object): { id?: RequestId } {
	const { id } = message as { id?: unknown };
	return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? { id } : {};
}

function withoutNull(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

function invalid(problem: string): ProtocolError {
	return new ProtocolError(INVALID_REQUEST, `Invalid request: ${problem}`);
}
