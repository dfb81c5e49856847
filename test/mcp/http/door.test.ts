/** What comes in over HTTP, and what is turned away before any of it is read. Over real sockets. */
import { request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../src/call/principal.js';
import { type ServedOptions, serveHttp } from '../../support/http.js';

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const PONG = { jsonrpc: '2.0', id: 1, result: {} };
const HEAD = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const JSON_TYPE = { 'content-type': 'application/json' };

interface Knock {
	method?: string;
	path?: string;
	headers?: Record<string, string>;
	body?: string;
}

/** Sends one request with exactly these headers. */
function knock(port: number, { method = 'POST', path = '/mcp', headers = JSON_TYPE, body = PING }: Knock = {}) {
	return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
		const request = openRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
			const { statusCode: status = 0, headers: answered } = response;
			text(response).then((whole) => resolve({ status, headers: answered, body: whole }), reject);
		});
		request.once('error', reject);
		request.end(method === 'POST' ? body : undefined);
	});
}

/** Writes bytes, and resolves with all that comes back until the connection ends. */
function write(port: number, ...parts: readonly string[]): Promise<string> {
	return new Promise((resolve) => {
		let answer = '';
		const socket = connect(port, '127.0.0.1', () => {
			for (const part of parts) socket.write(part);
		});
		socket.setEncoding('utf8').on('data', (chunk: string) => {
			answer += chunk;
		});
		socket.on('error', () => undefined);
		socket.once('close', () => resolve(answer));
	});
}

const serve = (options?: ServedOptions) => serveHttp({ upstream: 'http://127.0.0.1:9/client/v4', ...options });

/** A list in a list, more often than a function can call itself. */
const nested = (inner: string) => '['.repeat(100_000) + inner + ']'.repeat(100_000);

const errorOf = (body: string) => (JSON.parse(body) as { error: { code: number; message: string } }).error;

describe('the header Host', () => {
	test.for(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]', '127.0.0.2'])(
		'%s is this machine, so it is let in where the server is bound to it',
		async (host) => {
			const { port } = await serve();
			const { status, body } = await knock(port, { headers: { ...JSON_TYPE, host: `${host}:${port}` } });
			expect([status, JSON.parse(body)]).toEqual([200, PONG]);
		},
	);

	test.for(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'user@127.0.0.1', '10.0.0.1', 'a b'])(
		'%s is another name, so the request is refused',
		async (host) => {
			const { port } = await serve();
			const { status, body } = await knock(port, { headers: { ...JSON_TYPE, host } });
			expect(status).toBe(403);
			expect(errorOf(body).message).toContain('--allowed-hosts');
		},
	);

	test('that is missing refuses the request', async () => {
		const { port } = await serve();
		expect(await write(port, 'POST /mcp HTTP/1.0\r\nContent-Type: application/json\r\n\r\n')).toMatch(
			/^HTTP\/1.1 403 /,
		);
	});

	test('may be the host of the public URL or an allowed one, whatever the port, and X-Forwarded-Host is not believed', async () => {
		const door = { host: '0.0.0.0', publicUrl: 'https://mcp.example.com/mcp', allowedHosts: ['10.0.0.7', 'mcp'] };
		const { port } = await serve({ door });
		const knockAt = async (host: string, headers = {}) =>
			(await knock(port, { headers: { ...JSON_TYPE, host, ...headers } })).status;
		for (const host of ['mcp.example.com', 'MCP.example.com:443', '10.0.0.7:8080', 'mcp', '0.0.0.0'])
			expect(await knockAt(host)).toBe(200);
		for (const host of ['localhost', '127.0.0.1', 'example.com'])
			expect(await knockAt(host, { 'x-forwarded-host': 'mcp.example.com' })).toBe(403);
	});
});

