/** Starts a proxy on 127.0.0.1 that connects to this machine only, whatever host it is asked for. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A running proxy. */
export interface Proxy {
	/** `127.0.0.1:PORT`. */
	host: string;
	/** What each CONNECT asked for, and with which credentials. */
	tunnels: { authority: string; authorization: string | undefined }[];
}

/** Starts a proxy that answers a CONNECT with `status`, and makes the tunnel when that is 200. It ends with the test. */
export async function startProxy(status = 200): Promise<Proxy> {
	const tunnels: Proxy['tunnels'] = [];
	const sockets = new Set<Socket>();
	const keep = (socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		return socket;
	};
	// A request that is no CONNECT would show the token to the proxy.
	const server = createServer((_, response) => response.writeHead(400).end());
	server.on('connect', ({ url = '', headers }, client: Socket) => {
		tunnels.push({ authority: url, authorization: headers['proxy-authorization'] });
		keep(client);
		if (status !== 200) {
			client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
			return;
		}
		const target = keep(connect(Number(url.split(':').at(-1)), '127.0.0.1'));
		target.once('connect', () => {
			client.write('HTTP/1.1 200 Connection established\r\n\r\n');
			target.pipe(client).pipe(target);
		});
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	onTestFinished(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}
