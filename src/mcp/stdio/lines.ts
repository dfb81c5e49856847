/** Reads JSON values from bytes, one a line, within a bound of memory. Parses a long line while it arrives. */
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { StreamedLine } from './streamed-line.js';

/** Longest line that is read. A longer one is no call: all limits of the tools together stay below it. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
/** A line longer than this is parsed while it arrives. */
const STREAMED_LINE_BYTES = 256 * 1024;
/** How much is kept of a line that is too long: its id is nearly always there. */
const HEAD_BYTES = 1024;
/** The event loop runs after each slice of a streamed line, so that other calls go on. */
const SLICE_BYTES = 16 * 1024;

const END_OF_LINE = 0x0a;

/** Receives what the lines hold. */
export interface LineListener {
	onValue(value: unknown): void;
	/** Hears why a line is not JSON. The next line is read all the same. */
	onUnreadable(problem: string): void;
	/** Hears how a line of more than 10 MB begins. Its rest is skipped, and the next line is read. */
	onTooLong(head: string): void;
}

/** Reads to the end. */
export async function readLines(input: Readable, listener: LineListener): Promise<void> {
	const reader = new LineReader(listener);
	for await (const chunk of input as AsyncIterable<Buffer>) await reader.read(chunk);
}

/** Puts lines together from the chunks that they arrive in. */
class LineReader {
	private readonly listener: LineListener;
	/** What has arrived of the line that is not yet complete, unless it is streamed. */
	private pieces: Buffer[] = [];
	private size = 0;
	private head = '';
	private streamed: StreamedLine | undefined;

	constructor(listener: LineListener) {
		this.listener = listener;
	}

	/** Reads the lines that end in a chunk, and keeps what follows them. */
	async read(chunk: Buffer): Promise<void> {
		let from = 0;
		for (let end = chunk.indexOf(END_OF_LINE); end >= 0; end = chunk.indexOf(END_OF_LINE, from)) {
			const line = chunk.subarray(from, end);
			from = end + 1;
			if (this.size === 0 && line.length <= MAX_LINE_BYTES) {
				// The whole line lies in this chunk, as nearly all do.
				if (line.length > 0) this.parse(() => JSON.parse(line.toString('utf8')));
				continue;
			}
			await this.append(line);
			this.finish();
		}
		if (from < chunk.length) await this.append(chunk.subarray(from));
	}

	private async append(bytes: Buffer): Promise<void> {
		const wasRead = this.size <= MAX_LINE_BYTES;
		this.size += bytes.length;
		if (wasRead) this.pieces.push(bytes);
		if (this.size <= STREAMED_LINE_BYTES) return;
		if (wasRead && !this.streamed) this.head = Buffer.concat(this.pieces).toString('utf8', 0, HEAD_BYTES);
		if (this.size <= MAX_LINE_BYTES) await this.stream();
		else if (wasRead) {
			[this.pieces, this.streamed] = [[], undefined];
			this.listener.onTooLong(this.head);
		}
	}

	private async stream(): Promise<void> {
		const { openStreamedLine } = await import('./streamed-line.js');
		this.streamed ??= openStreamedLine();
		for (const piece of this.pieces.splice(0))
			for (let at = 0; at < piece.length; at += SLICE_BYTES) {
				this.streamed.write(piece.subarray(at, at + SLICE_BYTES));
				await setImmediate();
			}
	}

	private finish(): void {
		const { streamed, pieces, size } = this;
		[this.pieces, this.size, this.streamed] = [[], 0, undefined];
		if (size > MAX_LINE_BYTES) return;
		this.parse(() => (streamed ? streamed.end() : JSON.parse(Buffer.concat(pieces).toString('utf8'))));
	}

	private parse(read: () => unknown): void {
		let value: unknown;
		try {
			value = read();
		} catch (error) {
			this.listener.onUnreadable(error instanceof Error ? error.message : String(error));
			return;
		}
		this.listener.onValue(value);
	}
}