describe('the header Origin', () => {
	test.for(['http://localhost:6274', 'http://127.0.0.1', 'https://[::1]:1'])(
		'%s is a page of this machine, so it is let in and may read the answer',
		async (origin) => {
			const { port } = await serve();
			const { status, headers } = await knock(port, { headers: { ...JSON_TYPE, origin } });
			expect(status).toBe(200);
			expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
		},
	);

	test.for(['https://evil.example', 'null', 'http://localhost.evil.example', 'file://'])(
		'%s is refused, and the page learns nothing',
		async (origin) => {
			const { port } = await serve();
			const { status, headers } = await knock(port, { headers: { ...JSON_TYPE, origin } });
			expect(status).toBe(403);
			expect(headers).not.toHaveProperty('access-control-allow-origin');
		},
	);

	test('is let in where it is that of the public URL or an allowed one, and no other, not even of this machine', async () => {
		const publicUrl = 'https://mcp.example.com/mcp';
		const door = { host: '0.0.0.0', publicUrl, allowedOrigins: ['https://app.example.com'] };
		const { port } = await serve({ door });
		const statusOf = async (origin: string) =>
			(await knock(port, { headers: { ...JSON_TYPE, host: 'mcp.example.com', origin } })).status;
		expect(await statusOf('https://mcp.example.com')).toBe(200);
		expect(await statusOf('https://app.example.com')).toBe(200);
		for (const origin of ['http://mcp.example.com', 'https://mcp.example.com:444', 'http://localhost'])
			expect(await statusOf(origin)).toBe(403);
	});

	test('gets the errors to read too, with the headers that tell what to do', async () => {
		const { port } = await serve();
		const origin = 'http://localhost:6274';
		const { status, headers } = await knock(port, { headers: { ...JSON_TYPE, origin, authorization: 'Basic x' } });
		expect(status).toBe(401);
		expect(headers).toMatchObject({ 'access-control-allow-origin': origin, 'www-authenticate': 'Bearer' });
		expect(headers['access-control-expose-headers']).toMatch(/Mcp-Session-Id, WWW-Authenticate/);
	});

	test('of a preflight is answered with what a page may send, without authentication', async () => {
		const { port } = await serve();
		const headers = { origin: 'http://localhost:1', 'access-control-request-method': 'POST', authorization: 'Basic x' };
		const answer = await knock(port, { method: 'OPTIONS', headers });
		expect([answer.status, answer.body]).toEqual([204, '']);
		expect(answer.headers).toMatchObject({ 'access-control-allow-methods': 'POST' });
		expect(answer.headers['access-control-allow-headers']).toContain('Mcp-Session-Id');
		const foreign = await knock(port, { method: 'OPTIONS', headers: { ...headers, origin: 'https://evil.example' } });
		expect(foreign.status).toBe(403);
	});
});

describe('the endpoint', () => {
	test.for(['GET', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'])('answers %s with 405, and names POST', async (method) => {
		const { port } = await serve();
		const { status, headers } = await knock(port, { method, headers: {} });
		expect([status, headers.allow]).toEqual([405, 'POST']);
	});

	test.for(['/', '/mcp/', '/MCP', '/.well-known/oauth-protected-resource/mcp', '/../mcp'])(
		'is not at %s, and the answer is JSON',
		async (path) => {
			const { port } = await serve();
			for (const method of ['GET', 'POST']) {
				const { status, headers, body } = await knock(port, { method, path });
				expect([status, headers['content-type']]).toEqual([404, 'application/json']);
				expect(JSON.parse(body)).toMatchObject({ error: 'not_found' });
			}
		},
	);

	test('is at /mcp with a query too', async () => {
		const { port } = await serve();
		expect((await knock(port, { path: '/mcp?a=b' })).status).toBe(200);
	});

	test('names each answer anew, whatever id came with the request', async () => {
		const { port } = await serve();
		const ids = await Promise.all(
			[1, 2].map(async () => (await knock(port, { headers: { ...JSON_TYPE, 'x-request-id': 'mine' } })).headers),
		);
		expect(new Set(ids.map((headers) => headers['x-request-id'])).size).toBe(2);
		expect(ids[0]?.['x-request-id']).not.toBe('mine');
	});
});

