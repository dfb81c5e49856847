/** Starts sandboxes, sends them plain requests, and names the ids that a fresh one starts with. */
import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, type SeenRequest, startSandbox } from '../../src/sandbox/server.js';

export const EXAMPLE_COM = '023e105f4ecef8ad9ca31a8372d0c353';
export const EXAMPLE_NET = '1b5e0d3c2f4a69788796a5b4c3d2e1f0';
export const EXAMPLE_BIZ = '5f924170638eadbcbdcae9f807162534';
export const EXAMPLE_ORG = '2c6f1e4d305b7a8998a7b6c5d4e3f201';
/** Pro, in the account of EXAMPLE_NET. */
export const TWICE_PRO = '3d702f5e416c8b9aa9b8c7d6e5f40312';
/** Free, in the account of EXAMPLE_ORG. */
export const TWICE_FREE = '4e81306f527d9cabbac9d8e7f6051423';
export const OFFICE_IPS = 'c1b2c3d4e5f60718293a4b5c6d7e';
export const PRODUCTION = 'b1b2c3d4e5f60718293a4b5c6d7e8f90';
export const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
export const TOKEN = 'sandbox-token';

export interface Notice {
	code: number;
	message: string;
	error_chain?: { code: number }[];
	documentation_url?: string;
}

export interface Reply {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	body: {
		success: boolean;
		errors: Notice[];
		messages: Notice[];
		result: unknown;
		result_info?: Record<string, number>;
	};
}

export interface Sent {
	method: string;
	/** Under /client/v4, with the query; it leaves exactly as written here. */
	path: string;
	body?: unknown;
	/** Replaces the usual headers. */
	headers?: Record<string, string>;
}

/** A running sandbox, with what it has reported. */
export interface RecordedSandbox extends Sandbox {
	/** The requests it answered, oldest first. */
	readonly requests: SeenRequest[];
	/** Those of them that could change something. */
	changes(): SeenRequest[];
}

/** Whether a request could change something. A query of GraphQL reads, although it is a POST. */
export function couldChange({ method, path, body }: Pick<SeenRequest, 'method' | 'path' | 'body'>): boolean {
	if (method === 'GET') return false;
	const { query } = (body ?? {}) as { query?: unknown };
	return path !== '/graphql' || typeof query !== 'string' || !/^\s*(?:query\b|\{)/.test(query);
}

/** Starts a sandbox that records every request. It closes with the test, unless `until` is afterAll. */
export async function openSandbox(
	options: SandboxOptions = {},
	until: (close: () => Promise<void>) => void = onTestFinished,
): Promise<RecordedSandbox> {
	const requests: SeenRequest[] = [];
	const sandbox = await startSandbox({
		...options,
		onRequest: (request) => {
			requests.push(request);
			options.onRequest?.(request);
		},
	});
	until(() => sandbox.close());
	return { ...sandbox, requests, changes: () => requests.filter(couldChange) };
}

/** Sends one request; node:http does not tidy the path as fetch does. */
export function send(sandbox: Sandbox, sent: Sent): Promise<Reply> {
	const text = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
	const usual = { authorization: `Bearer ${TOKEN}`, 'user-agent': 'test', 'content-type': 'application/json' };
	const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
	const headers = { ...(sent.headers ?? usual), ...length };
	const path = `/client/v4${sent.path}`;
	return new Promise((resolve, reject) => {
		const outgoing = request({ port: sandbox.port, method: sent.method, path, headers }, (answer) => {
			let received = '';
			answer.setEncoding('utf8').on('data', (chunk: string) => {
				received += chunk;
			});
			answer.on('end', () => {
				resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(received) });
			});
		});
		outgoing.on('error', reject).end(text);
	});
}

/** Status, code and message of a refusal, for comparison in one piece. */
export function refusal({ status, body }: Reply) {
	return [status, body.errors[0]?.code, body.errors[0]?.message];
}

/** Different addresses, as many as wanted. */
export function addresses(count: number, from = 0): string[] {
	return Array.from({ length: count }, (_, at) => `10.0.${(from + at) >> 8}.${(from + at) & 255}`);
}

/** The same as mappings to one region. */
export function mappings(count: number, from = 0) {
	return addresses(count, from).map((origin_ip) => ({ origin_ip, vendor: 'aws' as const, region: 'us-east-1' }));
}
