/**
 * Prints and parses the file of an unfinished call: JSON, one line for the head, one for each request, then one for each
 * request that was accepted. Noting the last of 1,000 requests therefore writes as little as noting the first.
 */
import { isObject } from '../../base/json.js';
import type { PendingWork } from '../../call/unfinished.js';

/** First line of the file. No credential is ever in it. */
export interface JournalHead {
	readonly version: 1;
	readonly tool: string;
	readonly zone: PendingWork['zone'];
	readonly args: PendingWork['args'];
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
 * Parses a file. Text after the last line end is ignored: a crash cut that line off, and only a report can be cut, because
 * the head and the requests are in place before the first report. Its request is sent again.
 * Throws on everything else that is not in this format.
 */
export function parseJournal(text: string): JournalContent {
	const [first = '', ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
	const head: unknown = JSON.parse(first);
	if (!isHead(head)) throw new Error('the first line is not a head');
	const requests: PendingWork['requests'][number][] = [];
	const done = new Set<unknown>();
	for (const line of lines) {
		if (line === '') continue;
		const entry: unknown = JSON.parse(line);
		if (isRequest(entry)) requests.push(entry);
		else if (isObject(entry) && typeof entry.done === 'number') done.add(entry.done);
		else throw new Error('a line is neither a request nor a report');
	}
	return { head, requests, remaining: [...requests.keys()].filter((index) => !done.has(index)) };
}

const ZONE_FIELDS = ['id', 'name', 'plan', 'account', 'accountId'] as const;

function isHead(value: unknown): value is JournalHead {
	if (!isObject(value) || !isObject(value.zone) || !isObject(value.args)) return false;
	const { version, tool, zone, started, expires } = value;
	const isZone = ZONE_FIELDS.every((field) => typeof zone[field] === 'string');
	return version === 1 && typeof tool === 'string' && isZone && isTime(started) && isTime(expires);
}

function isTime(value: unknown): boolean {
	return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isRequest(value: unknown): value is PendingWork['requests'][number] {
	return isObject(value) && typeof value.kind === 'string' && Array.isArray(value.items);
}
