/** The listener of a server over HTTP: it starts, ends with what is under way, and outlives what the system refuses it. */
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/mcp/http/listener.js';

const HERE = { host: '127.0.0.1', port: 0 };

test('a connection that the system could not hand over does not end the server', async () => {
	const { server, address, close } = await listen(HERE, (_, response) => response.end('served'));
	onTestFinished(close);
	server.emit('error', new Error('accept ENOBUFS'));
	expect(await (await fetch(`http://${address}`)).text()).toBe('served');
});

test('a port that is taken rejects with the error of the system', async () => {
	const { port, close } = await listen(HERE, () => undefined);
	onTestFinished(close);
	await expect(listen({ ...HERE, port }, () => undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a drained server ends with the answer under way, whose connection is not kept for another request', async () => {
	const asked: ServerResponse[] = [];
	const { address, drain } = await listen(HERE, (_, response) => asked.push(response));
	const fetched = fetch(`http://${address}`);
	await expect.poll(() => asked).toHaveLength(1);
	const drained = drain();
	asked[0]?.end('late');
	expect(await (await fetched).text()).toBe('late');
	await drained;
	await expect(fetch(`http://${address}`)).rejects.toThrow('fetch failed');
});

test('an answer whose client does not read it ends with its connection', async () => {
	const asked: ServerResponse[] = [];
	const onRequest = (_: unknown, response: ServerResponse) => void asked.push(response);
	const { port, close } = await listen(HERE, onRequest, { unreadTimeout: 20 });
	onTestFinished(close);
	const socket = connect(port, '127.0.0.1').pause();
	onTestFinished(() => void socket.destroy());
	socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
	await expect.poll(() => asked).toHaveLength(1);
	const closed = new Promise((resolve) => asked[0]?.once('close', resolve));
	asked[0]?.end(Buffer.alloc(32 * 1024 * 1024));
	await closed;
});

test.for([
	['before its answer', () => undefined],
	['in the middle of its answer', (response: ServerResponse) => void response.write('begun')],
] as const)(
	'bytes that are no request after one that is, %s, get no answer that could be taken for its own',
	async ([, answer]) => {
		const asked: ServerResponse[] = [];
		const { port, close } = await listen(HERE, (_, response) => {
			asked.push(response);
			answer(response);
		});
		onTestFinished(close);
		const socket = connect(port, '127.0.0.1');
		let heard = '';
		socket.setEncoding('utf8').on('data', (text: string) => {
			heard += text;
		});
		const ended = new Promise((resolve) => socket.once('close', resolve));
		socket.on('error', () => undefined);
		socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
		await expect.poll(() => asked).toHaveLength(1);
		socket.write('no request\r\n\r\n');
		await ended;
		expect(heard).not.toContain('400');
		await expect.poll(() => asked[0]?.closed).toBe(true);
	},
);
