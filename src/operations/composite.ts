/** Declares what an operation that is built from other operations is given, and what it gives back. */
import type { PageInfo } from '../base/page-info.js';
import type { UnfinishedCall, ZoneRef } from './outcome.js';
import type { Snapshot } from './snapshot/format.js';
import type { Visitor } from './visitor.js';

/** The answer to one read of a composite. */
export interface ReadAnswer {
	/** Cloudflare's `result`. */
	readonly result: unknown;
	readonly page: PageInfo | undefined;
}

/** What a composite is given to build its result from. */
export interface Composition<Part, Args> extends Visitor {
	readonly args: Args;
	readonly zone: ZoneRef;
	/**
	 * Runs another operation that reads, in this zone. It passes the same checks as a call of its own, and throws the same
	 * failures.
	 */
	read(operation: Part, args?: Record<string, unknown>): Promise<ReadAnswer>;
	/** All rows of an operation that lists by pages, by the same rules. */
	readAll(operation: Part): Promise<readonly unknown[]>;
	/** Lists the unfinished calls of this zone. */
	unfinished(): Promise<readonly UnfinishedCall[]>;
	/** Milliseconds since 1970. */
	readonly now: number;
	/** Keeps a snapshot, and returns its id. Throws Refused when it cannot be kept. */
	save(snapshot: Snapshot): Promise<string>;
	/** The snapshot with this id. Throws an InputError when this server knows none. */
	load(id: string): Promise<Snapshot>;
}

/** One change within a composite: a call of another operation. */
export interface Step<Part> {
	readonly operation: Part;
	readonly args: Readonly<Record<string, unknown>>;
	/** What changes, before → after: one line for each item of its list, in the same order, or one line in all. */
	readonly lines: readonly string[];
	/** What the user must consent to, as a sentence; absent where no consent is needed. */
	readonly consequence?: string;
}

/** The changes of a composite, in the order in which they are made. */
export interface Steps<Part> {
	readonly steps: readonly Step<Part>[];
	/** What the steps are for, before they are made: `Restores example.com …`. */
	readonly purpose: string;
	/** The same, once all of them are made. */
	readonly achieved: string;
	/** The same, where there are none. */
	readonly nothing: string;
	/** What stays as it is, and why, one sentence each. */
	readonly remarks: readonly string[];
	/** The values that the steps replace. */
	readonly replaced: Snapshot;
}
