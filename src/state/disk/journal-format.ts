/**
 * Prints and parses the file of an unfinished call: JSON, one line for the head, one for each request, then one for each
 * request that was accepted. Noting the last of 1,000 requests therefore writes as little as noting the first.
 */
import { isObject } from '../../base/json.js';
import type { PendingWork } from '../../call/unfinished.js';
import { countLeft, isRequest, type JournalHead, parseHead } from '../journal-head.js';

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

/** How many items of each kind are left. `tail` is the end of the file, with all reports in it. */
export function countRemaining(head: JournalHead, tail: string): Record<string, number> {
	const reports = tail.slice(0, tail.lastIndexOf('\n') + 1).matchAll(/^\{"done":(\d+)\}$/gm);
	return countLeft(head, new Set([...reports].map(([, index]) => Number(index))));
}
