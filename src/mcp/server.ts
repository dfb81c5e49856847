/** Serves one client through the SDK's Server; knows no operation by name. Only this file and those it builds load the SDK. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
	ErrorCode,
	type JSONRPCMessage,
	ListResourcesRequestSchema,
	ListToolsRequestSchema,
	McpError,
	ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type {
	JsonSchemaValidator,
	jsonSchemaValidator as JsonSchemaValidators,
} from '@modelcontextprotocol/sdk/validation';
import { Cancel } from '../base/cancel.js';
import { quote } from '../base/sanitize.js';
import type { Deps } from '../call/context.js';
import { CallRouter } from './call-router.js';
import { Calls } from './calls.js';
import { ClientRequests } from './client-requests.js';
import { ProtocolError } from './json-rpc.js';
import { RESOURCES } from './resources.js';
import { SdkTransport } from './sdk-transport.js';
import { describeServer } from './server-info.js';
import type { Tool } from './tools.js';

/** Skips the SDK's ajv validator, which would double the start. ClientRequests checks the only form that we send. */
const UNCHECKED: JsonSchemaValidators = {
	getValidator:
		<T>(): JsonSchemaValidator<T> =>
		(input) => ({ valid: true, data: input as T, errorMessage: undefined }),
};

/** What a server is made of. */
export interface McpServerOptions {
	readonly deps: Deps;
	/** The tools that tools/list answers. */
	readonly tools: readonly Tool[];
	/** Told of messages that the SDK cannot read. */
	onError?(error: Error): void;
}

/** The server of one client. */
export class McpServer {
	/** The calls of the client. */
	readonly calls: Calls;
	private readonly sdk: Server;
	private session: { readonly router: CallRouter; readonly transport: SdkTransport } | undefined;

	constructor({ deps, tools, onError }: McpServerOptions) {
		const { serverInfo, ...options } = describeServer(deps.settings);
		this.sdk = new Server(serverInfo, { ...options, jsonSchemaValidator: UNCHECKED });
		if (onError) this.sdk.onerror = onError;
		this.calls = new Calls(deps, new ClientRequests(this.sdk));
		// The SDK's McpServer converts every schema anew at each list and adds fields to it; this list is prepared once.
		this.sdk.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...tools] }));
		this.offerResources(deps);
		this.takeCallsOfTasks();
	}

	/** Opens the session over `send`. The server hears the messages that were `answered` before, and says nothing to them. */
	async connect(
		send: (message: JSONRPCMessage) => Promise<void>,
		answered: readonly JSONRPCMessage[] = [],
	): Promise<void> {
		const transport = new SdkTransport(send);
		await this.sdk.connect(transport);
		for (const message of answered) await transport.replay(message);
		this.session = { router: new CallRouter(this.calls, send), transport };
	}

	/** Takes a message of the client. Drops it where no session is open. */
	receive(message: JSONRPCMessage): void {
		if (!this.session?.router.take(message)) this.session?.transport.deliver(message);
	}

	/** Ends the session. Calls under way go on: end them first. */
	async close(): Promise<void> {
		await this.sdk.close();
	}

	private offerResources(deps: Deps): void {
		this.sdk.setRequestHandler(ListResourcesRequestSchema, () => ({
			resources: RESOURCES.map(({ read: _, ...listed }) => listed),
		}));
		this.sdk.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
			const resource = RESOURCES.find((one) => one.uri === uri);
			if (!resource) throw new McpError(ErrorCode.InvalidParams, `There is no resource ${quote(uri)}.`);
			return { contents: [{ uri, mimeType: resource.mimeType, text: deps.toOutput(await resource.read(deps)) }] };
		});
	}

	/**
	 * Takes the calls that the router leaves to the SDK, which decides about tasks before. A handler of tools/call by
	 * schema would check each call and result three times.
	 */
	private takeCallsOfTasks(): void {
		this.sdk.fallbackRequestHandler = async ({ method, params }, { signal, _meta, sendNotification }) => {
			if (method !== 'tools/call') throw new ProtocolError(ErrorCode.MethodNotFound, 'Method not found');
			const cancel = new Cancel();
			cancel.follow(signal);
			return this.calls.perform(params, {
				cancel,
				progressToken: _meta?.progressToken,
				// A client that has gone needs no progress; the call ends by its own signal.
				notify: (notification) => void sendNotification(notification).catch(() => undefined),
			});
		};
	}
}
