/** Parts → MCP server. The only place that knows the SDK's server classes; it knows no operation by name. */

import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
	CallToolRequestSchema,
	ErrorCode,
	ListResourcesRequestSchema,
	ListToolsRequestSchema,
	McpError,
	ReadResourceRequestSchema,
	type ServerNotification,
	type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import type {
	JsonSchemaValidator,
	jsonSchemaValidator as JsonSchemaValidators,
} from '@modelcontextprotocol/sdk/validation';
import { performCall } from './call/call.js';
import type { AskPerson, FormAnswer } from './call/consent.js';
import type { Product } from './compose.js';
import { INTRODUCTION } from './introduction.js';
import { quote } from './quote.js';
import { RESOURCES } from './resources.js';
import type { Tool } from './tool.js';

/** A person may be away from the keyboard; longer than this is no answer (milliseconds). */
const FORM_PATIENCE = 5 * 60_000;

/** What a client that is told nothing surely waits: less than the shortest limit known, 60 s, with time for a last answer (milliseconds). */
const PATIENCE = 40_000;
/** Folders are not worth more of that time (milliseconds). */
const ROOTS_PATIENCE = 10_000;
/** Between signs of life while a person decides (milliseconds). */
const HEARTBEAT = 10_000;

/** The one form is checked by whoever reads it (below), as strictly as a schema could; the SDK's validator costs as much start-up as the rest of it. */
const UNCHECKED: JsonSchemaValidators = {
	getValidator:
		<T>(): JsonSchemaValidator<T> =>
		(input) => ({ valid: true, data: input as T, errorMessage: undefined }),
};

/** An MCP server and the calls it has under way. */
export interface McpServer {
	readonly server: Server;
	/** Resolves when no call is under way. */
	idle(): Promise<void>;
	/** Lets calls of several requests send no more of them. */
	windDown(): void;
	/** Aborts the calls under way; each still answers. */
	interrupt(): void;
}

/** Builds the server of a product, with the tools that it lists. */
export function createServer({ parts }: Product, tools: readonly Tool[]): McpServer {
	const { serverInfo, ...options } = INTRODUCTION;
	const server = new Server(serverInfo, { ...options, jsonSchemaValidator: UNCHECKED });
	const shutdown = new AbortController();
	const closing = new AbortController();
	const running = new Set<Promise<unknown>>();

	// The SDK's McpServer converts every schema anew at each list and adds fields to it; this list is prepared once.
	server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...tools] }));

	server.setRequestHandler(ListResourcesRequestSchema, () => ({
		resources: RESOURCES.map(({ read: _, ...listed }) => listed),
	}));
	server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
		const resource = RESOURCES.find((one) => one.uri === uri);
		if (!resource) throw new McpError(ErrorCode.InvalidParams, `There is no resource ${quote(uri)}.`);
		return { contents: [{ uri, mimeType: resource.mimeType, text: parts.redact(await resource.read(parts)) }] };
	});

	server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
		const signal = AbortSignal.any([extra.signal, shutdown.signal]);
		// Each request under way listens to it.
		setMaxListeners(0, signal, closing.signal);
		const call = performCall(parts, params.name, params.arguments, {
			signal,
			closing: closing.signal,
			clientInfo: server.getClientVersion(),
			roots: server.getClientCapabilities()?.roots ? () => listRoots(server, signal) : undefined,
			ask: server.getClientCapabilities()?.elicitation?.form ? askThrough(server, extra, signal) : undefined,
			...(extra._meta?.progressToken === undefined
				? { patience: PATIENCE }
				: { progress: (done, total, message) => void reportProgress(extra, done, message, total) }),
		});
		running.add(call);
		try {
			return await call;
		} finally {
			running.delete(call);
		}
	});

	return {
		server,
		idle: async () => void (await Promise.allSettled(running)),
		windDown: () => closing.abort(),
		interrupt: () => shutdown.abort(),
	};
}

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

async function reportProgress(
	{ _meta, sendNotification }: Extra,
	progress: number,
	message: string,
	total?: number,
): Promise<void> {
	if (_meta?.progressToken === undefined) return;
	const params = { progressToken: _meta.progressToken, progress, message, ...(total !== undefined && { total }) };
	// A client that has gone needs no progress; the call itself ends by its own signal.
	await sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
}

/** The folders that the client offers; one that answers with an error, or not in time, offers none. */
async function listRoots(server: Server, signal: AbortSignal): Promise<string[]> {
	const limits = { signal, timeout: ROOTS_PATIENCE };
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

/** A form in which the person types the zone name. Whatever is not an accepted, well-formed answer is a refusal. */
function askThrough(server: Server, extra: Extra, signal: AbortSignal): AskPerson {
	return async ({ consequence, zoneName }): Promise<FormAnswer> => {
		// Clients give up on a call that shows no sign of life; a small number, since the real progress comes after consent.
		let beats = 0;
		const heart = setInterval(
			() => void reportProgress(extra, ++beats / 1_000, 'waiting for the person to confirm'),
			HEARTBEAT,
		);
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
				{ signal, timeout: FORM_PATIENCE },
			);
			if (action !== 'accept') return { kind: action === 'decline' ? 'declined' : 'cancelled' };
			return typeof content?.zone === 'string' ? { kind: 'typed', text: content.zone } : { kind: 'invalid' };
		} catch (error) {
			return { kind: error instanceof McpError && error.code === ErrorCode.RequestTimeout ? 'unanswered' : 'invalid' };
		} finally {
			clearInterval(heart);
		}
	};
}
