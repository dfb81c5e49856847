/** Starts real Redis and Valkey servers for tests, with their files in a temporary folder. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from './files.js';
import { freePort } from './free-port.js';
import type { Until } from './process.js';
import { pathOf, RedisServer } from './redis-server.js';

const NAMES = ['redis-server', 'valkey-server'];

/** The servers that are installed. */
const SERVERS = NAMES.filter((name) => pathOf(name) !== undefined);

/**
 * Declares tests that need a server, once for each that is installed. Without one they are skipped, but in CI they fail.
 * `declare` gets what starts that server.
 */
export function describeWithRedis(title: string, declare: (start: typeof startRedis) => void): void {
	if (SERVERS.length === 0 && process.env.CI)
		test(`${title}: a Redis server is installed`, () => expect(SERVERS).toContain('redis-server'));
	else if (SERVERS.length === 0)
		describe.skip(`${title} (skipped: redis-server is not installed)`, () => declare(startRedis));
	for (const server of SERVERS)
		describe(`${title} (${server})`, () => declare((options) => startRedis({ server, ...options })));
}

interface RedisOptions {
	server?: string;
	/** Further settings, such as `--requirepass secret`. */
	flags?: readonly string[];
	until?: Until;
}

/** A disk that is busy for seconds would stop the server, and a kill lose what it has not written meanwhile. */
const NO_WAIT_FOR_DISK = ['--appendfsync', 'no'];

/** Starts a server that logs changes to disk and drops no keys. It ends with the test, or by `until`. */
export async function startRedis({
	server = 'redis-server',
	flags = [],
	until = onTestFinished,
}: RedisOptions = {}): Promise<RedisServer> {
	const folder = temporaryFolder((end) => until(async () => end()));
	const redis = new RedisServer(pathOf(server) ?? server, folder, [...NO_WAIT_FOR_DISK, ...flags], await freePort());
	until(() => redis.kill());
	await redis.start();
	return redis;
}
