/** Parts → MCP server. The only place that knows the SDK's server classes; it knows no operation by name. */

import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
	ErrorCode,
	ListResourcesRequestSchema,
	ListToolsRequestSchema,
	McpError,
	type ProgressNotification,
	ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type {
	JsonSchemaValidator,
	jsonSchemaValidator as JsonSchemaValidators,
} from '@modelcontextprotocol/sdk/validation';
import { Cancel } from '../base/cancel.js';
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import type { AskUser, FormAnswer } from '../call/consent/forms.js';
import type { Deps } from '../call/context.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import { CLOSING, cancelled } from '../errors.js';
import { RESOURCES } from './resources.js';
import { SERVER_INFO } from './server-info.js';
import type { Tool } from './tools.js';

/** call/consent/forms limits how long a form is open; the SDK must not end it earlier. The longest that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a client that is told nothing surely waits: less than the shortest limit known, 60 s, with time for a last answer (milliseconds). */
const CALL_TIMEOUT_MS = 40_000;
/** Folders are not worth more of that time (milliseconds). */
const ROOTS_TIMEOUT_MS = 10_000;

/** The one form is checked by whoever reads it (below), as strictly as a schema could; the SDK's validator costs as much start-up as the rest of it. */
const UNCHECKED: JsonSchemaValidators = {
	getValidator:
		<T>(): JsonSchemaValidator<T> =>
		(input) => ({ valid: true, data: input as T, errorMessage: undefined }),
};

/** How one call is cancelled, and how its client hears of it meanwhile. */
export interface CallChannel {
	readonly cancel: Cancel;
	readonly progressToken: string | number | undefined;
	notify(notification: ProgressNotification): void;
}

/** An MCP server and the calls it has under way. */
export interface McpServer {
	readonly server: Server;
	/** Carries out a tools/call with these parameters. Throws an error with a JSON-RPC code when it is none. */
	call(params: Record<string, unknown> | undefined, carrier: CallChannel): Promise<CallResult>;
	/** Resolves when no call is under way. */
	idle(): Promise<void>;
	/** Lets calls of several requests send no more of them. */
	windDown(): void;
	/** Aborts the calls under way; each still answers. */
	interrupt(): void;
}

/** Builds the server of a product, with the tools that it lists. */
export function createServer(deps: Deps, tools: readonly Tool[]): McpServer {
	const { serverInfo, ...options } = SERVER_INFO;
	const server = new Server(serverInfo, { ...options, jsonSchemaValidator: UNCHECKED });
	const closing = new Cancel();
	const running = new Map<Promise<unknown>, Cancel>();
	let interrupted = false;

	// The SDK's McpServer converts every schema anew at each list and adds fields to it; this list is prepared once.
	server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...tools] }));

	server.setRequestHandler(ListResourcesRequestSchema, () => ({
		resources: RESOURCES.map(({ read: _, ...listed }) => listed),
	}));
	server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
		const resource = RESOURCES.find((one) => one.uri === uri);
		if (!resource) throw new McpError(ErrorCode.InvalidParams, `There is no resource ${quote(uri)}.`);
		return { contents: [{ uri, mimeType: resource.mimeType, text: deps.redact(await resource.read(deps)) }] };
	});

	const call: McpServer['call'] = async (params, { cancel, progressToken, notify }) => {
		const { name, arguments: raw } = readCall(params);
		if (interrupted) cancel.abort(CLOSING);
		const reportProgress = progressToken === undefined ? undefined : createProgressReporter(progressToken, notify);
		const work = performCall(deps, name, raw, {
			signal: cancel,
			closing,
			clientInfo: server.getClientVersion(),
			roots: server.getClientCapabilities()?.roots ? () => listRoots(server, cancel.native) : undefined,
			askUser: server.getClientCapabilities()?.elicitation?.form ? askThrough(server) : undefined,
			...(reportProgress
				? { progress: (done, total, message) => reportProgress(done, message, total) }
				: { timeoutMs: CALL_TIMEOUT_MS }),
		});
		running.set(work, cancel);
		try {
			return await work;
		} finally {
			running.delete(work);
		}
	};
	// Not setRequestHandler: the SDK would check each call and each result against schemas three times, which costs more
	// than the rest of a call together. What is not a call is told exactly as the SDK tells it.
	server.fallbackRequestHandler = async ({ method, params }, { signal, _meta, sendNotification }) => {
		if (method !== 'tools/call') throw protocolError(ErrorCode.MethodNotFound, 'Method not found');
		const cancel = new Cancel();
		cancel.follow(signal);
		return call(params, {
			cancel,
			progressToken: _meta?.progressToken,
			// A client that has gone needs no progress; the call itself ends by its own signal.
			notify: (notification) => void sendNotification(notification).catch(() => undefined),
		});
	};

	return {
		server,
		call,
		idle: async () => void (await Promise.allSettled(running.keys())),
		windDown: () => closing.abort(CLOSING),
		interrupt: () => {
			interrupted = true;
			for (const cancel of running.values()) cancel.abort(CLOSING);
		},
	};
}

