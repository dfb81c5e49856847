/** Bytes from a client → JSON values, one a line: bounded, and without stopping everything else on a long line. */
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { StreamedLine } from './streamed-line.js';

/** Longest line of a client (bytes): beyond it the client is broken, and memory must stay bounded. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
/** A line longer than this is parsed while it arrives (bytes). */
const STREAMED_LINE_BYTES = 256 * 1024;

/** So much is parsed before others get their turn (bytes). */
const SLICE_BYTES = 16 * 1024;

const END_OF_LINE = 0x0a;

/** What is told of the lines. */
export interface LineListener {
	onValue(value: unknown): void;
	/** A line that is no JSON; the next one is read. */
	onUnreadable(problem: string): void;
}

/** Reads to the end. Resolves with false when a line was too long, and nothing more is read. */
export async function readLines(input: Readable, { onValue, onUnreadable }: LineListener): Promise<boolean> {
	let pieces: Uint8Array[] = [];
	let size = 0;
	let long: StreamedLine | undefined;

	/** Takes bytes of one line. */
	const take = async (bytes: Buffer) => {
		size += bytes.length;
		pieces.push(bytes);
		if (size <= STREAMED_LINE_BYTES || size > MAX_LINE_BYTES) return;
		const { openStreamedLine } = await import('./streamed-line.js');
		long ??= openStreamedLine();
		for (const piece of pieces.splice(0))
			for (let at = 0; at < piece.length; at += SLICE_BYTES) {
				long.write(piece.subarray(at, at + SLICE_BYTES));
				await setImmediate();
			}
	};
	const parse = (read: () => unknown) => {
		let value: unknown;
		try {
			value = read();
		} catch (error) {
			return onUnreadable((error as Error).message);
		}
		onValue(value);
	};
	const finish = () => {
		const [line, length] = [long, size];
		const bytes = pieces;
		[pieces, size, long] = [[], 0, undefined];
		if (length > 0) parse(() => (line ? line.end() : JSON.parse(Buffer.concat(bytes).toString('utf8'))));
	};

	for await (const chunk of input as AsyncIterable<Buffer>) {
		let from = 0;
		for (let end = chunk.indexOf(END_OF_LINE); end >= 0; end = chunk.indexOf(END_OF_LINE, from)) {
			const start = from;
			from = end + 1;
			if (size === 0) {
				// A whole line, as nearly all are.
				if (end > start) parse(() => JSON.parse(chunk.toString('utf8', start, end)));
				continue;
			}
			await take(chunk.subarray(start, end));
			finish();
		}
		if (from < chunk.length) await take(chunk.subarray(from));
		if (size > MAX_LINE_BYTES) return false;
	}
	return true;
}
