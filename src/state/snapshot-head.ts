/** Describes a snapshot in one line of JSON, so that a list need not read the snapshots themselves. */
import { isObject } from '../base/json.js';
import type { SnapshotFacts } from '../call/snapshots.js';
import type { Owner } from '../call/unfinished.js';

/** How long a snapshot is kept. */
export const KEEP_DAYS = 90;
export const KEEP_MS = KEEP_DAYS * 24 * 60 * 60_000;

/** Snapshots that were asked for, and those that changes took by themselves. The latter never push the former out. */
export type SnapshotKind = 'taken' | 'undo';

/** What is kept of one principal, for each kind. The oldest make room for new ones. */
export const MAX_SNAPSHOTS = 100;
export const MAX_SNAPSHOTS_BYTES = 50_000_000;
/** One snapshot: 3,500 mappings take 100 kB. */
export const MAX_SNAPSHOT_BYTES = 2_000_000;

/** What is stored of a snapshot beside its parts. No credential is ever in it. */
export interface SnapshotHead extends Omit<SnapshotFacts, 'id'> {
	readonly version: 1;
	readonly owner: Owner;
}

/** Which kind a snapshot is. */
export function kindOf({ before }: Pick<SnapshotFacts, 'before'>): SnapshotKind {
	return before === undefined ? 'taken' : 'undo';
}

/** Parses the line of a head. Throws a SyntaxError on everything else. */
export function parseHead(line: string): SnapshotHead {
	const head: unknown = JSON.parse(line);
	if (!isHead(head)) throw new SyntaxError('the first line is not a head');
	return head;
}

function isHead(value: unknown): value is SnapshotHead {
	if (!isObject(value) || !isObject(value.owner) || !isObject(value.zone)) return false;
	const { version, owner, zone, taken, before } = value;
	const texts = [owner.api, owner.credential, zone.id, zone.name, taken];
	const isDated = typeof taken === 'string' && !Number.isNaN(Date.parse(taken));
	const hasTool = before === undefined || typeof before === 'string';
	return version === 1 && isDated && hasTool && texts.every((text) => typeof text === 'string');
}
