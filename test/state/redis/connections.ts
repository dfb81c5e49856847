/** Opens connections to Redis whose log lines a test reads, and waits for what only time brings. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { LogFacts, LogLevel } from '../../../src/base/log.js';
import { openRedis } from '../../../src/state/redis/client.js';

interface Line {
	level: LogLevel;
	message: string;
	facts: LogFacts | undefined;
}

/** Opens a connection; it closes with the test. */
export async function openWatched({ url }: { url: string }) {
	const lines: Line[] = [];
	const redis = await openRedis({
		url,
		purpose: 'test',
		log: (level, message, facts) => void lines.push({ level, message, facts }),
	});
	onTestFinished(() => redis.close());
	return { redis, lines };
}

/** Waits for a state of a real server, which has no event to wait for. */
export async function until(isReached: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await isReached())) await sleep(10);
}

/** An address that leads to the port which `portOf` gives to each connection. It closes with the test. */
export async function relayTo(portOf: () => number): Promise<{ url: string; connections: () => number }> {
	let count = 0;
	const relay = createServer((socket) => {
		count++;
		const upstream = connect(portOf(), '127.0.0.1');
		for (const end of [socket, upstream]) end.on('error', () => undefined);
		socket.pipe(upstream).pipe(socket);
	}).listen(0, '127.0.0.1');
	await once(relay, 'listening');
	onTestFinished(() => void relay.close());
	return { url: `redis://127.0.0.1:${(relay.address() as AddressInfo).port}`, connections: () => count };
}
