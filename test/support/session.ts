/**
 * Opens sessions with the product on the route that users take: an MCP client, our server in this process or as the built
 * command, and an API that records every request that left. All of it ends with the test.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
	type ClientCapabilities,
	type ElicitRequest,
	ElicitRequestSchema,
	type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import type { EdgeFetch } from '../../src/cloudflare/edge/edge-fetch.js';
import { openEdge } from '../../src/cloudflare/edge/open.js';
import type { Sandbox, SandboxOptions, SeenRequest } from '../../src/sandbox/server.js';
import { createVirtualClock } from './clock.js';
import { temporaryFolder } from './files.js';
import { RawMemoryChannel, serveInMemory } from './memory.js';
import { CLI, type Running, start, type Until } from './process.js';
import { type Answer, type RawChannel, RawClient, type RawForm } from './raw.js';
import { openSandbox } from './sandbox.js';

export type { Answer } from './raw.js';

export const ZONE = 'example.com';
export const ZONE_ID = '023e105f4ecef8ad9ca31a8372d0c353';

/** What the user does with a form. */
export type User = (request: ElicitRequest['params']) => ElicitResult | Promise<ElicitResult>;

/** A user who types this into every form. */
export const types =
	(zone: string): User =>
	() => ({ action: 'accept', content: { zone } });

/** The ways to a server. */
export const ROUTES = ['memory', 'stdio', 'http'] as const;
type Route = (typeof ROUTES)[number];

interface CommonOptions {
	/** In this process, or the built command over stdio or HTTP. In memory when absent. */
	over?: Route;
	/** Flags of the server. */
	flags?: readonly string[];
	/** Environment of the server. `undefined` takes a default out of it. */
	env?: Readonly<Record<string, string | undefined>>;
	sandbox?: SandboxOptions;
	/** Base URL of another API than a sandbox. */
	upstream?: string;
	/** What the client offers beside forms. */
	capabilities?: ClientCapabilities;
	/** The clock of a server in memory. When absent, time moves as soon as everything waits for it. */
	clock?: Clock;
	/** The way to the edge of a server in memory. When absent, it leads to the edge of the sandbox. */
	edge?: EdgeFetch;
	/** When all of it ends. With the test when absent. */
	until?: Until;
}

/** A session with the SDK's client. */
export interface ClientOptions extends CommonOptions {
	raw?: false;
	/** Answers the forms. When absent, the client offers none. */
	user?: User;
	/** A command and its arguments in place of the built one, over stdio. */
	command?: readonly [string, ...string[]];
}

/** A session with a client that obeys no SDK. */
export interface RawOptions extends CommonOptions {
	raw: true;
	over?: Exclude<Route, 'http'>;
	/** Answers the forms. When absent, the client offers none. */
	form?: RawForm;
	/** Whether the handshake has been made when the session is returned. True when absent. */
	greet?: boolean;
	/** Flags of Node.js, over stdio. */
	nodeFlags?: readonly string[];
}

interface SeenRequests {
	/** Base URL of the sandbox's API; empty with an API of the test's own. */
	sandboxUrl: string;
	/** Requests that left for the API, oldest first. */
	requests: SeenRequest[];
	/** Those of them that could change something. */
	changes(): SeenRequest[];
}