describe('a body', () => {
	test.for([
		['text/plain', 415],
		['application/jsonp', 415],
		['', 415],
		['application/json; charset=utf-8', 200],
		['Application/JSON', 200],
	] as const)('of type "%s" is answered with %i', async ([type, expected]) => {
		const { port } = await serve();
		expect((await knock(port, { headers: { 'content-type': type } })).status).toBe(expected);
	});

	test('that is compressed is refused unread', async () => {
		const { port } = await serve();
		const { status } = await knock(port, { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } });
		expect(status).toBe(415);
	});

	test('whose head says that it is too long is refused unread, and the connection ends', async () => {
		const { port } = await serve();
		const head = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4194305\r\n\r\n`;
		const answer = await write(port, head);
		expect(answer).toMatch(/^HTTP\/1.1 413 .*Connection: close/is);
		expect(answer).toContain('at most 4 MiB. Nothing was done. Split it into several calls.');
	});

	test('that is too long, though its head does not say so, is refused as soon as that shows, and the connection ends', async () => {
		const { port, endpoint } = await serve();
		const head = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
		const chunk = `100000\r\n${' '.repeat(1_048_576)}\r\n`;
		const answer = await write(port, head, chunk, chunk, chunk, chunk, '1\r\n \r\n');
		expect(answer).toMatch(/^HTTP\/1.1 413 .*Connection: close/is);
		await expect.poll(() => endpoint.inFlight).toBe(0);
	});

	test.for([
		['a method', '{"jsonrpc":"2.0","id":1,"method":{"toString":1}}', -32600],
		['a method of a deep list', `{"jsonrpc":"2.0","id":1,"method":${nested('1')}}`, -32600],
		['the name of a tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{"toString":1}}}', -32602],
		[
			'a parameter of tools/list',
			`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":${nested('1')}}}`,
			undefined,
		],
	] as const)('with %s that cannot become text is answered, and the server goes on', async ([, body, code]) => {
		const { port, logged } = await serve();
		const answer = await knock(port, { body });
		const { error } = JSON.parse(answer.body) as { error?: { code: number } };
		expect([answer.status, error?.code]).toEqual([200, code]);
		await expect.poll(() => logged).toContain('info: http');
		expect((await knock(port)).status).toBe(200);
	});

	test('of exactly 4 MiB is read', async () => {
		const { port } = await serve();
		const { status } = await knock(port, { body: PING.padEnd(4 * 1024 * 1024) });
		expect(status).toBe(200);
	});

	test.for([
		['', -32700],
		['{', -32700],
		['"text"', -32600],
		['[]', -32600],
		['[1]', -32600],
		['{}', -32600],
		['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
		['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
		['{"jsonrpc":"2.0","id":1}', -32600],
	] as const)('%s is no message, so the error of JSON-RPC comes back', async ([body, code]) => {
		const { port } = await serve();
		const answer = await knock(port, { body });
		expect(errorOf(answer.body).code).toBe(code);
	});
});

describe('the header Accept', () => {
	test.for(['application/json', 'text/event-stream', '*/*', 'application/*', 'text/html, application/json;q=0.1'])(
		'%s is taken',
		async (accept) => {
			const { port } = await serve();
			const { status, headers, body } = await knock(port, { headers: { ...JSON_TYPE, accept } });
			expect(status).toBe(200);
			const isStream = accept === 'text/event-stream';
			expect(headers['content-type']).toBe(isStream ? 'text/event-stream' : 'application/json');
			expect(isStream ? body : JSON.parse(body)).toEqual(
				isStream ? `event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n` : PONG,
			);
		},
	);

	test('that takes neither JSON nor streams of events is answered with 406', async () => {
		const { port } = await serve();
		expect((await knock(port, { headers: { ...JSON_TYPE, accept: 'text/html' } })).status).toBe(406);
	});
});

describe('a peer', () => {
	const limits = { headersTimeout: 60, requestTimeout: 120, connectionsCheckingInterval: 20 };

	test('that is slow with its headers is told so in JSON, and its connection ends', async () => {
		const { port } = await serve({ limits });
		const answer = await write(port, 'POST /mcp HTTP/1.1\r\nHost: local');
		expect(answer).toMatch(/^HTTP\/1.1 408 /);
		expect(answer).toContain('"The request did not arrive in time."');
	});

	test('that is slow with its body is told so in JSON, and its connection ends', async () => {
		const { port, endpoint } = await serve({ limits });
		const head = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
		expect(await write(port, head)).toMatch(/^HTTP\/1.1 408 /);
		// The server may see the end of the connection a little later than its peer.
		await expect.poll(() => endpoint.inFlight).toBe(0);
	});

	test('that goes while its caller is looked up leaves nothing under way', async () => {
		const found: ((principal: Principal) => void)[] = [];
		const authenticate = () => new Promise<Principal>((resolve) => found.push(resolve));
		const { port, endpoint, logged } = await serve({ authenticator: { authenticate, close: () => undefined } });
		const socket = connect(port, '127.0.0.1');
		socket.write(`${HEAD}Content-Length: ${PING.length}\r\n\r\n${PING}`);
		await expect.poll(() => found).toHaveLength(1);
		socket.destroy();
		await expect.poll(() => logged).toContain('info: http');
		found[0]?.({ id: 'id', name: 'name', policy: {}, secrets: [] });
		await new Promise((resolve) => setImmediate(resolve));
		expect(endpoint.inFlight).toBe(0);
	});

	test('that sends 5,000 broken requests takes nothing from the next one', async () => {
		const { port, endpoint } = await serve();
		const broken = [
			'\0\0\0\0\r\n\r\n',
			'GET\r\n\r\n',
			'POST /mcp HTTP/9.9\r\n\r\n',
			`POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
			'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
			'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
			'POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
			'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
			'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
			'POST http://evil.example/mcp HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
		];
		for (let round = 0; round < 500; round += 1) {
			const answers = await Promise.all(broken.map((bytes) => write(port, bytes)));
			for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 4\d\d .*application\/json/is);
		}
		await expect.poll(() => endpoint.inFlight).toBe(0);
		expect((await knock(port)).status).toBe(200);
	});
});
