/** Tests how URLs are fetched from the edge, over real sockets on 127.0.0.1. */
import type { LookupAddress } from 'node:dns';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Cancel } from '../../../src/base/cancel.js';
import type { EdgeRequest } from '../../../src/cloudflare/edge/edge-fetch.js';
import { createEdgeFetch } from '../../../src/cloudflare/edge/fetcher.js';
import { createPublicConnector, type Lookup } from '../../../src/cloudflare/edge/public-connector.js';
import { createSandboxConnector } from '../../../src/cloudflare/edge/sandbox-connector.js';
import { createManualClock } from '../../support/clock.js';
import { startTlsUpstream } from '../../support/tls.js';

const HOST = 'www.example.com';

/** Starts a server on 127.0.0.1 that counts its connections. */
async function listen(server: Server, address = '127.0.0.1', port = 0) {
	let connections = 0;
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		connections++;
		sockets.add(socket);
	});
	await new Promise<void>((resolve) => server.listen(port, address, resolve));
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const serve = (listener: RequestListener) => listen(createHttp(listener));

/** A look-up that gives these addresses, one set for each time that it is asked. */
function lookupOf(...answers: string[][]) {
	let asked = 0;
	const lookup: Lookup = (_, __, callback) => {
		const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
		callback(
			null,
			addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
		);
	};
	return { lookup, count: () => asked };
}

interface Options {
	connect?: Parameters<typeof createEdgeFetch>[0]['connect'];
	hasProxy?: boolean;
	clock?: ReturnType<typeof createManualClock>;
}

/** Fetches with the connector to one port, or with the connector that is given. */
const fetcher = (port: number, { connect, hasProxy = false, clock = createManualClock() }: Options = {}) =>
	createEdgeFetch({
		connect: connect ?? createSandboxConnector({ http: port, https: port }),
		clock,
		hasProxy,
		userAgent: 'product/1',
	});

const request = (more: Partial<EdgeRequest> = {}): EdgeRequest => ({
	url: `http://${HOST}/a?b=1`,
	headers: {},
	...more,
});

const failureOf = (work: Promise<unknown>) =>
	work.then(
		() => 'no failure',
		(error: { name: string; message: string; advice: { also?: string } }) => ({
			name: error.name,
			message: error.message,
			also: error.advice.also,
		}),
	);

describe('A connection to the edge', () => {
	test.each([
		['this machine', '127.0.0.1'],
		['a private network', '10.0.0.1'],
		['a local link', '169.254.169.254'],
		['an IPv4 address in IPv6 form', '::ffff:127.0.0.1'],
		['an address behind NAT64', '64:ff9b::7f00:1'],
		['this machine by IPv6', '::1'],
	])('is not made where the host has the address of %s', async (_, address) => {
		const { port, connections } = await serve((__, response) => response.end());
		const connect = createPublicConnector({ lookup: lookupOf([address]).lookup });
		const url = `http://${HOST}:${port}/`;
		expect(await failureOf(fetcher(port, { connect })(request({ url })))).toEqual({
			name: 'Refused',
			message: `${HOST}:${port} has no public address here, so no connection was made.`,
			also: 'Only public addresses are fetched. Check the DNS record of this host, and that it is proxied.',
		});
		expect(connections()).toBe(0);
	});

	test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f000001', '127.1'])(
		'is not made to a URL that names an address: %s',
		async (host) => {
			const { port, connections } = await serve((_, response) => response.end());
			const connect = createPublicConnector({ allows: () => true });
			expect(await failureOf(fetcher(port, { connect })(request({ url: `http://${host}:${port}/` })))).toMatchObject({
				name: 'Refused',
			});
			expect(connections()).toBe(0);
		},
	);

	test('is made to the very address that was judged, so that a changing answer of DNS gains nothing', async () => {
		const allowed = await serve((_, response) => response.end());
		const { port } = allowed;
		const other = await listen(
			createHttp((_, response) => response.end()),
			'127.0.0.2',
			port,
		);
		// 127.0.0.1 stands for a public address, and 127.0.0.2 for a private one.
		const { lookup, count } = lookupOf(['127.0.0.1'], ['127.0.0.2']);
		const connect = createPublicConnector({ lookup, allows: (address) => address === '127.0.0.1' });
		const fetch = fetcher(port, { connect });
		const url = `http://${HOST}:${port}/`;
		expect((await fetch(request({ url }))).status).toBe(200);
		expect(await failureOf(fetch(request({ url })))).toMatchObject({ name: 'Refused' });
		expect([allowed.connections(), other.connections(), count()]).toEqual([1, 0, 2]);
	});

	test('uses the public ones of several addresses only', async () => {
		const allowed = await serve((_, response) => response.end());
		const { port } = allowed;
		const other = await listen(createServer(), '127.0.0.2', port);
		const { lookup } = lookupOf(['127.0.0.2', '127.0.0.1']);
		const connect = createPublicConnector({ lookup, allows: (address) => address === '127.0.0.1' });
		expect((await fetcher(port, { connect })(request({ url: `http://${HOST}:${port}/` }))).status).toBe(200);
		expect([allowed.connections(), other.connections()]).toEqual([1, 0]);
	});

	test('sends nothing where the socket has another address than the look-up gave', async () => {
		let bytes = 0;
		const { port } = await listen(createServer((socket) => socket.on('data', ({ length }) => (bytes += length))));
		let judged = 0;
		const connect = createPublicConnector({ lookup: lookupOf(['127.0.0.1']).lookup, allows: () => judged++ === 0 });
		const url = `http://${HOST}:${port}/`;
		expect(await failureOf(fetcher(port, { connect })(request({ url })))).toMatchObject({ name: 'Refused' });
		expect([judged, bytes]).toEqual([2, 0]);
	});

	test('fails on a certificate that is not trusted', async () => {
		const { port, requests } = await startTlsUpstream();
		const connect = createPublicConnector({ lookup: lookupOf(['127.0.0.1']).lookup, allows: () => true });
		const failure = await failureOf(fetcher(port, { connect })(request({ url: `https://${HOST}:${port}/` })));
		expect(failure).toMatchObject({
			name: 'NetworkError',
			message: expect.stringMatching(/was reached, but its certificate is not trusted \([A-Z_0-9]+\)\.$/),
		});
		expect(requests).toEqual([]);
	});
});

