/** Answers initialize, ping and tools/list exactly as the SDK would, without loading it. */
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { PROTOCOL_VERSIONS, type ServerInfo } from './server-info.js';
import type { Tool } from './tools.js';

/** What answers are prepared from. */
export interface Prepared {
	/** The tools that tools/list answers. */
	readonly tools: readonly Tool[];
	readonly info: ServerInfo;
}

/** Returns the answer to a request, or undefined where the SDK must answer it. */
export function prepareAnswer(request: JSONRPCRequest, { tools, info }: Prepared): JSONRPCMessage | undefined {
	const { id, method, params = {} } = request;
	const result = method === 'initialize' ? initialize(params, info) : resultWithoutParams(method, params, tools);
	return result && { jsonrpc: '2.0', id, result };
}

function initialize(params: Record<string, unknown>, info: ServerInfo): Record<string, unknown> {
	const protocolVersion = PROTOCOL_VERSIONS.find((version) => version === params.protocolVersion);
	return { protocolVersion: protocolVersion ?? PROTOCOL_VERSIONS[0], ...info };
}

function resultWithoutParams(
	method: string,
	{ _meta = {}, ...own }: Record<string, unknown>,
	tools: readonly Tool[],
): Record<string, unknown> | undefined {
	// The SDK checks metadata of MCP's own.
	if (Object.keys(own).length > 0 || Object.keys(_meta as object).length > 0) return undefined;
	if (method === 'tools/list') return { tools };
	return method === 'ping' ? {} : undefined;
}
