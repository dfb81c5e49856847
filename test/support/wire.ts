/** A client that obeys no SDK: raw JSON-RPC to our server in this process, every message as text on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { createServer } from '../../src/mcp/server.js';
import { listTools } from '../../src/mcp/tools.js';
import { type Sandbox, type SeenRequest, startSandbox } from '../../src/sandbox/server.js';

export const ZONE_IDS: Readonly<Record<string, string>> = {
	'example.com': '023e105f4ecef8ad9ca31a8372d0c353',
	'example.net': '1b5e0d3c2f4a69788796a5b4c3d2e1f0',
	'example.org': '2c6f1e4d305b7a8998a7b6c5d4e3f201',
};

/** What a call came back with; a protocol error counts as one. */
export interface Back {
	text: string;
	structured: Record<string, unknown> | undefined;
	isError: boolean;
}

/** A connected client. */
export interface Wire {
	call(name: unknown, args?: unknown): Promise<Back>;
	/** The names of tools/list. */
	list(): Promise<string[]>;
	/** Ends it before the test does. */
	close(): Promise<void>;
}

interface Options {
	flags?: readonly string[];
	env?: Record<string, string>;
	upstream: string;
	now?: () => number;
	/** The `result` or `error` member of the answer to a form; without it the client offers none. */
	form?: () => Record<string, unknown>;
}

interface Incoming {
	id?: number;
	method?: string;
	result?: { content?: { text: string }[]; structuredContent?: Record<string, unknown>; isError?: boolean };
	error?: { message: string };
}

/** Connects a raw client to a server of these flags. */
export async function connectWire({ flags = [], env = {}, upstream, now = Date.now, form }: Options): Promise<Wire> {
	const config = readConfig(flags, {
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: upstream,
		CF_CACHE_STATE_DIR: makeFolder(),
		...env,
	});
	const product = compose(config as Config, {
		clock: { now, sleep: async () => undefined },
		log: () => undefined,
	});
	const [ours, theirs] = InMemoryTransport.createLinkedPair();
	const waiting = new Map<number, (message: Incoming) => void>();
	let lastId = 0;
	// As text and back, since a property named __proto__ is only then what a stranger would send.
	const send = (message: object) =>
		theirs.send(JSON.parse(JSON.stringify({ jsonrpc: '2.0', ...message })) as JSONRPCMessage);
	theirs.onmessage = (message) => {
		const { id, method } = message as Incoming;
		if (id === undefined) return;
		if (method === 'elicitation/create') void send({ id, ...form?.() });
		else if (method === undefined) waiting.get(id)?.(message as Incoming);
	};
	await createServer(product.deps, listTools(product.allowed, product.deps.settings.zoneArgument)).server.connect(ours);
	await theirs.start();
	const request = (method: string, params: object) =>
		new Promise<Incoming>((resolve) => {
			const id = ++lastId;
			waiting.set(id, (message) => {
				waiting.delete(id);
				resolve(message);
			});
			void send({ id, method, params });
		});
	await request('initialize', {
		protocolVersion: '2025-06-18',
		capabilities: form ? { elicitation: { form: {} } } : {},
		clientInfo: { name: 'hostile', version: '0' },
	});
	await send({ method: 'notifications/initialized' });
	let closed = false;
	const close = async () => {
		if (closed) return;
		closed = true;
		await theirs.close();
		await product.close();
	};
	onTestFinished(close);
	return {
		async call(name, args) {
			const { result, error } = await request('tools/call', { name, arguments: args });
			return {
				text: error?.message ?? result?.content?.[0]?.text ?? '',
				structured: result?.structuredContent,
				isError: error !== undefined || result?.isError === true,
			};
		},
		async list() {
			const { result } = await request('tools/list', {});
			return ((result as { tools?: { name: string }[] } | undefined)?.tools ?? []).map(({ name }) => name);
		},
		close,
	};
}

/** An empty folder that ends with the test. */
export function makeFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** A sandbox that records what arrived, and ends with the test. */
export async function startRecorder(): Promise<{ sandbox: Sandbox; requests: SeenRequest[] }> {
	const requests: SeenRequest[] = [];
	const sandbox = await startSandbox({ onRequest: (request) => requests.push(request) });
	onTestFinished(() => sandbox.close());
	return { sandbox, requests };
}

/** Whether a request has one of the effects that need consent. */
export function isDestructive({ method, path, body }: SeenRequest): boolean {
	if (method === 'DELETE') return /\/batch\b/.test(path);
	if (method !== 'POST') return false;
	return path.endsWith('/cache_reserve_clear') || JSON.stringify(body ?? null).includes('purge_everything');
}
