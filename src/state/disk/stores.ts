/** Keeps in this process and on its disk what outlives a call, for a server without Redis. */
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
import { PrincipalFolders } from './principal-folders.js';
import { SnapshotStore } from './snapshots.js';

const HOUR_MS = 3_600_000;

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

/** The stores of one process and one state directory. */
export class LocalStores implements Stores {
	readonly wire = undefined;
	readonly condition = 'local';
	private readonly used: UsedProofsInMemory;
	private readonly folders: PrincipalFolders;
	private readonly options: LocalStoresOptions;

	constructor(options: LocalStoresOptions) {
		const { folder: stateFolder, home, keepHours, clock } = options;
		this.options = options;
		this.folders = new PrincipalFolders({ stateFolder, home, keepCallsMs: keepHours * HOUR_MS, clock });
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
		return new Journal({ folder: this.folders.folderOf(principal), keepHours, rule, clock, log });
	}

	snapshots(principal: string, rule: SnapshotRule): Snapshots {
		const { clock, log } = this.options;
		return new SnapshotStore({ folder: this.folders.folderOf(principal), rule, clock, log });
	}

	async close(): Promise<void> {
		// Files are closed with the work that they belong to.
		await this.folders.close();
	}
}