/** The name and arguments of a tools/call; what they hold is judged by the tool. */
function readCall(params: Record<string, unknown> = {}): { name: string; arguments?: unknown } {
	const { name, arguments: given } = params;
	const wrong =
		typeof name !== 'string'
			? 'name must be a string'
			: given !== undefined && given !== null && !isObject(given)
				? 'arguments must be an object'
				: undefined;
	if (wrong) throw protocolError(ErrorCode.InvalidParams, `Invalid tools/call request: ${wrong}`);
	return { name: name as string, arguments: given };
}

const protocolError = (code: ErrorCode, message: string) => Object.assign(new Error(message), { code });

type ReportProgress = (progress: number, message: string, total?: number) => void;

/** Tells a client how far a call is. A sign of life counts a little too, since progress must increase with each notification (MCP). */
function createProgressReporter(progressToken: string | number, notify: CallChannel['notify']): ReportProgress {
	let last = 0;
	return (progress, message, total) => {
		last = Math.max(progress, last + 0.001);
		notify({
			method: 'notifications/progress',
			params: { progressToken, progress: last, message, ...(total !== undefined && { total }) },
		});
	};
}

/** The folders that the client offers; one that answers with an error, or not in time, offers none. */
async function listRoots(server: Server, signal: AbortSignal): Promise<string[]> {
	const limits = { signal, timeout: ROOTS_TIMEOUT_MS };
	const { roots } = await server.listRoots(undefined, limits).catch(() => ({ roots: [] }));
	return roots.flatMap(({ uri }) => {
		try {
			return uri.startsWith('file:') ? [fileURLToPath(uri)] : [];
		} catch {
			// Of another host, or with an encoded slash: no folder of this machine.
			return [];
		}
	});
}

/** Shows the user a form for the zone name. An answer that is not accepted or not well-formed never counts as typed. */
function askThrough(server: Server): AskUser {
	return async ({ consequence, zoneName }, cancel): Promise<FormAnswer> => {
		try {
			const { action, content } = await server.elicitInput(
				{
					message: `${consequence}\nTo confirm, type the zone name: ${zoneName}`,
					requestedSchema: {
						type: 'object',
						properties: { zone: { type: 'string', title: 'Zone name', description: `Type ${zoneName} to confirm` } },
						required: ['zone'],
					},
				},
				{ signal: cancel.native, timeout: MAX_TIMER_MS },
			);
			if (action !== 'accept') return { kind: action === 'decline' ? 'declined' : 'cancelled' };
			return typeof content?.zone === 'string' ? { kind: 'typed', text: content.zone } : { kind: 'invalid' };
		} catch {
			if (cancel.aborted) throw cancelled(cancel.reason);
			return { kind: 'invalid' };
		}
	};
}
