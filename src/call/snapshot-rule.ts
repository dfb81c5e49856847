/** Decides which stored snapshots this server may read: those of its API, its credential and its zones. */
import { parseSnapshot, type Snapshot } from '../operations/snapshot/format.js';
import type { SnapshotRule } from './snapshots.js';
import { admitsStored, type StoredRules } from './stored.js';
import type { Owner } from './unfinished.js';

/** The rules of this server, applied to stored snapshots. */
export class ServerSnapshotRule implements SnapshotRule {
	private readonly rules: StoredRules;

	constructor(rules: StoredRules) {
		this.rules = rules;
	}

	owner(): Promise<Owner> {
		return this.rules.owner();
	}

	admits(facts: Parameters<SnapshotRule['admits']>[0]): Promise<boolean> {
		return admitsStored(facts, this.rules);
	}

	parse(value: unknown): Snapshot | undefined {
		const parsed = parseSnapshot(value);
		return 'snapshot' in parsed ? parsed.snapshot : undefined;
	}
}
