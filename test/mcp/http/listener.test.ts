/** The listener of a server over HTTP: it starts, ends with what is under way, and outlives what the system refuses it. */
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
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
	await vi.waitFor(() => expect(asked).toHaveLength(1));
	const drained = drain();
	asked[0]?.end('late');
	expect(await (await fetched).text()).toBe('late');
	await drained;
	await expect(fetch(`http://${address}`)).rejects.toThrow('fetch failed');
});
