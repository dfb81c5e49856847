/** Log lines: which levels are written, and that one message is one line. */
import { describe, expect, test } from 'vitest';
import { createLog, type LogLevel } from '../../src/base/log.js';
import { Redactor } from '../../src/base/redact.js';

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** A log of this level that knows a secret, and the lines it writes. */
function logged(maxLevel: LogLevel) {
	const lines: string[] = [];
	const redactor = new Redactor();
	redactor.add('my-long-password');
	const write = (line: string) => void lines.push(line);
	return { lines, log: createLog({ write, maxLevel, toOutput: redactor.toOutput }) };
}

describe('a log', () => {
	test.for(LEVELS)('of level %s writes that level and the graver ones', (maxLevel) => {
		const { lines, log } = logged(maxLevel);
		for (const level of LEVELS) log(level, 'message');
		expect(lines).toEqual(LEVELS.slice(0, LEVELS.indexOf(maxLevel) + 1).map((level) => `${level}: message\n`));
	});

	test('writes a message with line ends and terminal escapes as one plain line', () => {
		const { lines, log } = logged('info');
		log('info', 'one\ntwo\u001b[31m');
		expect(lines).toEqual(['info: one two [31m\n']);
	});

	test('cuts a long line', () => {
		const { lines, log } = logged('info');
		log('info', 'x'.repeat(5_000));
		expect(lines).toEqual([`info: ${'x'.repeat(1_999)}…\n`]);
	});

	test('removes a secret before it cuts the line, wherever the cut is', () => {
		const { lines, log } = logged('info');
		for (let at = 1_980; at <= 2_000; at++) log('info', `${'x'.repeat(at)}my-long-password, ${'y'.repeat(100)}`);
		expect(lines.join('')).not.toMatch(/my-|long|pass/);
	});

	test('removes a secret that line ends cut in pieces', () => {
		const { lines, log } = logged('info');
		log('info', 'my-long\n-password');
		expect(lines).toEqual(['info: [secret]\n']);
	});
});
