/** Describes an unfinished call in one line of JSON: what it is, and how many items its requests carry. */
import { isObject } from '../base/json.js';
import type { PendingWork, WorkFacts } from '../call/unfinished.js';

/** Consecutive requests of one kind that carry equally many items. */
interface Run {
	readonly kind: string;
	/** Items of each request. */
	readonly items: number;
	readonly requests: number;
}

/** What is stored of a call beside its requests. No credential is ever in it. */
export interface JournalHead extends WorkFacts {
	readonly version: 2;
	readonly args: PendingWork['args'];
	/** All requests of the call, so that a list of calls need not read them. */
	readonly runs: readonly Run[];
	/** ISO 8601. */
	readonly started: string;
	/** ISO 8601; the call is of no use after that. */
	readonly expires: string;
}

/** The head of a call that begins at `nowMs` and is kept for `keepMs`. */
export function createHead(
	{ tool, zone, args, requests }: PendingWork,
	owner: JournalHead['owner'],
	nowMs: number,
	keepMs: number,
): JournalHead {
	return {
		version: 2,
		owner,
		tool,
		zone,
		args,
		runs: countRuns(requests),
		started: new Date(nowMs).toISOString(),
		expires: new Date(nowMs + keepMs).toISOString(),
	};
}

/** Whether the requests are those that the head counts. */
export function isCountOf({ runs }: JournalHead, requests: PendingWork['requests']): boolean {
	return JSON.stringify(countRuns(requests)) === JSON.stringify(runs);
}

/** Parses the line of the head, with or without its line end. Throws on everything else. */
export function parseHead(line: string): JournalHead {
	const head: unknown = JSON.parse(line);
	if (!isHead(head)) throw new Error('the first line is not a head');
	return head;
}

/** How many items of each kind are left when the requests with these indexes are done. */
export function countLeft({ runs }: JournalHead, done: Iterable<number>): Record<string, number> {
	const indexes = [...done].sort((one, other) => one - other);
	const remaining: Record<string, number> = {};
	let [end, at] = [0, 0];
	for (const { kind, items, requests } of runs) {
		end += requests;
		const first = at;
		while (at < indexes.length && (indexes[at] ?? end) < end) at++;
		const left = requests - (at - first);
		if (left > 0) remaining[kind] = (remaining[kind] ?? 0) + left * items;
	}
	return remaining;
}

/**
 * Whether a call can be resumed at `nowMs`. One that claims to be kept for longer than `keepMs` cannot: no server of ours
 * has stored it. `skewMs` is how far the clock that dated it may be ahead.
 */
export function isKept({ started, expires }: JournalHead, nowMs: number, keepMs: number, skewMs = 0): boolean {
	const [startedMs, expiresMs] = [Date.parse(started), Date.parse(expires)];
	return expiresMs > nowMs && expiresMs <= startedMs + keepMs && expiresMs <= nowMs + keepMs + skewMs;
}

function countRuns(requests: PendingWork['requests']): Run[] {
	const runs: { kind: string; items: number; requests: number }[] = [];
	for (const { kind, items } of requests) {
		const last = runs.at(-1);
		if (last?.kind === kind && last.items === items.length) last.requests++;
		else runs.push({ kind, items: items.length, requests: 1 });
	}
	return runs;
}

const ZONE_FIELDS = ['id', 'name', 'plan', 'account', 'accountId'] as const;

function isHead(value: unknown): value is JournalHead {
	if (!isObject(value) || !isObject(value.zone) || !isObject(value.args) || !isObject(value.owner)) return false;
	const { version, tool, zone, owner, runs, started, expires } = value;
	const isZone = ZONE_FIELDS.every((field) => typeof zone[field] === 'string');
	const isOwner = typeof owner.api === 'string' && typeof owner.credential === 'string';
	const areRuns = Array.isArray(runs) && runs.every(isRun);
	return (
		version === 2 && typeof tool === 'string' && isZone && isOwner && areRuns && isTime(started) && isTime(expires)
	);
}

function isRun(value: unknown): boolean {
	return isObject(value) && typeof value.kind === 'string' && isCount(value.items) && isCount(value.requests);
}

function isCount(value: unknown): boolean {
	return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTime(value: unknown): boolean {
	return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

/** Whether a value is the stored form of a request. */
export function isRequest(value: unknown): value is PendingWork['requests'][number] {
	return isObject(value) && typeof value.kind === 'string' && Array.isArray(value.items);
}
