/** Runs scripts on Redis, each as one step that no other command interrupts. */
import { createHash } from 'node:crypto';
import { type Redis, RedisError, type Reply } from './redis.js';

/** A Lua script. Its source crosses the wire only where the server does not know it yet. */
export class Script {
	private readonly source: string;
	private readonly digest: string;

	constructor(source: string) {
		this.source = source;
		this.digest = createHash('sha1').update(source).digest('hex');
	}

	/**
	 * Runs the script. Throws RedisError. Without an answer the script may have run, so it has to bear being run again.
	 *
	 * @param keys the only keys that it touches, all with the same hash tag
	 */
	async run(redis: Redis, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply> {
		try {
			return await redis.send(['EVALSHA', this.digest, ...toWords(keys, args)]);
		} catch (error) {
			// The server has not run it, so nothing is sent twice.
			if (!(error instanceof RedisError && error.code === 'NOSCRIPT')) throw error;
			return this.runWhole(redis, keys, args);
		}
	}

	/** The same in one command, whether the server knows the script or not, so that no later command overtakes it. */
	runWhole(redis: Redis, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply> {
		return redis.send(['EVAL', this.source, ...toWords(keys, args)]);
	}
}

function toWords(keys: readonly string[], args: readonly (string | number | Buffer)[]): (string | Buffer)[] {
	return [String(keys.length), ...keys, ...args.map((arg) => (typeof arg === 'number' ? String(arg) : arg))];
}