describe('A request to the edge', () => {
	test('carries the headers of the call, and no credential or cookie', async () => {
		const seen: unknown[] = [];
		const { port } = await serve(({ method, url, headers }, response) => {
			seen.push({ method, url, headers });
			response.end();
		});
		await fetcher(port)(request({ headers: { 'CF-Device-Type': 'mobile', 'User-Agent': 'a phone' } }));
		await fetcher(port)(request());
		const common = { host: HOST, connection: 'keep-alive', accept: '*/*' };
		expect(seen).toEqual([
			{ method: 'GET', url: '/a?b=1', headers: { ...common, 'cf-device-type': 'mobile', 'user-agent': 'a phone' } },
			{ method: 'GET', url: '/a?b=1', headers: { ...common, 'user-agent': 'product/1' } },
		]);
	});

	test('gives the headers about caching, and of a cookie only that there is one', async () => {
		const { port } = await serve((_, response) => {
			response.writeHead(200, { 'CF-Cache-Status': 'HIT', Age: '7', 'Set-Cookie': ['a=secret'], 'X-Other': 'x' }).end();
		});
		const { status, headers, setsCookie } = await fetcher(port)(request());
		expect({ status, setsCookie, headers }).toEqual({
			status: 200,
			setsCookie: true,
			headers: { 'cf-cache-status': 'HIT', age: '7' },
		});
	});

	test('does not follow a redirect', async () => {
		const inner = await serve((_, response) => response.end());
		const outer = await serve((_, response) => {
			response.writeHead(302, { Location: `http://127.0.0.1:${inner.port}/secret` }).end();
		});
		const { status, headers } = await fetcher(outer.port)(request());
		expect([status, headers.location]).toEqual([302, `http://127.0.0.1:${inner.port}/secret`]);
		expect(inner.connections()).toBe(0);
	});

	test('ends with the headers, and closes the connection on an endless body', async () => {
		let closed: () => void = () => undefined;
		const hasClosed = new Promise<void>((resolve) => {
			closed = resolve;
		});
		const { port } = await serve(({ socket }, response) => {
			socket.on('close', closed);
			const write = () => void (socket.destroyed || response.write('x'.repeat(65_536), write));
			write();
		});
		expect((await fetcher(port)(request())).status).toBe(200);
		await hasClosed;
	});

	test('waits for the answer behind early hints and an unasked 100', async () => {
		const answer =
			'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
		const { port } = await listen(createServer((socket) => socket.once('data', () => socket.write(answer))));
		expect((await fetcher(port)(request())).status).toBe(404);
	});

	test('ends after 10 seconds without an answer, and says so of a proxy', async () => {
		const { port } = await listen(createServer());
		const clock = createManualClock();
		const work = failureOf(fetcher(port, { clock, hasProxy: true })(request()));
		await clock.run(9_999);
		const early = await Promise.race([work, new Promise((resolve) => setImmediate(() => resolve('waits')))]);
		await clock.run(10_000);
		expect([early, await work]).toEqual([
			'waits',
			{
				name: 'TimeoutError',
				message: `${HOST} did not answer within 10 seconds.`,
				also: expect.stringContaining('The environment names a proxy, and URLs are fetched without it'),
			},
		]);
	});

	test('fails where the connection breaks, or where no HTTP comes back', async () => {
		const broken = await listen(createServer((socket) => socket.destroy()));
		const foreign = await listen(createServer((socket) => socket.end('220 mail ready\r\n')));
		for (const { port } of [broken, foreign])
			expect(await failureOf(fetcher(port)(request()))).toMatchObject({
				name: 'NetworkError',
				also: 'Check the host and the network of this server, then call again.',
			});
	});

	test('ends at once when the call is cancelled', async () => {
		const { port } = await listen(createServer());
		const signal = new Cancel();
		const work = failureOf(fetcher(port)(request({ signal })));
		signal.abort();
		expect(await work).toMatchObject({ name: 'CancelledError' });
		expect(await failureOf(fetcher(port)(request({ signal })))).toMatchObject({ name: 'CancelledError' });
	});
});
