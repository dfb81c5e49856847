/** The file of an unfinished call is read in pieces, and never further than the largest call reaches. */
import { closeSync, openSync } from 'node:fs';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { JournalReader } from '../../../src/state/disk/journal-reader.js';
import { temporaryFile } from '../../support/files.js';

function openReader(path: string, maxBytes = 1_000_000): JournalReader {
	const file = openSync(path, 'r');
	onTestFinished(() => closeSync(file));
	return new JournalReader(file, maxBytes);
}

async function readAll(reader: JournalReader): Promise<string[]> {
	const lines: string[] = [];
	for await (const line of reader.lines()) lines.push(line);
	return lines;
}

const line = fc
	.tuple(fc.constantFrom('a', 'ü', '€', '😀', ''), fc.constantFrom(1, 3, 20_000, 65_535, 65_536, 70_000))
	.map(([text, times]) => text.repeat(times));

test('gives the lines that were written, without a last one that has no end, whatever their length', () =>
	fc.assert(
		fc.asyncProperty(fc.array(line, { maxLength: 5 }), line, async (lines, torn) => {
			const whole = lines.map((one) => `${one}\n`).join('');
			const reader = openReader(temporaryFile('journal', whole + torn), 2_000_000);
			expect(await readAll(reader)).toEqual(lines);
			expect(reader.wholeBytes).toBe(Buffer.byteLength(whole));
		}),
		{ numRuns: 30 },
	));

test('stops at the limit, also in a file that has no end and one line, such as /dev/zero', async () => {
	await expect(readAll(openReader('/dev/zero', 300_000))).rejects.toThrow('the file is too large');
	const path = temporaryFile('journal', 'line\n'.repeat(100));
	await expect(readAll(openReader(path, 499))).rejects.toThrow('the file is too large');
	expect(await readAll(openReader(path, 500))).toHaveLength(100);
});
