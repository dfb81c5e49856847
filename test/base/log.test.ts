/** Log lines: which levels are written, and that one message is one line. */
import { describe, expect, test } from 'vitest';
import { createLog, type LogLevel } from '../../src/base/log.js';

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

describe('a log', () => {
	test.for(LEVELS)('of level %s writes that level and the graver ones', (maxLevel) => {
		const lines: string[] = [];
		const log = createLog((line) => lines.push(line), maxLevel);
		for (const level of LEVELS) log(level, 'message');
		expect(lines).toEqual(LEVELS.slice(0, LEVELS.indexOf(maxLevel) + 1).map((level) => `${level}: message\n`));
	});

	test('writes a message with line ends and terminal escapes as one plain line', () => {
		const lines: string[] = [];
		createLog((line) => lines.push(line), 'info')('info', 'one\ntwo\u001b[31m');
		expect(lines).toEqual(['info: one two [31m\n']);
	});
});
