/** Serves one client through the SDK's Server; knows no operation by name. Only this file and those it builds load the SDK. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
	type JSONRPCMessage,
	type JSONRPCRequest,
	JSONRPCRequestSchema,
	ListResourcesRequestSchema,
	ListResourceTemplatesRequestSchema,
	ListToolsRequestSchema,
	PingRequestSchema,
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
import type { Client } from './client.js';
import { ClientRequests } from './client-requests.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND, ProtocolError } from './json-rpc.js';
import { RESOURCES } from './resources.js';
import type { Send } from './safe-send.js';
import { SdkTransport } from './sdk-transport.js';
import { describeServer } from './server-info.js';
import type { Tool } from './tools.js';

/** Skips the SDK's ajv validator, which would double the start. ClientRequests checks the only form that we send. */
const UNCHECKED: JsonSchemaValidators = {
	getValidator:
		<T>(): JsonSchemaValidator<T> =>
		(input) => ({ valid: true, data: input as T, errorMessage: undefined }),
};

/** What the parameters of each method must be. The SDK answers -32603 where they are not, or nothing. */
const REQUESTS = {
	ping: PingRequestSchema,
	'tools/list': ListToolsRequestSchema,
	'resources/list': ListResourcesRequestSchema,
	'resources/templates/list': ListResourceTemplatesRequestSchema,
	'resources/read': ReadResourceRequestSchema,
} as const;

/** A session with a client. */
export interface SessionOptions {
	/** Never rejects for an answer. */
	readonly send: Send;
	/** What the client sent and has the answers to. The server hears it, and says nothing. */
	readonly answered?: readonly JSONRPCMessage[];
	/** The client as its initialize describes it; undefined before it. */
	client(): Client | undefined;
}

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
	private session: { readonly router: CallRouter; readonly transport: SdkTransport; readonly send: Send } | undefined;
	private client: SessionOptions['client'] = () => undefined;

	constructor({ deps, tools, onError }: McpServerOptions) {
		const { serverInfo, ...options } = describeServer(deps.settings);
		this.sdk = new Server(serverInfo, { ...options, jsonSchemaValidator: UNCHECKED });
		if (onError) this.sdk.onerror = onError;
		this.calls = new Calls(deps, new ClientRequests(this.sdk, () => this.client()));
		// The SDK's McpServer converts every schema anew at each list and adds fields to it; this list is prepared once.
		this.sdk.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...tools] }));
		this.offerResources(deps);
		this.takeCallsOfTasks();
	}

	/** Opens the session. Until then, no client is known. */
	async connect({ send, answered = [], client }: SessionOptions): Promise<void> {
		const transport = new SdkTransport(send);
		await this.sdk.connect(transport);
		for (const message of answered) await transport.replay(message);
		this.client = client;
		this.session = { router: new CallRouter(this.calls, send), transport, send };
	}

	/** Takes a message of the client; requests as json-rpc.ts reads them. Throws ProtocolError where it is malformed. */
	receive(message: JSONRPCMessage): void {
		if (!this.session || this.session.router.take(message)) return;
		if ('method' in message && 'id' in message) refuseMalformed(message);
		this.session.transport.deliver(message);
	}

	/** Ends the session. Calls under way go on: end them first. */
	async close(): Promise<void> {
		await this.sdk.close();
	}

	private offerResources(deps: Deps): void {
		this.sdk.setRequestHandler(ListResourcesRequestSchema, () => ({
			resources: RESOURCES.map(({ read: _, ...listed }) => listed),
		}));
		// It belongs to the capability `resources`. Gateways refuse a server that does not know it.
		this.sdk.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [] }));
		this.sdk.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
			const resource = RESOURCES.find((one) => one.uri === uri);
			if (!resource) throw new ProtocolError(INVALID_PARAMS, `There is no resource ${quote(deps.toOutput(uri))}.`);
			return { contents: [{ uri, mimeType: resource.mimeType, text: deps.toOutput(await resource.read(deps)) }] };
		});
	}

	/**
	 * Takes the calls that the router leaves to the SDK, which decides about tasks before. A handler of tools/call by
	 * schema would check each call and result three times.
	 */
	private takeCallsOfTasks(): void {
		this.sdk.fallbackRequestHandler = async ({ method, params }, { signal, _meta, sendNotification }) => {
			if (method !== 'tools/call') throw new ProtocolError(METHOD_NOT_FOUND, 'Method not found');
			const cancel = new Cancel();
			cancel.follow(signal);
			return this.calls.perform(params, {
				cancel,
				progressToken: _meta?.progressToken,
				// A client that has gone needs no progress; the call ends by its own signal.
				notify: (notification) => {
					sendNotification(notification).catch(() => undefined);
				},
			});
		};
	}
}

function refuseMalformed(request: JSONRPCRequest): void {
	const known = Object.entries(REQUESTS).find(([method]) => method === request.method)?.[1];
	for (const schema of known ? [JSONRPCRequestSchema, known] : [JSONRPCRequestSchema]) {
		const [issue] = schema.safeParse(request).error?.issues ?? [];
		if (issue) throw new ProtocolError(INVALID_PARAMS, `Invalid params: ${issue.path.join('.')}: ${issue.message}`);
	}
}
