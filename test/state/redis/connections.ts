/** Opens connections to Redis whose log lines a test reads, and waits for what only time brings. */
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
