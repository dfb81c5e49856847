/** Reads the file of an unfinished call line by line, so that no call is in memory as a text. */
import { read } from 'node:fs';
import { promisify } from 'node:util';

const readAt = promisify(read);
const CHUNK_BYTES = 65_536;
const LINE_FEED = 0x0a;

/** Reads one open file, once. */
export class JournalReader {
	/** Bytes of the lines that were read whole. A crash may have cut off what follows them. */
	wholeBytes = 0;
	private readonly file: number;
	private readonly maxBytes: number;

	/** `file` is an open descriptor. A file of more than `maxBytes` is not read to its end. */
	constructor(file: number, maxBytes: number) {
		this.file = file;
		this.maxBytes = maxBytes;
	}

	/**
	 * Yields the lines without their ends. Text after the last line end is left out. Throws an error without a code when the
	 * file is too large, and the system's error when it cannot be read.
	 */
	async *lines(): AsyncGenerator<string> {
		let begun: Buffer[] = [];
		for (let at = 0; ; ) {
			const { bytesRead, buffer } = await readAt(this.file, Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
			if (bytesRead === 0) return;
			// Counts what is read, whatever the file system says of the size.
			if (at + bytesRead > this.maxBytes) throw new Error('the file is too large');
			let start = 0;
			for (let end = findEnd(buffer, 0, bytesRead); end >= 0; end = findEnd(buffer, start, bytesRead)) {
				const line = Buffer.concat([...begun, buffer.subarray(start, end)]);
				begun = [];
				start = end + 1;
				this.wholeBytes = at + start;
				yield line.toString('utf8');
			}
			if (start < bytesRead) begun.push(buffer.subarray(start, bytesRead));
			at += bytesRead;
		}
	}
}

/** Where the next line ends within the first `size` bytes; -1 where it does not. */
function findEnd(bytes: Buffer, start: number, size: number): number {
	return bytes.subarray(0, size).indexOf(LINE_FEED, start);
}
