/** Maps MCP up to 2025-11-25, in which a client introduces itself once by initialize, to the table of methods. */
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { Cancel } from '../../base/cancel.js';
import type { AskUser } from '../../call/consent/forms.js';
import type { Caller } from '../caller.js';
import { type Client, readClient } from '../client.js';
import { METHOD_NOT_FOUND, ProtocolError, toErrorAnswer } from '../json-rpc.js';
import type { Params, Served } from '../methods.js';
import { createProgressReporter } from '../progress.js';
import type { RequestHandle, Requests, Result } from '../requests.js';
import type { Send } from '../safe-send.js';
import type { SdkSession } from '../sdk-session.js';

/** Versions of MCP that initialize agrees on, newest first. A test compares them with the SDK's, which loads too late. */
export const PROTOCOL_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'] as const;

/** What a session works with. */
interface SessionOptions {
	readonly served: Served;
	readonly requests: Requests;
	readonly send: Send;
	/** Who the requests are made for. */
	readonly principal: string;
	/** Names the request over HTTP that the messages come with. */
	readonly requestId: string | undefined;
	/** The client, where it has introduced itself before. */
	readonly client: Client | undefined;
	/** Shows the user a form, in place of the SDK. */
	readonly askUser: AskUser | undefined;
	/** Told of messages that the SDK cannot read. */
	readonly onError: ((error: Error) => void) | undefined;
}

/** The session of one client. */
export class Session {
	private readonly options: SessionOptions;
	/** The client as its latest initialize describes it. */
	private client: Client | undefined;
	/** Loaded by the first request to the client, or by the first message that is not plain. */
	private sdk: Promise<SdkSession> | undefined;

	constructor(options: SessionOptions) {
		this.options = options;
		this.client = options.client;
	}

	/** Answers a request as json-rpc.ts reads it. */
	take(request: JSONRPCRequest): void {
		if (request.method === 'initialize' || isPlain(request, this.options.served))
			this.options.requests.respond(request, (handle) => this.answer(request, handle));
		else this.handToSdk(request);
	}

	/** Takes an answer or a notification. Without requests to the client, there is nothing that it could be about. */
	takeOther(message: JSONRPCMessage): void {
		this.sdk?.then(
			(sdk) => sdk.deliver(message),
			() => undefined,
		);
	}

	/** Ends the session. Calls under way go on: end them first. */
	async close(): Promise<void> {
		await (await this.sdk)?.close();
	}

	private answer({ method: name, params = {} }: Pick<JSONRPCRequest, 'method' | 'params'>, handle: RequestHandle) {
		if (name === 'initialize') return this.initialize(params);
		const method = this.options.served.methods.get(name);
		if (!method) throw new ProtocolError(METHOD_NOT_FOUND, 'Method not found');
		const { _meta, ...own } = params;
		const caller = this.callerOf(handle, _meta?.progressToken);
		const { requests, served } = this.options;
		const result = requests.track(handle.cancel, () => method.answer(own, caller, served));
		return result instanceof Promise ? result.catch(rejectWithoutData) : result;
	}

	private initialize(params: Params): Result {
		this.client = readClient(params);
		const { protocolVersion } = this.client;
		const agreed = PROTOCOL_VERSIONS.find((version) => version === protocolVersion) ?? PROTOCOL_VERSIONS[0];
		return { protocolVersion: agreed, ...this.options.served.info };
	}

	private callerOf({ cancel, notify }: RequestHandle, progressToken: string | number | undefined): Caller {
		const { client } = this;
		const bySdk: AskUser = async (...question) => (await this.openSdk()).showForm(...question);
		const { requests, principal, requestId, askUser = bySdk } = this.options;
		return {
			principal,
			requestId,
			clientInfo: client && { name: client.name, version: client.version },
			isIntroduced: client !== undefined,
			cancel,
			closing: requests.closing,
			gone: requests.gone,
			progress: progressToken === undefined ? undefined : createProgressReporter(progressToken, notify),
			askUser: client?.forms ? askUser : undefined,
			askLater: undefined,
			carried: undefined,
			roots: client?.roots ? async () => (await this.openSdk()).listRoots(cancel) : undefined,
		};
	}

	private handToSdk(request: JSONRPCRequest): void {
		const { requests, send } = this.options;
		const hand = async () => {
			try {
				(await this.openSdk()).request(request);
			} catch (error) {
				await send(toErrorAnswer(request, error)).catch(() => undefined);
			}
		};
		requests.track(new Cancel(), hand);
	}

	private openSdk(): Promise<SdkSession> {
		this.sdk ??= this.loadSdk();
		return this.sdk;
	}

	private async loadSdk(): Promise<SdkSession> {
		const { SdkSession } = await import('../sdk-session.js');
		const { served, send, onError } = this.options;
		const session = new SdkSession({
			info: served.info,
			send,
			answer: async (request, handle) => this.answer(request, handle),
			...(onError && { onError }),
		});
		await session.open();
		return session;
	}
}

/** Passes an error on without its data, which clients of these revisions have never been sent. */
function rejectWithoutData(error: unknown): never {
	throw error instanceof ProtocolError ? new ProtocolError(error.code, error.message) : error;
}

/**
 * Whether a request has only what every client sends. The SDK decides about tasks, about metadata of MCP's own, and about
 * parameters that lists of one page have no use for. Its checks take longer than the rest of a call (bench rows `call.one`
 * and `call.many`).
 */
function isPlain({ method, params = {} }: JSONRPCRequest, { methods }: Pick<Served, 'methods'>): boolean {
	const { _meta = {}, ...own } = params;
	const { progressToken } = _meta;
	const hasPlainToken =
		progressToken === undefined || typeof progressToken === 'string' || Number.isSafeInteger(progressToken);
	if (!hasPlainToken || Object.keys(_meta).some((name) => name.startsWith('io.modelcontextprotocol/'))) return false;
	if (method === 'resources/read') return typeof own.uri === 'string' && own.task === undefined;
	const takesNothing = method === 'ping' || methods.get(method)?.isList === true;
	return takesNothing ? Object.keys(own).length === 0 : own.task === undefined;
}
