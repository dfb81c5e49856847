/** Keeps in this process and on its disk what outlives a call, for a server without Redis. */
import { join } from 'node:path';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { UsedProofs } from '../../call/consent/used-proofs.js';
import type { SnapshotRule, Snapshots } from '../../call/snapshots.js';
import type { Unfinished, WorkRule } from '../../call/unfinished.js';
import type { RateLimiter } from '../../cloudflare/rate-limiter.js';
import type { RequestLimiter } from '../../cloudflare/request-limiter.js';
import { UsedProofsInMemory } from '../memory/used-proofs.js';
import type { Stores } from '../stores.js';
import { Journal } from './journal.js';
import { SnapshotStore } from './snapshots.js';

/** What the stores are made of. */
interface LocalStoresOptions {
	/** The state directory. */
	readonly folder: string;
	/** The principal whose files lie in the state directory itself. Those of every other one have a folder in it. */
	readonly home: string;
	/** How long unfinished work is kept. */
	readonly keepHours: number;
	readonly rateLimiter: RateLimiter;
	createRequestLimiter(): RequestLimiter;
	readonly clock: Clock;
	readonly log: Log;
}

/** Ids of principals, which name folders. */
const PRINCIPAL_ID = /^[\w-]{1,64}$/;

/** The stores of one process and one state directory. */
export class LocalStores implements Stores {
	readonly wire = undefined;
	readonly condition = 'local';
	private readonly used: UsedProofsInMemory;
	private readonly options: LocalStoresOptions;

	constructor(options: LocalStoresOptions) {
		this.options = options;
		this.used = new UsedProofsInMemory(options.clock.now);
	}

	/** The limits of accounts, which all principals share. */
	get rateLimiter(): RateLimiter {
		return this.options.rateLimiter;
	}

	/** The limit of all requests with a credential. */
	requestLimiter(): RequestLimiter {
		return this.options.createRequestLimiter();
	}

	usedProofs(principal: string): UsedProofs {
		return {
			use: (proof, expirySeconds) => this.used.use(`${principal}:${proof}`, expirySeconds),
			isUsed: (proof) => this.used.isUsed(`${principal}:${proof}`),
		};
	}

	unfinished(principal: string, rule: WorkRule): Unfinished {
		const { keepHours, clock, log } = this.options;
		return new Journal({ folder: this.folderOf(principal), keepHours, rule, clock, log });
	}

	snapshots(principal: string, rule: SnapshotRule): Snapshots {
		const { clock, log } = this.options;
		return new SnapshotStore({ folder: this.folderOf(principal), rule, clock, log });
	}

	async close(): Promise<void> {
		// Files are closed with the work that they belong to.
	}

	private folderOf(principal: string): string {
		const { folder, home } = this.options;
		if (principal === home) return folder;
		if (!PRINCIPAL_ID.test(principal)) throw new TypeError('the id of a principal names no folder');
		return join(folder, principal);
	}
}
