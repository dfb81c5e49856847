/** Keeps on Redis what outlives a call, for all replicas of a server. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { UsedProofs } from '../../call/consent/used-proofs.js';
import type { SnapshotRule, Snapshots } from '../../call/snapshots.js';
import type { Unfinished, WorkRule } from '../../call/unfinished.js';
import type { RateLimiter } from '../../cloudflare/rate-limiter.js';
import type { LocalRequestLimiter, RequestLimiter } from '../../cloudflare/request-limiter.js';
import type { Wire } from '../../mcp/http/wire.js';
import type { Stores } from '../stores.js';
import { openRedis, type RedisConnection } from './client.js';
import { RedisJournal } from './journal.js';
import { LateReleases } from './late-releases.js';
import { RedisRateLimiter } from './rate-limiter.js';
import { RedisRequestLimiter } from './request-limiter.js';
import { RedisSnapshots } from './snapshots.js';
import { RedisUsedProofs } from './used-proofs.js';
import { RedisWire } from './wire.js';

const HOUR_MS = 3_600_000;

/** What the stores are made of. */
interface RedisStoresOptions {
	/** redis://user:password@host:port/database, or rediss:// for TLS. */
	readonly url: string;
	/** How long unfinished work is kept. */
	readonly keepHours: number;
	/** Keeps the limits of this process alone, while Redis does not answer. */
	readonly rateLimiter: RateLimiter;
	createRequestLimiter(): LocalRequestLimiter;
	readonly clock: Clock;
	readonly log: Log;
}

/**
 * Opens the stores. Throws ConfigError where Redis refuses this server; while it is away, the stores open without it.
 * Without Redis, codes and calls of several requests are refused, and limits are kept by each replica alone.
 */
export async function openRedisStores(options: RedisStoresOptions): Promise<RedisStores> {
	return new RedisStores(options, await openRedis({ ...options, purpose: 'stores' }));
}

/** The stores of all replicas on one Redis. */
export class RedisStores implements Stores {
	readonly rateLimiter: RateLimiter;
	readonly wire: Wire;
	private readonly options: RedisStoresOptions;
	private readonly redis: RedisConnection;
	private readonly lateReleases: LateReleases;

	constructor(options: RedisStoresOptions, redis: RedisConnection) {
		const { url, rateLimiter: local, keepHours, clock, log } = options;
		this.options = options;
		this.redis = redis;
		this.rateLimiter = new RedisRateLimiter({ redis, local, clock });
		this.wire = new RedisWire({ redis, url, log });
		this.lateReleases = new LateReleases(clock, keepHours * HOUR_MS);
	}

	get condition(): 'up' | 'down' {
		return this.redis.isUp ? 'up' : 'down';
	}

	usedProofs(principal: string): UsedProofs {
		return new RedisUsedProofs(this.redis, principal, this.options.clock.now);
	}

	unfinished(principal: string, rule: WorkRule): Unfinished {
		const { redis, lateReleases } = this;
		const { keepHours, clock, log } = this.options;
		return new RedisJournal({ redis, principal, rule, lateReleases, keepHours, clock, log });
	}

	snapshots(principal: string, rule: SnapshotRule): Snapshots {
		const { clock, log } = this.options;
		return new RedisSnapshots({ redis: this.redis, principal, rule, clock, log });
	}

	requestLimiter(credentialId: () => Promise<string | undefined>): RequestLimiter {
		const { redis, wire } = this;
		const { clock, createRequestLimiter } = this.options;
		const local = createRequestLimiter();
		return new RedisRequestLimiter({ redis, local, replica: wire.replica, clock, credentialId });
	}

	async close(limitMs = 0): Promise<void> {
		const calls = await this.lateReleases.finish(limitMs);
		const message = 'Redis did not answer before the end: calls that have ended stay listed as unfinished for a day';
		if (calls > 0) this.options.log('warn', message, { calls });
		await this.wire.close();
		this.redis.close();
	}
}
