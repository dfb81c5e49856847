/** Clients over HTTP: that of the SDK, and one that posts what a test wrote down. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import type { Message, Until } from './process.js';
import type { Answer } from './raw.js';
import type { User } from './session.js';

const VERSION = '2025-11-25';

/** Who connects, and how. */
export interface HttpClientOptions {
	/** Answers the forms. When absent, the client offers none. */
	readonly user?: User;
	readonly bearer?: string;
	readonly until?: Until;
}

const identify = (bearer: string | undefined) => (bearer === undefined ? {} : { authorization: `Bearer ${bearer}` });

/** Connects the SDK's client. */
export async function connectClient(url: string, options: HttpClientOptions = {}): Promise<Client> {
	const { user, bearer, until = onTestFinished } = options;
	const client = new Client(
		{ name: 'test', version: '0' },
		{ capabilities: user ? { elicitation: { form: {} } } : {} },
	);
	if (user) client.setRequestHandler(ElicitRequestSchema, ({ params }) => user(params));
	await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: identify(bearer) } }));
	until(() => client.close());
	return client;
}

/** The answer to a post. */
export interface Posted {
	readonly status: number;
	readonly headers: Headers;
	readonly body: string;
	/** The JSON-RPC messages of the body, whether it is JSON or a stream of events. */
	readonly messages: readonly Message[];
}

/** A client that posts raw messages. */
export class RawHttpClient {
	/** The session; undefined before it is opened. A test may replace it. */
	session: string | undefined;
	private readonly url: string;
	private readonly bearer: string | undefined;
	private lastId = 0;

	constructor(url: string, { bearer }: Pick<HttpClientOptions, 'bearer'> = {}) {
		this.url = url;
		this.bearer = bearer;
	}

	/** Opens a session. */
	async initialize(): Promise<Posted> {
		const params = { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'raw', version: '0' } };
		const posted = await this.request('initialize', params);
		this.session = posted.headers.get('mcp-session-id') ?? undefined;
		return posted;
	}

	/** Posts a request. */
	async request(method: string, params: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<Posted> {
		const response = await fetch(this.url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				accept: 'application/json, text/event-stream',
				...identify(this.bearer),
				...(this.session !== undefined && { 'mcp-session-id': this.session, 'mcp-protocol-version': VERSION }),
			},
			body: JSON.stringify({ jsonrpc: '2.0', id: ++this.lastId, method, params }),
			...(signal && { signal }),
		});
		const body = await response.text();
		return { status: response.status, headers: response.headers, body, messages: readMessages(response.headers, body) };
	}

	/** Calls a tool. Throws where the answer is no result. */
	async call(name: string, args: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal): Promise<Answer> {
		const { status, body, messages } = await this.request('tools/call', { name, arguments: args }, signal);
		const result = messages.at(-1)?.result;
		if (!result) throw new Error(`${name}: HTTP ${status} ${body}`);
		const [first] = result.content as { text: string }[];
		return {
			text: first?.text ?? '',
			structured: result.structuredContent as Answer['structured'],
			isError: result.isError === true,
		};
	}
}

function readMessages(headers: Headers, body: string): Message[] {
	const type = headers.get('content-type') ?? '';
	if (type.startsWith('text/event-stream'))
		return [...body.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Message);
	return type.startsWith('application/json') && body !== '' ? [JSON.parse(body) as Message] : [];
}
