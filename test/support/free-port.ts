/** Finds a port that nothing listens on. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports below those that systems give to connections (from 32,768 on). */
const [FIRST, LAST] = [16_000, 31_999];
/** Workers that run test files at the same time have ports of their own, up to so many workers. */
const WORKERS = 8;
const SHARE = (LAST - FIRST + 1) / WORKERS;

/** A free port of 127.0.0.1, which also stays free while a test has its server stopped: no connection and no other worker gets it. */
export async function freePort(): Promise<number> {
	const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;
	for (;;) {
		const port = FIRST + worker * SHARE + randomInt(SHARE);
		const server = createServer().listen(port, '127.0.0.1');
		const isFree = await once(server, 'listening').then(
			() => true,
			() => false,
		);
		if (!isFree) continue;
		server.close();
		await once(server, 'close');
		return port;
	}
}
