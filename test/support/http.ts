/** Serves a product over HTTP in this process, with a clock and limits of the test's own. All of it ends with the test. */
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import type { Principal } from '../../src/call/principal.js';
import { composeTeam } from '../../src/compose/team.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { Challenge } from '../../src/mcp/http/auth/authenticator.js';
import type { DoorOptions } from '../../src/mcp/http/door.js';
import { Endpoint, type EndpointOptions } from '../../src/mcp/http/endpoint.js';
import type { ListenerLimits } from '../../src/mcp/http/listener.js';
import { HttpServer } from '../../src/mcp/http/server.js';
import type { SeenRequest } from '../../src/sandbox/server.js';
import { createManualClock } from './clock.js';
import { temporaryFolder } from './files.js';
import type { Message } from './process.js';
import { openSandbox } from './sandbox.js';

/** What a server is started with. */
export interface ServedOptions
	extends Partial<Pick<EndpointOptions, 'perMinute' | 'secrets' | 'wire' | 'metrics' | 'trustsProxy'>> {
	readonly flags?: readonly string[];
	/** Whether callers sign in as the flags say. Otherwise a name is a token. */
	readonly signsIn?: boolean;
	/** Decides who calls, in place of both. */
	readonly authenticator?: EndpointOptions['authenticator'];
	readonly door?: Partial<DoorOptions>;
	readonly limits?: Partial<ListenerLimits>;
	/** A clock whose sleeps end when the test says so, when absent. */
	readonly clock?: Clock;
	/** Base URL of another API than a sandbox. */
	readonly upstream?: string;
	readonly stateDir?: string;
	/** Whether a load balancer asks for readiness. */
	readonly isWatched?: boolean;
}

/** What a POST is sent with. */
export interface PostOptions {
	/** Name of the principal, which is its bearer token too. */
	readonly as?: string;
	readonly session?: string | undefined;
	readonly headers?: Readonly<Record<string, string>>;
	readonly signal?: AbortSignal;
}

/** The answer to a POST. */
export interface Posted {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	/** The messages of the body, whether it is JSON or a stream of events. */
	readonly messages: readonly Message[];
}

/** Lets in who gives a name as bearer token, and everybody else as `local`. */
const byName: EndpointOptions['authenticator'] = {
	authenticate: ([value = 'Bearer local'] = []) => {
		const name = /^Bearer (\w+)$/.exec(value)?.[1];
		if (name === undefined)
			throw new Challenge('No.', { status: 401, headers: { 'WWW-Authenticate': 'Bearer' }, reason: 'missing' });
		return { id: `id-of-${name}`, name, policy: { confirm: 'ask' }, secrets: [] } satisfies Principal;
	},
	close: () => undefined,
};

/** Lets everybody in, and says that no scope is missing as soon as a test opens it. */
export function holdScopes() {
	let open = () => undefined as unknown;
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	let ask = () => undefined as unknown;
	const asked = new Promise<void>((resolve) => {
		ask = resolve;
	});
	const principal: Principal = { id: 'id', name: 'name', policy: {}, secrets: [], grants: new Set() };
	const missingScope = async () => {
		ask();
		await opened;
		return undefined;
	};
	return {
		asked,
		open: () => open(),
		authenticator: { authenticate: () => principal, missingScope, close: () => undefined },
	};
}

/** A running server. */
export interface Served {
	readonly url: string;
	readonly port: number;
	readonly endpoint: Endpoint;
	readonly server: HttpServer;
	/** Requests that left for the sandbox. */
	readonly requests: readonly SeenRequest[];
	changes(): readonly SeenRequest[];
	readonly logged: readonly string[];
	/** Posts a message, or a text as it is. */
	post(message: unknown, options?: PostOptions): Promise<Posted>;
	/** Opens a session and gives its id. */
	open(options?: PostOptions & { readonly forms?: boolean }): Promise<string>;
	/** Ends the server before the test does. */
	close(): Promise<void>;
}

