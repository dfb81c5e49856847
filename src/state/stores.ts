/** Declares where what outlives a call is kept: in this process and on disk, or on Redis for all replicas. */
import type { UsedProofs } from '../call/consent/used-proofs.js';
import type { SnapshotRule, Snapshots } from '../call/snapshots.js';
import type { Unfinished, WorkRule } from '../call/unfinished.js';
import type { RateLimiter } from '../cloudflare/rate-limiter.js';
import type { RequestLimiter } from '../cloudflare/request-limiter.js';
import type { StoreCondition, Wire } from '../mcp/http/wire.js';

/** The stores of a server. Nothing in that of one principal is seen through that of another. */
export interface Stores {
	usedProofs(principal: string): UsedProofs;
	unfinished(principal: string, rule: WorkRule): Unfinished;
	snapshots(principal: string, rule: SnapshotRule): Snapshots;
	/** The limits of accounts, which all principals share. */
	readonly rateLimiter: RateLimiter;
	/**
	 * The limit of all requests with a credential. Made once for each credential, and kept as long as it: what this process
	 * remembers is lost with it. `credentialId` tells credentials apart; undefined while it is not known.
	 */
	requestLimiter(credentialId: () => Promise<string | undefined>): RequestLimiter;
	/** The way to the other replicas; undefined where there are none. */
	readonly wire: Wire | undefined;
	readonly condition: StoreCondition;
	/** Ends what is kept open. What could not be noted while the store was away is tried for `limitMs` before that. */
	close(limitMs?: number): Promise<void>;
}
