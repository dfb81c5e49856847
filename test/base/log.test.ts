/** Log lines: which levels are written, and that one message is one line. */
import { describe, expect, test } from 'vitest';
import { createLog, type LogFormat, type LogLevel } from '../../src/base/log.js';
import { Redactor } from '../../src/base/redact.js';

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** A log of this level that knows a secret, and the lines it writes. */
function logged(maxLevel: LogLevel, format: LogFormat = 'text') {
	const lines: string[] = [];
	const redactor = new Redactor();
	redactor.add('my-long-password');
	const write = (line: string) => void lines.push(line);
	return { lines, log: createLog({ write, maxLevel, format, now: () => 0, toOutput: redactor.toOutput }) };
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

	test('writes facts behind the message, and quotes those with blanks', () => {
		const { lines, log } = logged('debug');
		log('debug', 'request', {
			path: '/zones?name=a.example',
			status: null,
			ms: 3,
			gone: undefined,
			error: 'Too "late"',
		});
		expect(lines).toEqual([`debug: request path="/zones?name=a.example" status=null ms=3 error="Too 'late'"\n`]);
	});
});

describe('a log in JSON', () => {
	test('writes one object a line, with time, level, message and facts', () => {
		const { lines, log } = logged('debug', 'json');
		log('debug', 'request\nof\u001b[31m', { status: 200, error: undefined, cf_ray: null });
		expect(lines).toEqual([
			'{"time":"1970-01-01T00:00:00.000Z","level":"debug","message":"request of [31m","status":200,"cf_ray":null}\n',
		]);
	});

	test.for(['x', '"', '\\', '\u{1f600}'])('writes a long line of %j as JSON of at most 2,000 characters', (unit) => {
		const { lines, log } = logged('info', 'json');
		log('info', unit.repeat(9_000), { error: unit.repeat(9_000), path: unit.repeat(9_000) });
		const [line = ''] = lines;
		expect(line.length).toBeGreaterThan(900);
		expect(line.length).toBeLessThanOrEqual(2_001);
		expect(JSON.parse(line)).toMatchObject({ level: 'info', error: expect.stringContaining('…') });
	});

	test('removes secrets from facts, also from their names, before it cuts them', () => {
		const { lines, log } = logged('info', 'json');
		log('info', 'my-long-password', {
			'my-long-password': 'my-long-password',
			error: `${'x'.repeat(1_990)}my-long-password`,
		});
		expect(lines.join('')).not.toMatch(/my-|long|pass/);
	});
});
