/** nginx and Caddy stand in front of the server with the files of deploy/, as a team reaches it. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Agent, fetch as undiciFetch } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ZONE_FACTS } from '../../support/api.js';
import { temporaryFile } from '../../support/files.js';
import { types, type User, ZONE, ZONE_ID } from '../../support/session.js';
import { CERTIFICATE } from '../../support/tls.js';
import { FRONTS, type Front } from './front.js';
import { READ, startServing } from './serving.js';

const PUBLIC_URL = 'https://mcp.example.com/mcp';
const TOKEN = 'token-of-a-caller-0123456789-0123456789';
const POLICY = {
	principals: [{ name: 'ada', sha256: [createHash('sha256').update(TOKEN).digest('hex')], confirm: 'ask' }],
};
/** The client's own loopback address, so that it differs from that of the proxy. */
const CLIENT_ADDRESS = '127.0.0.2';

/** What reaches PUBLIC_URL through the proxy. */
function reach(): typeof fetch {
	const agent = new Agent({
		localAddress: CLIENT_ADDRESS,
		connect: {
			ca: CERTIFICATE,
			servername: 'localhost',
			// Asked for one address: connections from a chosen one try no second.
			lookup: (_, __, found) => found(null, '127.0.0.1', 4),
		},
	});
	onTestFinished(() => agent.destroy());
	return ((url: string | URL, init: RequestInit) =>
		undiciFetch(String(url), { ...init, headers: identify(init.headers), dispatcher: agent } as Parameters<
			typeof undiciFetch
		>[1])) as typeof fetch;
}

/** The headers with the caller's token. */
function identify(headers: RequestInit['headers']): Record<string, string> {
	return { ...Object.fromEntries(new Headers(headers)), authorization: `Bearer ${TOKEN}` };
}

async function open(front: Front, flags: readonly string[]) {
	const policy = temporaryFile('policy.json', JSON.stringify(POLICY));
	const serving = await startServing(['--public-url', PUBLIC_URL, '--trust-proxy', '--policy', policy, ...flags], {
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
	});
	const port = await front.start(Number(new URL(serving.url).port));
	return { serving, fetch: reach(), url: PUBLIC_URL.replace('.com', `.com:${port}`) };
}

async function connectClient(url: string, through: typeof fetch, user?: User): Promise<Client> {
	const client = new Client(
		{ name: 'test', version: '0' },
		{ capabilities: user ? { elicitation: { form: {} } } : {} },
	);
	if (user) client.setRequestHandler(ElicitRequestSchema, ({ params }) => user(params));
	await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch: through }));
	onTestFinished(() => client.close());
	return client;
}

/** An API whose purges are answered when the test opens it. */
async function startGatedApi() {
	const held: (() => void)[] = [];
	let isOpen = false;
	const open = () => {
		isOpen = true;
		for (const answer of held.splice(0)) answer();
	};
	const server = createServer((request, response) => {
		request.resume();
		const answer = (result: unknown) =>
			response.end(JSON.stringify({ success: true, errors: [], messages: [], result }));
		response.setHeader('Content-Type', 'application/json');
		if (request.method === 'GET') answer(request.url?.includes('?name=') ? [ZONE_FACTS] : ZONE_FACTS);
		else if (isOpen) answer({ id: ZONE_ID });
		else held.push(() => answer({ id: ZONE_ID }));
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	onTestFinished(async () => {
		server.close();
		server.closeAllConnections();
	});
	return { open, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4` };
}

/** Reads events of a stream one by one. */
async function* readEvents(response: Response): AsyncGenerator<Record<string, unknown>> {
	let text = '';
	for await (const chunk of response.body ?? []) {
		text += Buffer.from(chunk as Uint8Array).toString();
		for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
			const [, data] = /^data: (.*)$/m.exec(text.slice(0, end)) ?? [];
			text = text.slice(end + 2);
			if (data !== undefined) yield JSON.parse(data);
		}
	}
}

describe.each(FRONTS.map((front) => [front.name, front] as const))('behind %s', (name, front) => {
	if (!front.isInstalled && process.env.CI) test('it is installed', () => expect(`${name} is missing`).toBe(''));
	const through = test.skipIf(!front.isInstalled);

	through('a client reads', async () => {
		const { url, fetch } = await open(front, ['--sandbox']);
		const client = await connectClient(url, fetch);
		expect(await client.callTool({ name: 'cache_reserve_get', arguments: { zone: ZONE } })).toMatchObject({
			structuredContent: { status: 'done' },
		});
	});

	through('the first note of progress arrives before the purge has ended', async () => {
		const api = await startGatedApi();
		const { url, fetch } = await open(front, ['--base-url', api.url]);
		const urls = Array.from({ length: 300 }, (_, at) => `https://${ZONE}/${at}`);
		const params = { name: 'purge_cache', arguments: { zone: ZONE, urls }, _meta: { progressToken: 'p' } };
		const response = await post(fetch, url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
		const events = readEvents(response);
		expect((await events.next()).value).toMatchObject({ method: 'notifications/progress' });
		api.open();
		let last: unknown;
		for await (const event of events) last = event;
		expect(last).toMatchObject({ id: 1, result: { structuredContent: { status: 'done' } } });
	});

	through('a form reaches the user, and its answer the call', async () => {
		const { url, fetch } = await open(front, ['--sandbox']);
		const client = await connectClient(url, fetch, types(ZONE));
		expect(await client.callTool({ name: 'purge_everything', arguments: { zone: ZONE } })).toMatchObject({
			structuredContent: { status: 'done' },
		});
	});

	through('a body of 4 MB comes through, and a path beside the endpoint does not', async () => {
		const { url, fetch, serving } = await open(front, ['--sandbox']);
		const padded = { ...READ, params: { ...READ.params, _meta: { padding: 'a'.repeat(4_000_000) } } };
		expect((await post(fetch, url, padded)).status).toBe(200);
		expect((await fetch(new URL('/metrics', url), {})).status).toBe(404);
		await serving.line('"message":"http"');
		expect(serving.lines('http')).toHaveLength(1);
	});

	through('the log has the address of the client, whatever the client says itself', async () => {
		const { url, fetch, serving } = await open(front, ['--sandbox']);
		await post(fetch, url, READ, { 'X-Forwarded-For': '198.51.100.9' });
		expect(await serving.line('"message":"http"')).toMatchObject({ principal: 'ada', address: CLIENT_ADDRESS });
	});
});

function post(through: typeof fetch, url: string, message: object, headers: Record<string, string> = {}) {
	return through(url, {
		method: 'POST',
		headers: {
			'Content-Type': 'application/json',
			Accept: 'application/json, text/event-stream',
			...headers,
		},
		body: JSON.stringify(message),
	});
}
