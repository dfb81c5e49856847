/**
 * Keeps the part of a session up to MCP 2025-11-25 that the SDK is good at: requests to the client, and requests of the
 * client that are not plain. Loading it loads the SDK, so it is imported late.
 */
import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
	ElicitResultSchema,
	type JSONRPCMessage,
	type JSONRPCRequest,
	JSONRPCRequestSchema,
	ListPromptsRequestSchema,
	ListResourcesRequestSchema,
	ListResourceTemplatesRequestSchema,
	ListToolsRequestSchema,
	PingRequestSchema,
	ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Cancel } from '../base/cancel.js';
import type { FormAnswer, FormQuestion } from '../call/consent/forms.js';
import { cancelled } from '../errors.js';
import { readFormAnswer, toForm } from './form.js';
import { INVALID_PARAMS, ProtocolError } from './json-rpc.js';
import type { RequestHandle, Result } from './requests.js';
import type { Send } from './safe-send.js';
import type { ServerInfo } from './server-info.js';

/** Time limit of roots/list: a quarter of that of a call without progress, because the call's own requests need the rest. */
const ROOTS_TIMEOUT_MS = 10_000;
/** The longest timer of Node.js. The SDK must not close a form: call/consent/forms limits how long it is open. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What the parameters of each method must be. The SDK answers -32603 where they are not, or nothing. */
const REQUESTS = {
	ping: PingRequestSchema,
	'tools/list': ListToolsRequestSchema,
	'resources/list': ListResourcesRequestSchema,
	'resources/templates/list': ListResourceTemplatesRequestSchema,
	'resources/read': ReadResourceRequestSchema,
	'prompts/list': ListPromptsRequestSchema,
} as const;

/** What a session is made of. */
export interface SdkSessionOptions {
	readonly info: ServerInfo;
	/** Never rejects for an answer. */
	readonly send: Send;
	/** Answers a request that the SDK has found to be well-formed. */
	answer(request: Pick<JSONRPCRequest, 'method' | 'params'>, handle: RequestHandle): Promise<Result>;
	/** Told of messages that the SDK cannot read. */
	onError?(error: Error): void;
}

/** The SDK's session with one client. It never hears the initialize: the connection knows the client. */
export class SdkSession {
	private readonly server: Server;
	private readonly transport: Transport;

	constructor({ info: { serverInfo, ...options }, send, answer, onError }: SdkSessionOptions) {
		this.transport = { start: async () => undefined, send, close: async () => this.transport.onclose?.() };
		this.server = new Server(serverInfo, options);
		if (onError) this.server.onerror = onError;
		// Handlers by schema would check each request and result three times.
		this.server.fallbackRequestHandler = async (request, { signal, sendNotification }) => {
			const cancel = new Cancel();
			cancel.follow(signal);
			// A client that has gone needs no progress; the call ends by its own signal.
			const notify: RequestHandle['notify'] = (note) => {
				sendNotification(note).catch(() => undefined);
			};
			return answer(request, { cancel, notify });
		};
	}

	/** Opens the session. */
	async open(): Promise<void> {
		await this.server.connect(this.transport);
	}

	/** Hands the SDK a request as json-rpc.ts reads it. Throws ProtocolError where it is malformed. */
	request(request: JSONRPCRequest): void {
		refuseMalformed(request);
		this.transport.onmessage?.(request);
	}

	/** Hands the SDK an answer or a notification of the client. */
	deliver(message: JSONRPCMessage): void {
		try {
			this.transport.onmessage?.(message);
		} catch (error) {
			// The SDK writes a message that it cannot read into an error, and fails where one is nested too deep.
			this.transport.onerror?.(error as Error);
		}
	}

	/** Reads the folders that the client offers. A client that answers with an error, or too late, offers none. */
	async listRoots(cancel: Cancel): Promise<string[]> {
		const limits = { signal: cancel.native, timeout: ROOTS_TIMEOUT_MS };
		const { roots } = await this.server.listRoots(undefined, limits).catch(() => ({ roots: [] }));
		return roots.flatMap(({ uri }) => {
			try {
				return uri.startsWith('file:') ? [fileURLToPath(uri)] : [];
			} catch {
				// The URI names another host, or has an encoded slash: it is no folder of this machine.
				return [];
			}
		});
	}

	/**
	 * Shows the user a form for the zone name. An answer that is not well-formed never counts as typed. Throws
	 * CancelledError when `cancel` aborts.
	 */
	async showForm(question: FormQuestion, cancel: Cancel): Promise<FormAnswer> {
		const request = { method: 'elicitation/create', params: { ...toForm(question), mode: 'form' } } as const;
		const limits = { signal: cancel.native, timeout: MAX_TIMER_MS };
		try {
			// elicitInput would ask for an initialize that this Server has not heard.
			return readFormAnswer(await this.server.request(request, ElicitResultSchema, limits)) ?? { kind: 'invalid' };
		} catch {
			if (cancel.aborted) throw cancelled(cancel.reason);
			return { kind: 'invalid' };
		}
	}

	/** Ends the session. Calls under way go on: end them first. */
	async close(): Promise<void> {
		await this.server.close();
	}
}

function refuseMalformed(request: JSONRPCRequest): void {
	const known = Object.entries(REQUESTS).find(([method]) => method === request.method)?.[1];
	for (const schema of known ? [JSONRPCRequestSchema, known] : [JSONRPCRequestSchema]) {
		const [issue] = schema.safeParse(request).error?.issues ?? [];
		if (issue) throw new ProtocolError(INVALID_PARAMS, `Invalid params: ${issue.path.join('.')}: ${issue.message}`);
	}
}
