/**
 * Holds the one table of methods. Every revision of MCP maps its messages to this table, and its answers to messages. On
 * the start path, so what only calls need is imported late.
 */
import { isObject } from '../base/json.js';
import type { Deps } from '../call/context.js';
import type { callTool, ToolCall } from './call-tool.js';
import type { Caller } from './caller.js';
import { INVALID_PARAMS, ProtocolError } from './json-rpc.js';
import type { Result } from './requests.js';
import type { ToOutput } from './safe-send.js';
import type { ServerInfo } from './server-info.js';
import type { Tool } from './tools.js';

/** The parameters of a request, without its metadata. */
export type Params = Readonly<Record<string, unknown>>;

/** What calls need, once it has been loaded. */
export interface Loaded {
	readonly deps: Deps;
	readonly callTool: typeof callTool;
}

/** What a connection serves. */
export interface Served {
	/** The tools that tools/list answers. */
	readonly tools: readonly Tool[];
	readonly info: ServerInfo;
	/** The methods of a client, by name. */
	readonly methods: ReadonlyMap<string, Method>;
	/** Whether the tools depend on who asks, so that no cache may give one caller's list to another. */
	readonly isShared?: boolean | undefined;
	/** The value as a reader may see it: without secrets and without invisible characters. */
	readonly toOutput: ToOutput;
	/** Loads what calls need, when it is first called. */
	load(): Loaded | Promise<Loaded>;
}

/** How long a client may keep a result, from MCP 2026-07-28 on. */
export interface Caching {
	readonly ttlMs: number;
	/** `private` where the result depends on the caller. */
	readonly cacheScope: 'public' | 'private';
}

/** What the server says of itself changes only with its flags, so at its next start. */
export const CACHED: Caching = { ttlMs: 300_000, cacheScope: 'public' };
/** What is read changes with every call, and belongs to the credential that reads it. */
const UNCACHED: Caching = { ttlMs: 0, cacheScope: 'private' };

/** A method that clients may use. */
export interface Method {
	/** Absent where MCP has no caching for the method. */
	readonly caching?: Caching;
	/** Whether MCP 2026-07-28 has removed the method. */
	readonly isRemoved?: true;
	/** Whether the method lists something, in pages that a cursor would name. All of ours have one page. */
	readonly isList?: true;
	/**
	 * Answers a request. Answers without a promise where nothing has to be loaded. Throws ProtocolError where the
	 * parameters are not those of the method.
	 */
	answer(params: Params, caller: Caller, served: Served): Result | Promise<Result>;
}

/** The methods that the server has, by name. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
	['ping', { isRemoved: true, answer: () => ({}) }],
	['tools/list', { isList: true, caching: CACHED, answer: (_, __, { tools }) => ({ tools }) }],
	['tools/call', { answer: answerCall }],
	[
		'resources/list',
		{
			isList: true,
			caching: CACHED,
			answer: async () => ({ resources: (await import('./resources.js')).listResources() }),
		},
	],
	[
		'resources/templates/list',
		{
			isList: true,
			caching: CACHED,
			answer: async () => ({ resourceTemplates: (await import('./resources.js')).listTemplates() }),
		},
	],
	[
		'resources/read',
		{
			caching: UNCACHED,
			answer: async (...request) => (await import('./resources.js')).readResource(...request),
		},
	],
	[
		'prompts/list',
		{
			isList: true,
			caching: CACHED,
			answer: async (_, __, { tools }) => ({ prompts: (await import('./prompts.js')).listPrompts(tools) }),
		},
	],
	['prompts/get', { answer: async (...request) => (await import('./prompts.js')).getPrompt(...request) }],
	[
		'completion/complete',
		{ answer: async (...request) => (await import('./completions.js')).completeArgument(...request) },
	],
]);

async function answerCall(params: Params, caller: Caller, served: Served): Promise<Result> {
	const call = readCall(params);
	const { deps, callTool } = await served.load();
	return callTool(deps, call, caller);
}

/** Name and arguments of a tools/call. */
function readCall({ name, arguments: args }: Params): ToolCall {
	if (typeof name !== 'string') throw invalidParams('tools/call', 'name must be a string');
	if (args !== undefined && !isObject(args)) throw invalidParams('tools/call', 'arguments must be an object');
	return { name, args };
}

/** The error for parameters that `method` does not take. */
export function invalidParams(method: string, problem: string): ProtocolError {
	return new ProtocolError(INVALID_PARAMS, `Invalid ${method} request: ${problem}`);
}