/** A connected client. */
export interface Session extends SeenRequests {
	client: Client;
	call(name: string, args?: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<Answer>;
	/** The names of tools/list. */
	tools(): Promise<string[]>;
	/** Forms that the user was shown. */
	forms: ElicitRequest['params'][];
	/** Ends the session before the test does. Over stdio it resolves when the process has ended. */
	close(): Promise<void>;
	/** Process id of the server; 0 in memory. */
	pid: number;
}

/** A connected raw client. */
export interface RawSession
	extends SeenRequests,
		Pick<RawChannel, 'send' | 'answer' | 'messages'>,
		Pick<RawClient, 'request' | 'call' | 'tools'> {
	/** Ends the session before the test does. */
	close(): Promise<void>;
}

/** A raw client of a process. */
export interface RawProcessSession extends RawSession {
	server: Running;
}

/** With an API of the test's own, only that API knows what reached it. */
const UNSEEN: SeenRequests = {
	sandboxUrl: '',
	requests: [],
	changes: () => {
		throw new Error('ask the API for the changes that reached it');
	},
};

/** Opens a session. A raw one over stdio gives the process too. */
export async function openSession(options?: ClientOptions): Promise<Session>;
export async function openSession(options: RawOptions & { over: 'stdio' }): Promise<RawProcessSession>;
export async function openSession(options: RawOptions): Promise<RawSession>;
export async function openSession(options: ClientOptions | RawOptions = {}): Promise<Session | RawSession> {
	const until = options.until ?? onTestFinished;
	const sandbox = options.upstream === undefined ? await openSandbox(options.sandbox, until) : undefined;
	const env = {
		CF_CACHE_STATE_DIR: temporaryFolder((end) => until(async () => end())),
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: options.upstream ?? sandbox?.url,
		...options.env,
	};
	const { requests, changes } = sandbox ?? UNSEEN;
	const seen = { requests, changes, sandboxUrl: sandbox?.url ?? '' };
	const clock = options.clock ?? createVirtualClock();
	const edge = options.edge ?? (sandbox && edgeOf(sandbox, clock));
	const server = { flags: options.flags ?? [], env: withoutUndefined(env), until, clock, edge };
	return options.raw ? openRawSession(options, server, seen) : openClientSession(options, server, seen);
}

/** The way to the edge of a sandbox outside of the server's process. */
function edgeOf({ edgePorts }: Sandbox, clock: Clock): EdgeFetch {
	return openEdge({ clock, hasProxy: false, userAgent: 'test', sandboxPorts: async () => edgePorts });
}

/** How the server of a session is started. */
interface ServerOptions {
	readonly clock: Clock;
	readonly edge: EdgeFetch | undefined;
	readonly flags: readonly string[];
	readonly env: Record<string, string>;
	readonly until: Until;
}

async function openClientSession(options: ClientOptions, server: ServerOptions, seen: SeenRequests): Promise<Session> {
	const { user, capabilities } = options;
	const forms: ElicitRequest['params'][] = [];
	const client = new Client(
		{ name: 'test', version: '0' },
		{ capabilities: { ...capabilities, ...(user && { elicitation: { form: {} } }) } },
	);
	if (user)
		client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
			forms.push(params);
			return user(params);
		});
	const { pid, close } = await CONNECT[options.over ?? 'memory'](client, options, server);
	server.until(() => client.close());
	return {
		...seen,
		client,
		forms,
		pid,
		call: async (name, args = {}, { signal } = {}) =>
			readAnswer(await client.callTool({ name, arguments: args }, undefined, signal && { signal })),
		tools: async () => (await client.listTools()).tools.map(({ name }) => name),
		close: async () => {
			await client.close();
			await close();
		},
	};
}

/** Takes the result of a call apart. */
function readAnswer(result: Awaited<ReturnType<Client['callTool']>>): Answer {
	const [first] = result.content as { text: string }[];
	return {
		text: first?.text ?? '',
		structured: result.structuredContent as Answer['structured'],
		isError: result.isError === true,
	};
}

async function connectMemory(client: Client, _: ClientOptions, { flags, env, until, clock, edge }: ServerOptions) {
	const { clientEnd, close } = serveInMemory(flags, env, clock, edge);
	until(close);
	await client.connect(clientEnd);
	return { pid: 0, close };
}

/** The transport of the SDK's client adds HOME, PATH and the like to the environment, as clients do. */
async function connectProcess(client: Client, options: ClientOptions, { flags, env }: ServerOptions) {
	const [command, ...args] = options.command ?? [process.execPath, CLI];
	const transport = new StdioClientTransport({ command, args: [...args, ...flags], env, stderr: 'pipe' });
	let stderr = '';
	transport.stderr?.on('data', (chunk) => {
		stderr += chunk;
	});
	await client.connect(transport).catch((error) => {
		throw new Error(`${command} did not start: ${error}; stderr: ${stderr}`);
	});
	return { pid: transport.pid ?? 0, close: async () => undefined };
}

/** Over HTTP a call that needs consent is refused, unless the operator says how it is obtained: as over stdio here. */
async function connectHttp(client: Client, _: ClientOptions, { flags, env, until }: ServerOptions) {
	const consent = flags.includes('--confirm') ? [] : ['--confirm', 'ask'];
	const server = start(['--http', '0', ...consent, ...flags], { env, until });
	await server.saw('stderr', 'listening on ');
	const url = /listening on (http\S+)/.exec(server.stderr())?.[1] ?? '';
	await client.connect(new StreamableHTTPClientTransport(new URL(url)));
	return { pid: server.pid, close: server.end };
}

const CONNECT = { memory: connectMemory, stdio: connectProcess, http: connectHttp } as const;

async function openRawSession(options: RawOptions, server: ServerOptions, seen: SeenRequests): Promise<RawSession> {
	const { form, capabilities, greet = true } = options;
	const opened = options.over === 'stdio' ? openProcess(options, server) : openMemory(options, server);
	const { send, answer, messages } = opened.channel;
	const { initialize, request, call, tools } = new RawClient(opened.channel, form);
	if (greet) await initialize({ ...capabilities, ...(form && { elicitation: { form: {} } }) });
	return { ...seen, ...opened, send, answer, messages, request, call, tools };
}

function openProcess({ nodeFlags = [] }: RawOptions, { flags, env, until }: ServerOptions) {
	const server = start(flags, { env, nodeFlags, until });
	return { server, channel: server, close: server.end };
}

function openMemory(_: RawOptions, { flags, env, until, clock, edge }: ServerOptions) {
	const { clientEnd, close } = serveInMemory(flags, env, clock, edge);
	until(close);
	return { channel: new RawMemoryChannel(clientEnd), close };
}

const withoutUndefined = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
	Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
