/** Answers initialize, ping and tools/list exactly as the SDK would, without loading it. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../base/json.js';
import { isPlainRequest } from './json-rpc.js';
import { PROTOCOL_VERSIONS, type ServerInfo } from './server-info.js';
import type { Tool } from './tools.js';

/** What answers are prepared from. */
export interface Prepared {
	/** The tools that tools/list answers. */
	readonly tools: readonly Tool[];
	readonly info: ServerInfo;
}

/** Returns the answer to a request, or undefined where the SDK must answer the message. */
export function prepareAnswer(message: JSONRPCMessage, { tools, info }: Prepared): JSONRPCMessage | undefined {
	if (!isPlainRequest(message) || Object.keys(message.params?._meta ?? {}).length > 0) return undefined;
	const { id, method, params = {} } = message;
	const result = method === 'initialize' ? initialize(params, info) : resultWithoutParams(method, params, tools);
	return result && { jsonrpc: '2.0', id, result };
}

function initialize(params: Record<string, unknown>, info: ServerInfo): Record<string, unknown> | undefined {
	if (!isIntroduction(params)) return undefined;
	const protocolVersion = PROTOCOL_VERSIONS.find((version) => version === params.protocolVersion);
	return { protocolVersion: protocolVersion ?? PROTOCOL_VERSIONS[0], ...info };
}

function resultWithoutParams(
	method: string,
	params: Record<string, unknown>,
	tools: readonly Tool[],
): Record<string, unknown> | undefined {
	if (Object.keys(params).some((name) => name !== '_meta')) return undefined;
	if (method === 'tools/list') return { tools };
	return method === 'ping' ? {} : undefined;
}

/**
 * Returns whether the parameters of initialize are complete. The SDK rejects some capabilities that pass here; the client
 * then has none.
 */
function isIntroduction({ protocolVersion, capabilities, clientInfo }: Record<string, unknown>): boolean {
	return (
		typeof protocolVersion === 'string' &&
		isObject(capabilities) &&
		Object.values(capabilities).every(isObject) &&
		isObject(clientInfo) &&
		typeof clientInfo.name === 'string' &&
		typeof clientInfo.version === 'string'
	);
}
