/** Lines of a client, however their bytes are cut into pieces. */
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines } from '../../../src/mcp/stdio/lines.js';

/** What a listener hears of these bytes. */
async function read(pieces: Iterable<Buffer>) {
	const values: unknown[] = [];
	const problems: string[] = [];
	const heads: string[] = [];
	await readLines(Readable.from(pieces), {
		onValue: (value) => values.push(value),
		onUnreadable: (problem) => problems.push(problem),
		onTooLong: (head) => heads.push(head),
	});
	return { values, problems, heads };
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const long = { urls: Array.from({ length: 20_000 }, (_, at) => `https://example.com/ä/${at}`) };

describe('lines', () => {
	test('give the same values however they are cut into pieces', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.json(), { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), async (texts, size) => {
				const { values, problems } = await read(cut(Buffer.from(texts.map((text) => `${text}\n`).join('')), size));
				expect({ values, problems }).toEqual({ values: texts.map((text) => JSON.parse(text)), problems: [] });
			}),
			{ numRuns: 200 },
		);
	});

	test('that are not JSON are reported, and the next line is read', async () => {
		const { values, problems } = await read([Buffer.from('nonsense\n\n{"a":1}\r\n')]);
		expect({ values, problems: problems.length }).toEqual({ values: [{ a: 1 }], problems: 1 });
	});

	test('without a line end give no value', async () => {
		expect((await read([Buffer.from('{"a":1}')])).values).toEqual([]);
	});
});

describe('a line that is parsed while it arrives', () => {
	test('gives the same value as one that is parsed at once', async () => {
		const text = JSON.stringify({ ...long, text: '"\\\u2028é😀', numbers: [1, -2.5, 1e21], nothing: null, yes: true });
		const { values } = await read(cut(Buffer.from(`${text}\n{"next":1}\n`), 65_536));
		expect(values).toEqual([JSON.parse(text), { next: 1 }]);
	});

	test('lets the event loop run between its slices', async () => {
		let turns = 0;
		let done = false;
		const otherWork = (async () => {
			for (; !done; turns++) await setImmediate();
		})();
		await read([...cut(Buffer.from(`${JSON.stringify(long)}\n`), 65_536)]);
		done = true;
		await otherWork;
		expect(turns).toBeGreaterThan(5);
	});

	test.for([
		['is broken in the middle', (text: string) => text.replace('/100"', '/100')],
		['ends too early', (text: string) => text.slice(0, -10)],
		['is followed by more', (text: string) => `${text} {"more":1}`],
	] as const)('is reported when it %s, and the next line is read', async ([, damage]) => {
		const { values, problems } = await read(cut(Buffer.from(`${damage(JSON.stringify(long))}\n{"next":1}\n`), 65_536));
		expect({ values, problems: problems.length }).toEqual({ values: [{ next: 1 }], problems: 1 });
	});

	test('does not change what objects inherit', async () => {
		const text = `{"padding":"${'x'.repeat(300_000)}","__proto__":{"urls":["https://example.com/"]}}`;
		const { values } = await read([Buffer.from(`${text}\n`)]);
		expect((values[0] as { urls?: unknown }).urls).toBeUndefined();
	});
});

describe('a line of more than 10 MB', () => {
	test.for([1_000_000, 65_536, 300, 30_000_000])(
		'is skipped to its end, in pieces of %i bytes, and the next line is read',
		async (size) => {
			const long = `{"id":1,"text":"${'x'.repeat(11_000_000)}"}`;
			const { values, problems, heads } = await read(cut(Buffer.from(`{"a":1}\n${long}\n{"next":1}\n`), size));
			expect({ values, problems }).toEqual({ values: [{ a: 1 }, { next: 1 }], problems: [] });
			expect(heads).toEqual([long.slice(0, 1024)]);
		},
	);

	test('is told of before it ends, once', async () => {
		const { values, heads } = await read(cut(Buffer.from('x'.repeat(25_000_000)), 65_536));
		expect({ values, heads: heads.length }).toEqual({ values: [], heads: 1 });
	});
});
