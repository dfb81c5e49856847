/** What the conformance suite is run against speaks MCP 2026-07-28 over HTTP: the status of each error, and streams. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { startFixture, startProduct, type Target } from './targets.js';

const META = 'io.modelcontextprotocol';
const VERSION = '2026-07-28';
const envelope = { [`${META}/protocolVersion`]: VERSION, [`${META}/clientCapabilities`]: {} };

interface Post {
	readonly method?: string;
	readonly params?: Record<string, unknown>;
	readonly headers?: Record<string, string>;
	readonly signal?: AbortSignal;
}

/** Starts a target and returns how to post to it, with the headers that the message demands. */
async function openEndpoint(startTarget: (folder: string) => Promise<Target> = startProduct) {
	const { url, close } = await startTarget(join(temporaryFolder(), 'state'));
	onTestFinished(close);
	return ({ method = 'tools/list', params = {}, headers = {}, signal }: Post = {}) => {
		const name = params.name ?? params.uri;
		return fetch(url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				'mcp-protocol-version': VERSION,
				'mcp-method': method,
				...(typeof name === 'string' && { 'mcp-name': name }),
				...headers,
			},
			body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params: { _meta: envelope, ...params } }),
			...(signal && { signal }),
		});
	};
}

/** The data of each event of a stream. */
const eventsOf = (stream: string) =>
	[...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Record<string, unknown>);

const newer = { _meta: { ...envelope, [`${META}/protocolVersion`]: '2099-01-01' } };
const READ = { method: 'resources/read', params: { uri: 'test://nothing' } };

describe('an error of MCP 2026-07-28', () => {
	test.for<[title: string, post: Post, status: number, code: number]>([
		['without metadata', { params: { _meta: {} } }, 400, -32602],
		['without metadata, for discover', { method: 'server/discover', params: { _meta: {} } }, 400, -32602],
		['for another version', { params: newer, headers: { 'mcp-protocol-version': '2099-01-01' } }, 400, -32022],
		['for a version that the header does not name', { params: newer }, 400, -32020],
		['for a removed method', { method: 'ping' }, 404, -32601],
		['for a method in another case', { headers: { 'mcp-method': 'TOOLS/LIST' } }, 400, -32020],
		['for another name in the header', { ...READ, headers: { 'mcp-name': 'test://other' } }, 400, -32020],
		['for a resource that is not there', READ, 200, -32602],
		['for a cursor', { params: { cursor: 'x' } }, 200, -32602],
	])('%s has its status', async ([, post, status, code]) => {
		const send = await openEndpoint();
		const response = await send(post);
		expect({ status: response.status, answer: await response.json() }).toMatchObject({
			status,
			answer: { id: 7, error: { code } },
		});
	});

	test('for a resource that is not there names its URI', async () => {
		const send = await openEndpoint();
		const { error } = (await (await send(READ)).json()) as { error: { data: unknown } };
		expect(error.data).toEqual({ uri: 'test://nothing' });
	});
});

test('a name that is no ASCII text is read from its base64', async () => {
	const send = await openEndpoint();
	const encoded = `=?base64?${Buffer.from('test://ü').toString('base64')}?=`;
	const response = await send({ ...READ, params: { uri: 'test://ü' }, headers: { 'mcp-name': encoded } });
	expect(await response.json()).toMatchObject({ error: { code: -32602 } });
});

test('progress turns the answer into a stream, and the answer is its last event', async () => {
	const send = await openEndpoint(startFixture);
	const params = { name: 'test_tool_with_progress', _meta: { ...envelope, progressToken: 'p' } };
	const response = await send({ method: 'tools/call', params });
	expect(response.headers.get('content-type')).toBe('text/event-stream');
	expect(response.headers.get('x-accel-buffering')).toBe('no');
	const events = eventsOf(await response.text());
	expect(events.map(({ method, id }) => method ?? id)).toEqual([...Array(3).fill('notifications/progress'), 7]);
});

test('a subscription is acknowledged on a stream, which its client closes', async () => {
	const send = await openEndpoint();
	const stop = new AbortController();
	const params = { notifications: { toolsListChanged: true } };
	const response = await send({ method: 'subscriptions/listen', params, signal: stop.signal });
	const { value } = (await response.body?.getReader().read()) ?? {};
	expect(eventsOf(new TextDecoder().decode(value))).toEqual([
		expect.objectContaining({ method: 'notifications/subscriptions/acknowledged' }),
	]);
	stop.abort();
});
