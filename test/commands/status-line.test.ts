/** Tests the line that shows on a terminal how far a call is. */
import { describe, expect, test } from 'vitest';
import { StatusLine } from '../../src/commands/status-line.js';
import { createManualClock } from '../support/clock.js';

const ERASE = '\r\u001b[K';

/** A status line on a terminal that keeps what is written. */
function open(columns?: number) {
	const clock = createManualClock();
	const written: string[] = [];
	const terminal = { write: (text: string) => written.push(text), ...(columns !== undefined && { columns }) };
	const line = new StatusLine(terminal, clock);
	return { clock, line, written, last: () => written.at(-1) };
}

describe('The status line', () => {
	test('is not drawn in the first second, and leaves nothing behind', async () => {
		const { clock, line, written } = open();
		line.start();
		line.progress(50, 100, '', 3);
		await clock.run(999);
		line.stop();
		expect(written).toEqual([]);
	});

	test('tells how long a call waits that says nothing of itself', async () => {
		const { clock, line, last } = open();
		line.start();
		await clock.run(1_000);
		expect(last()).toBe(`${ERASE}Waiting for an answer: 1 s`);
		await clock.run(12_600);
		expect(last()).toBe(`${ERASE}Waiting for an answer: 12 s`);
	});

	test('tells items, their rate and the time left, which runs down between two notes', async () => {
		const { clock, line, last } = open();
		line.start();
		line.progress(0, 20_000, '', 14);
		await clock.run(2_000);
		line.progress(4_300, 20_000, '', 8);
		await clock.run(2_500);
		expect(last()).toBe(`${ERASE}4,300 of 20,000 items · 2,150/s · about 8 s left`);
		await clock.run(4_000);
		expect(last()).toBe(`${ERASE}4,300 of 20,000 items · 2,150/s · about 6 s left`);
		await clock.run(12_000);
		expect(last()).toBe(`${ERASE}4,300 of 20,000 items · 2,150/s`);
	});

	test('is one line: each drawing erases the one before, and the end erases the last', async () => {
		const { clock, line, written, last } = open();
		line.start();
		await clock.run(3_000);
		line.stop();
		expect(last()).toBe(ERASE);
		expect(written.every((text) => text.startsWith(ERASE) && !text.includes('\n'))).toBe(true);
		const drawn = written.length;
		await clock.run(9_000);
		expect(written).toHaveLength(drawn);
	});

	test('takes a width of 0, which some terminals tell, for the usual one', async () => {
		const { clock, line, last } = open(0);
		line.start();
		await clock.run(1_000);
		expect(last()).toBe(`${ERASE}Waiting for an answer: 1 s`);
	});

	test.each([[20], [40]])('is shorter than the %d columns of its terminal', async (columns) => {
		const { clock, line, last } = open(columns);
		line.start();
		line.progress(0, 100_000, '', 9_999);
		await clock.run(1_000);
		line.progress(50_000, 100_000, '', 9_999);
		await clock.run(1_500);
		expect(last()?.slice(ERASE.length).length).toBe(columns - 1);
	});

	test('leaves the terminal to a question, and comes back a second after it', async () => {
		const { clock, line, written, last } = open();
		line.start();
		await clock.run(2_000);
		const asked = line.without(async () => {
			expect(last()).toBe(ERASE);
			const drawn = written.length;
			await clock.run(10_000);
			expect(written).toHaveLength(drawn);
		});
		await asked;
		await clock.run(10_999);
		expect(last()).toBe(ERASE);
		await clock.run(11_000);
		expect(last()).toBe(`${ERASE}Waiting for an answer: 1 s`);
	});
});
