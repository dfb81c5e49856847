/** Declares how snapshots are kept, so that a zone can be brought back to one. */
import type { Snapshot } from '../operations/snapshot/format.js';
import type { Owner } from './unfinished.js';

/** What a list shows of a snapshot. */
export interface SnapshotFacts {
	readonly id: string;
	readonly zone: Snapshot['zone'];
	/** ISO 8601. */
	readonly taken: string;
	/** The tool before whose change it was taken; absent where it was asked for. */
	readonly before?: string | undefined;
}

/** The store of snapshots. */
export interface Snapshots {
	/** Keeps a snapshot and returns its id. Throws Refused when it cannot be kept. */
	save(snapshot: Snapshot): Promise<string>;
	/** The snapshot with this id. Throws an InputError for an id that this server does not list. */
	load(id: string): Promise<Snapshot>;
	/** All snapshots that this server may restore, newest first. */
	list(): Promise<readonly SnapshotFacts[]>;
	/** Removes a snapshot that is of no use. Never rejects: one that stays is removed when it is old. */
	discard(id: string): Promise<void>;
}

/** Decides which stored snapshots this server may read. What is stored is an input, never a proof. */
export interface SnapshotRule {
	/** Whose snapshots are taken now. */
	owner(): Promise<Owner>;
	/** Whether this server may know of a stored snapshot. */
	admits(facts: { readonly owner: Owner; readonly zone: Snapshot['zone'] }): Promise<boolean>;
	/** The snapshot, checked as if a caller had sent it; undefined when a caller could not have. */
	parse(value: unknown): Snapshot | undefined;
}
