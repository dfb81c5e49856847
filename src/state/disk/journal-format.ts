/**
 * Prints and parses the file of an unfinished call: JSON, one line for the head, one for each request, then one for each
 * request that was accepted. Noting the last of 1,000 requests therefore writes as little as noting the first.
 */
import { isObject } from '../../base/json.js';
import type { PendingWork, WorkFacts } from '../../call/unfinished.js';

/** Consecutive requests of one kind that carry equally many items. */
interface Run {
	readonly kind: string;
	/** Items of each request. */
	readonly items: number;
	readonly requests: number;
}

/** First line of the file. No credential is ever in it. */
export interface JournalHead extends WorkFacts {
	readonly version: 2;
	readonly args: PendingWork['args'];
	/** All requests of the call, so that a list of calls need not read them. */
	readonly runs: readonly Run[];
	/** ISO 8601. */
	readonly started: string;
	/** ISO 8601; the file is of no use after that. */
	readonly expires: string;
}

/** What a file says. */
export interface JournalContent {
	readonly head: JournalHead;
	readonly requests: PendingWork['requests'];
	/** Indexes of the requests that no line reports as accepted, in order. */
	readonly remaining: readonly number[];
}

/** What the head says of the requests. */
export function countRuns(requests: PendingWork['requests']): Run[] {
	const runs: { kind: string; items: number; requests: number }[] = [];
	for (const { kind, items } of requests) {
		const last = runs.at(-1);
		if (last?.kind === kind && last.items === items.length) last.requests++;
		else runs.push({ kind, items: items.length, requests: 1 });
	}
	return runs;
}

/** The line of the head. */
export function printHead(head: JournalHead): string {
	return `${JSON.stringify(head)}\n`;
}

/** The line of one request. Requests stand in the order of their indexes. */
export function printRequest({ kind, items }: PendingWork['requests'][number]): string {
	return `${JSON.stringify({ kind, items })}\n`;
}

/** The line that reports the request with this index as accepted. */
export function printDone(index: number): string {
	return `{"done":${index}}\n`;
}

/**
 * Parses the whole lines of a file. A crash cuts off a report at most, because the head and the requests are in place before
 * the first report. Its request is sent again. Throws on everything that is not in this format.
 */
export async function parseJournal(lines: AsyncIterable<string>): Promise<JournalContent> {
	let head: JournalHead | undefined;
	const requests: PendingWork['requests'][number][] = [];
	const done = new Set<unknown>();
	for await (const line of lines) {
		if (!head) {
			head = parseHead(line);
			continue;
		}
		if (line === '') continue;
		const entry: unknown = JSON.parse(line);
		if (isRequest(entry)) requests.push(entry);
		else if (isObject(entry) && typeof entry.done === 'number') done.add(entry.done);
		else throw new Error('a line is neither a request nor a report');
	}
	if (!head) throw new Error('there is no head');
	return { head, requests, remaining: [...requests.keys()].filter((index) => !done.has(index)) };
}

/** Parses the line of the head, with or without its line end. Throws on everything else. */
export function parseHead(line: string): JournalHead {
	const head: unknown = JSON.parse(line);
	if (!isHead(head)) throw new Error('the first line is not a head');
	return head;
}

/** How many items of each kind are left. `tail` is the end of the file, with all reports in it. */
export function countRemaining({ runs }: JournalHead, tail: string): Record<string, number> {
	const reports = tail.slice(0, tail.lastIndexOf('\n') + 1).matchAll(/^\{"done":(\d+)\}$/gm);
	const done = new Set([...reports].map(([, index]) => Number(index)));
	const remaining: Record<string, number> = {};
	let start = 0;
	for (const { kind, items, requests } of runs) {
		const end = start + requests;
		const left = requests - [...done].filter((index) => index >= start && index < end).length;
		if (left > 0) remaining[kind] = (remaining[kind] ?? 0) + left * items;
		start = end;
	}
	return remaining;
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

function isRequest(value: unknown): value is PendingWork['requests'][number] {
	return isObject(value) && typeof value.kind === 'string' && Array.isArray(value.items);
}
