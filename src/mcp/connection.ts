/**
 * The first words of a session, answered from what is prepared: the MCP SDK is loaded when the client has its tools, and
 * takes over as if it had been there from the start. Whatever is not plainly one of these questions is left to the SDK.
 */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { isObject } from '../base/json.js';
import { createCallRouter } from './calls.js';
import { isPlainRequest } from './json-rpc.js';
import type { McpServer } from './server.js';
import { PROTOCOL_VERSIONS, SERVER_INFO } from './server-info.js';
import type { Tool } from './tools.js';

/** Where messages of a client arrive. */
export interface Connection {
	receive(message: JSONRPCMessage): void;
	/** The server with everything before it that was received; undefined when nothing has needed one. */
	server(): Promise<McpServer | undefined>;
}

/** A reception that lists `tools`, answers through `send`, and has the server made by `load` when it is needed. */
export function openConnection({
	tools,
	load,
	send,
}: {
	tools: readonly Tool[];
	load(): Promise<McpServer>;
	send(message: JSONRPCMessage): Promise<void>;
}): Connection {
	/** What was answered here and the server must hear of all the same. */
	const answered: JSONRPCMessage[] = [];
	const waiting: JSONRPCMessage[] = [];
	let deliver: ((message: JSONRPCMessage) => void) | undefined;
	let loading: Promise<McpServer> | undefined;

	const takeOver = async (): Promise<McpServer> => {
		const server = await load();
		const { line, hear } = openLine(send);
		await server.server.connect(line);
		for (const message of answered) await hear(message);
		const { take } = createCallRouter(server, send);
		deliver = (message) => {
			try {
				if (!take(message)) line.onmessage?.(message);
			} catch (error) {
				// The SDK puts what it cannot read into words, and fails at what is nested too deep.
				line.onerror?.(error as Error);
			}
		};
		for (const message of waiting.splice(0)) deliver(message);
		return server;
	};
	const start = () => {
		loading ??= takeOver();
	};

	return {
		receive(message) {
			if (deliver) return deliver(message);
			const result = loading ? undefined : answer(message, tools);
			if (!result) {
				if (isGreeting(message)) return void answered.push(message);
				waiting.push(message);
				return start();
			}
			const { id, method } = message as JSONRPCRequest;
			if (method === 'initialize') answered.push(message);
			void send({ jsonrpc: '2.0', id, result });
			if (method === 'tools/list') setImmediate(start);
		},
		server: async () => loading,
	};
}

/** A transport of which the answers to what is heard again go nowhere. */
function openLine(send: (message: JSONRPCMessage) => Promise<void>) {
	let again: { id: RequestId; resolve(): void } | undefined;
	const line: Transport = {
		start: async () => undefined,
		close: async () => line.onclose?.(),
		async send(message) {
			if (!again || 'method' in message || message.id !== again.id) return send(message);
			again.resolve();
			again = undefined;
		},
	};
	const hear = (message: JSONRPCMessage) =>
		new Promise<void>((resolve) => {
			if ('id' in message && message.id !== undefined) again = { id: message.id, resolve };
			else resolve();
			line.onmessage?.(message);
		});
	return { line, hear };
}

/** The result of a request that can be answered before the SDK is there, exactly as the SDK would. */
function answer(message: JSONRPCMessage, tools: readonly Tool[]): Record<string, unknown> | undefined {
	if (!isPlainRequest(message) || Object.keys(message.params?._meta ?? {}).length > 0) return undefined;
	const { method, params = {} } = message;
	if (method === 'initialize' && isIntroduction(params)) {
		const { protocolVersion: asked } = params;
		const protocolVersion = PROTOCOL_VERSIONS.find((version) => version === asked) ?? PROTOCOL_VERSIONS[0];
		return { protocolVersion, ...SERVER_INFO };
	}
	if (Object.keys(params).some((name) => name !== '_meta')) return undefined;
	if (method === 'tools/list') return { tools };
	return method === 'ping' ? {} : undefined;
}

/** A client that introduces itself as usual; capabilities in which the SDK later finds a fault count as none. */
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

const isGreeting = (message: JSONRPCMessage) => 'method' in message && message.method === 'notifications/initialized';