/** Starts a server on a free port of this machine. */
export async function serveHttp(options: ServedOptions = {}): Promise<Served> {
	const { clock = createManualClock(), upstream } = options;
	const sandbox = upstream === undefined ? await openSandbox() : undefined;
	const logged: string[] = [];
	const log: EndpointOptions['log'] = (level, message) => logged.push(`${level}: ${message}`);
	const env = {
		CF_CACHE_STATE_DIR: options.stateDir ?? temporaryFolder(),
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: upstream ?? sandbox?.url,
	};
	const flags = ['--http', '0', '--confirm', 'ask', ...(options.flags ?? [])];
	const team = await composeTeam(readConfig(flags, env) as Config, { clock, log });
	const { perMinute, secrets, wire, metrics, trustsProxy = false } = options;
	const endpoint = new Endpoint({
		door: { host: '127.0.0.1', ...options.door },
		authenticator: options.authenticator ?? (options.signsIn ? team.authenticator : byName),
		tenantOf: (principal) => team.forPrincipal(principal),
		...{ perMinute, secrets, wire, metrics, trustsProxy, clock, log },
	});
	const { limits = {}, isWatched = false } = options;
	const server = new HttpServer({ endpoint, clock, log, isWatched, limits });
	const url = `http://${await server.listen({ host: '127.0.0.1', port: 0 })}/mcp`;
	const close = once(async () => {
		await server.close();
		await team.close();
	});
	onTestFinished(close);
	const post = (message: unknown, how?: PostOptions) => send(url, message, how);
	return {
		url,
		port: Number(new URL(url).port),
		endpoint,
		server,
		requests: sandbox?.requests ?? [],
		changes: () => sandbox?.changes() ?? [],
		logged,
		post,
		open: async ({ forms = false, ...how } = {}) => {
			const { headers } = await post(initialize(forms), how);
			return headers.get('mcp-session-id') ?? '';
		},
		close,
	};
}

/** An initialize of MCP 2025-11-25. */
export const initialize = (forms = false) => ({
	jsonrpc: '2.0',
	id: 'initialize',
	method: 'initialize',
	params: {
		protocolVersion: '2025-11-25',
		capabilities: forms ? { elicitation: { form: {} } } : {},
		clientInfo: { name: 'test', version: '0' },
	},
});

/** A call of a tool. With a token, the client wants to hear of progress. */
export const call = (
	name: string,
	args: Readonly<Record<string, unknown>> = {},
	{ id = 1, progressToken }: { id?: string | number; progressToken?: string } = {},
) => ({
	jsonrpc: '2.0',
	id,
	method: 'tools/call',
	params: { name, arguments: args, ...(progressToken !== undefined && { _meta: { progressToken } }) },
});

/** Posts a message to any server. */
export async function send(url: string, message: unknown, options: PostOptions = {}): Promise<Posted> {
	const response = await request(url, message, options);
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, messages: readMessages(response.headers, text) };
}

/** Posts a message, and resolves as soon as the head of the answer has come. */
export function request(url: string, message: unknown, options: PostOptions = {}): Promise<Response> {
	const { as, session, headers, signal } = options;
	return fetch(url, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			accept: 'application/json, text/event-stream',
			...(as !== undefined && { authorization: `Bearer ${as}` }),
			...(session !== undefined && { 'mcp-session-id': session }),
			...headers,
		},
		body: typeof message === 'string' ? message : JSON.stringify(message),
		...(signal && { signal }),
	});
}

function readMessages(headers: Headers, text: string): Message[] {
	if (text === '') return [];
	if (headers.get('content-type') !== 'text/event-stream') return [JSON.parse(text)].flat() as Message[];
	return readEvents(text);
}

/** The messages of a stream of events. */
export const readEvents = (text: string): Message[] =>
	[...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Message);

function once(work: () => Promise<void>): () => Promise<void> {
	let done: Promise<void> | undefined;
	return () => {
		done ??= work();
		return done;
	};
}
