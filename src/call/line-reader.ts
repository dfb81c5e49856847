/** Reads a file line by line, within limits that hold for what is read, whatever the file system says of its size. */
import type { FileHandle } from 'node:fs/promises';
import { InputError } from '../errors.js';
import { formatNumber } from '../operations/wording.js';

/** Room for 100,000 URLs, the limit of a call, of 250 characters. */
const MAX_FILE_BYTES = 24 * 1024 * 1024;
/** Cloudflare's limit of a URL, which is the longest line that can be of use. */
const MAX_LINE_BYTES = 32_768;
const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Yields the lines of each chunk without their line feeds. Throws an InputError beyond the limits. */
export async function* readLines(file: FileHandle): AsyncGenerator<readonly Buffer[]> {
	const { size } = await file.stat();
	if (size > MAX_FILE_BYTES) throw tooLarge();
	let before = 0;
	let total = 0;
	let rest: Buffer = Buffer.alloc(0);
	for (;;) {
		const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
		if (bytesRead === 0) break;
		total += bytesRead;
		if (total > MAX_FILE_BYTES) throw tooLarge();
		const lines = splitLines(Buffer.concat([rest, buffer.subarray(0, bytesRead)]));
		const tooLong = lines.findIndex(({ length }) => length > MAX_LINE_BYTES);
		if (tooLong >= 0) throw lineTooLong(before + tooLong + 1);
		rest = lines.pop() ?? rest;
		before += lines.length;
		yield lines;
	}
	yield [rest];
}

/** The lines of some bytes. The last one may go on in the next chunk. */
function splitLines(bytes: Buffer): Buffer[] {
	const lines: Buffer[] = [];
	let start = 0;
	for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
		lines.push(bytes.subarray(start, end));
		start = end + 1;
	}
	lines.push(bytes.subarray(start));
	return lines;
}

function tooLarge(): InputError {
	return new InputError('The file is larger than 24 MB.', { advice: 'Split it, or purge by prefix, host or tag.' });
}

function lineTooLong(number: number): InputError {
	return new InputError(`Line ${number} is longer than ${formatNumber(MAX_LINE_BYTES)} bytes.`, {
		advice: 'Write one URL per line.',
	});
}
