/** What probes and scrapers get from the listener of --ops, over real sockets. */
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type OpsState, serveOps } from '../../../src/mcp/http/ops.js';

const TEXT = { contentType: 'text/plain; version=0.0.4; charset=utf-8', print: async () => 'cf_cache_store_up 1\n' };

/** Starts a listener whose state can be changed. */
async function open(
	state: { draining?: boolean; store?: 'local' | 'up' | 'down'; metrics?: OpsState['metrics'] } = {},
) {
	const listener = await serveOps(
		{ host: '127.0.0.1', port: 0 },
		{
			isDraining: () => state.draining === true,
			store: () => state.store ?? 'up',
			metrics: state.metrics ?? TEXT,
		},
	);
	onTestFinished(listener.close);
	const get = async (path: string, init?: RequestInit) => {
		const response = await fetch(`http://${listener.address}${path}`, init);
		return { status: response.status, headers: response.headers, text: await response.text() };
	};
	return { listener, get, state };
}

/** Writes bytes to a new connection and resolves with all that comes back until it ends. */
function speak(port: number, text: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1', () => socket.write(text));
		let received = '';
		socket.setEncoding('utf8').on('data', (part: string) => {
			received += part;
		});
		socket.on('error', reject).on('close', () => resolve(received));
	});
}

describe('/healthz', () => {
	test('answers while the process runs, also while it drains and its store is away', async () => {
		const { get } = await open({ draining: true, store: 'down' });
		expect(await get('/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}\n' });
	});

	test('answers whatever the header Host says, because probes use the addresses of pods', async () => {
		const { listener } = await open();
		const answer = await speak(listener.port, 'GET /healthz HTTP/1.1\r\nHost: 10.1.2.3\r\nConnection: close\r\n\r\n');
		expect(answer).toContain('200 OK');
	});
});

describe('/readyz', () => {
	test.for([
		[{}, 200, { status: 'ready', store: 'up' }],
		[{ store: 'local' }, 200, { status: 'ready', store: 'local' }],
		[{ store: 'down' }, 200, { status: 'degraded', store: 'down' }],
		[{ draining: true }, 503, { status: 'draining', store: 'up' }],
		[{ draining: true, store: 'down' }, 503, { status: 'draining', store: 'down' }],
	] as const)('of a server with %j answers %d', async ([state, status, body]) => {
		const { get } = await open(state);
		const answer = await get('/readyz');
		expect([answer.status, JSON.parse(answer.text)]).toEqual([status, body]);
	});

	test('changes as soon as the server drains', async () => {
		const { get, state } = await open();
		expect(await get('/readyz')).toMatchObject({ status: 200 });
		state.draining = true;
		expect(await get('/readyz')).toMatchObject({ status: 503 });
	});
});

describe('/metrics', () => {
	test('has the text and the type of the metrics', async () => {
		const { get } = await open();
		const { status, headers, text } = await get('/metrics');
		expect([status, headers.get('content-type'), text]).toEqual([200, TEXT.contentType, 'cf_cache_store_up 1\n']);
	});

	test('that cannot be printed is a 500 without the reason, and the listener lives on', async () => {
		const print = () => Promise.reject(new Error('secret'));
		const { get } = await open({ metrics: { contentType: 'text/plain', print } });
		expect(await get('/metrics')).toMatchObject({ status: 500, text: '{"status":"error"}\n' });
		expect(await get('/healthz')).toMatchObject({ status: 200 });
	});
});

describe('a request', () => {
	test.for(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s is refused, whatever its path', async (method) => {
		const { get } = await open();
		const answer = await get('/metrics', { method });
		expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
		expect(answer.text).not.toContain('cf_cache');
	});

	test('by HEAD gets the status without a body', async () => {
		const { get } = await open({ draining: true });
		expect(await get('/readyz', { method: 'HEAD' })).toMatchObject({ status: 503, text: '' });
	});

	test.for(['/', '/mcp', '/metrics/x', '//metrics', '/healthz%00'])('for %s is a 404', async (path) => {
		const { listener } = await open();
		const answer = await speak(listener.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
		expect(answer).toContain('404 Not Found');
	});

	test('with a body ends its connection, and the body is not waited for', async () => {
		const { listener } = await open();
		const head = 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n';
		expect(await speak(listener.port, head)).toMatch(/200 OK.*Connection: close/s);
	});

	test('whose headers are larger than 16 KiB is a 431', async () => {
		const { listener } = await open();
		const head = `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(17_000)}\r\n\r\n`;
		expect(await speak(listener.port, head)).toContain('431 ');
	});
});

test('a listener has the limits of time that end slow peers', async () => {
	const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = (await open()).listener.server;
	expect([headersTimeout, requestTimeout, keepAliveTimeout, maxConnections]).toEqual([10_000, 30_000, 75_000, 200]);
});

test('a listener at an address that is taken rejects with the error of the system', async () => {
	const { listener } = await open();
	const state = { isDraining: () => false, store: () => 'up' as const, metrics: TEXT };
	await expect(serveOps({ host: '127.0.0.1', port: listener.port }, state)).rejects.toMatchObject({
		code: 'EADDRINUSE',
	});
});
