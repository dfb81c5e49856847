/** A real MCP client, our server, and a sandbox that records every request that left. Ends with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
	type ClientCapabilities,
	type ElicitRequest,
	ElicitRequestSchema,
	type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { createServer } from '../../src/mcp/server.js';
import { listTools } from '../../src/mcp/tools.js';
import { type SandboxOptions, type SeenRequest, startSandbox } from '../../src/sandbox/server.js';

/** The built command; `npm test` builds before it tests. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export const ZONE = 'example.com';
export const ZONE_ID = '023e105f4ecef8ad9ca31a8372d0c353';

/** A tool result, taken apart. */
export interface Answer {
	text: string;
	structured: Record<string, unknown> | undefined;
	isError: boolean;
}

/** What a person does with a form. */
export type Person = (request: ElicitRequest['params']) => ElicitResult | Promise<ElicitResult>;

export const types =
	(zone: string): Person =>
	() => ({ action: 'accept', content: { zone } });

/** A connected client, with what it needs to speak and what it caused. */
export interface Session {
	client: Client;
	call(name: string, args?: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<Answer>;
	/** Requests that left for the API, oldest first. */
	requests: SeenRequest[];
	/** Those of them that could change something. */
	changes(): SeenRequest[];
	/** Forms that the person was shown. */
	forms: ElicitRequest['params'][];
}

interface Options {
	/** Flags of the server. */
	flags?: readonly string[];
	env?: Record<string, string>;
	sandbox?: SandboxOptions;
	/** Another API than a sandbox. */
	upstream?: string;
	/** What the client offers beside forms. */
	capabilities?: ClientCapabilities;
	/** Without one the client offers no forms. */
	person?: Person;
	now?: () => number;
	/** The whole clock; by default one that never waits. */
	clock?: Clock;
	/** Runs the built command over stdio, in place of a server in this process. */
	spawn?: boolean;
	/** When all of it ends: with the test, unless afterAll is given. */
	until?: (end: () => Promise<void>) => void;
}

/** Starts all of it. */
export async function connect(options: Options = {}): Promise<Session> {
	const requests: SeenRequest[] = [];
	const until = options.until ?? onTestFinished;
	const upstream = options.upstream ?? (await startUpstream(options.sandbox ?? {}, requests, until));
	const state = mkdtempSync(join(tmpdir(), 'state-'));
	until(async () => rmSync(state, { recursive: true, force: true }));
	const env = {
		CF_CACHE_STATE_DIR: state,
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: upstream,
		...options.env,
	};
	const flags = options.flags ?? [];
	const forms: ElicitRequest['params'][] = [];
	const { person } = options;
	const client = new Client(
		{ name: 'test', version: '0' },
		{ capabilities: { ...options.capabilities, ...(person && { elicitation: { form: {} } }) } },
	);
	if (person)
		client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
			forms.push(params);
			return person(params);
		});
	const transport = options.spawn
		? new StdioClientTransport({ command: process.execPath, args: [CLI, ...flags], env, stderr: 'pipe' })
		: await serveInProcess(
				flags,
				env,
				options.clock ?? { now: options.now ?? Date.now, sleep: async () => undefined },
				until,
			);
	await client.connect(transport);
	until(() => client.close());
	return {
		client,
		requests,
		forms,
		changes: () => requests.filter(({ method }) => method !== 'GET'),
		call: async (name, args = {}, { signal } = {}) => {
			const result = await client.callTool({ name, arguments: args }, undefined, signal && { signal });
			const [first] = result.content as { text: string }[];
			return {
				text: first?.text ?? '',
				structured: result.structuredContent as Answer['structured'],
				isError: result.isError === true,
			};
		},
	};
}

type Until = NonNullable<Options['until']>;

async function startUpstream(options: SandboxOptions, requests: SeenRequest[], until: Until): Promise<string> {
	const sandbox = await startSandbox({ ...options, onRequest: (request) => requests.push(request) });
	until(() => sandbox.close());
	return sandbox.url;
}

async function serveInProcess(
	flags: readonly string[],
	env: Record<string, string>,
	clock: Clock,
	until: Until,
): Promise<Transport> {
	const product = compose(readConfig(flags, env) as Config, { clock, log: () => undefined });
	const [ours, theirs] = InMemoryTransport.createLinkedPair();
	await createServer(product.deps, listTools(product.allowed, product.deps.settings.zoneArgument)).server.connect(ours);
	until(() => product.close());
	return theirs;
}
