/** Asks the Redis server of replicas once, for a report of how it is. */
import type { Log } from '../base/log.js';

/** How a Redis server is. */
export interface RedisCondition {
	readonly isUp: boolean;
	/** A sentence for each setting under which it loses what replicas rely on. */
	readonly warnings: readonly string[];
}

/** Connects, asks, and closes the connection. Throws ConfigError where the server refuses this client. */
export async function askRedis(url: string, log: Log): Promise<RedisCondition> {
	const { openRedis } = await import('../state/redis/client.js');
	const { warnOfSettings } = await import('../state/redis/server-settings.js');
	const connection = await openRedis({ url, log, purpose: 'doctor', isQuiet: true });
	try {
		if (!connection.isUp) return { isUp: false, warnings: [] };
		const warnings: string[] = [];
		const info = await connection.send(['INFO']).catch(() => '');
		warnOfSettings(String(info), (_, message) => warnings.push(message));
		return { isUp: true, warnings };
	} finally {
		connection.close();
	}
}
