/** Tests how the words after `call TOOL` become arguments. */
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/commands/call-arguments.js';
import { ConfigError } from '../../src/errors.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { temporaryFile } from '../support/files.js';

const [A, B] = ['https://example.com/a', 'https://example.com/b'] as const;

/** Writes a file and returns its path as the command takes it. */
const file = (name: string, text: string) => `@${temporaryFile(name, text)}`;
const operation = (tool: string) => OPERATIONS.find(({ name }) => name === tool);
const noInput = () => Promise.reject(new Error('standard input was read'));
const purgeArguments = (...words: string[]) => readArguments(words, operation('purge_cache'), noInput);

describe('call reads arguments', () => {
	test.each<[string, () => string[]]>([
		['a repeated --key=value', () => [`--urls=${A}`, `--urls=${B}`]],
		['a JSON list', () => [`--urls=${JSON.stringify([A, B])}`]],
		['a list and an item', () => [`--urls=${JSON.stringify([A])}`, `--urls=${B}`]],
		['a file with one item per line', () => [`--urls=${file('urls.txt', `${A}\n\n  ${B}\r\n`)}`]],
		['a file with a JSON list', () => [`--urls=${file('urls.json', JSON.stringify([A, B], null, 2))}`]],
		['a file and an item', () => [`--urls=${file('urls.txt', A)}`, `--urls=${B}`]],
		['an object', () => [JSON.stringify({ urls: [A, B] })]],
		['a file with an object', () => [file('arguments.json', JSON.stringify({ urls: [A, B] }))]],
	])('from %s', async (_, words) => {
		expect(await purgeArguments(...words())).toEqual({ urls: [A, B] });
	});

	test.each(['', '\uFEFF'])('from the JSON object on standard input, behind the mark %j', async (mark) => {
		const readInput = async () => `${mark}${JSON.stringify({ urls: [A, B] })}\n`;
		expect(await readArguments(['-'], operation('purge_cache'), readInput)).toEqual({ urls: [A, B] });
	});

	test('as objects from the lines of a file that are JSON objects', async () => {
		const lines = ['{"url":"https://example.com/a","headers":{"Origin":"https://example.net"}}'];
		expect(await purgeArguments(`--files=${file('files.txt', lines.join('\n'))}`)).toEqual({
			files: [JSON.parse(lines[0] ?? '')],
		});
	});

	test('as one text from a file where the argument is no list', async () => {
		const word = `--value=${file('value.json', '{"jpeg":["image/webp"]}\n')}`;
		expect(await readArguments([word], operation('variants_edit'), noInput)).toEqual({
			value: '{"jpeg":["image/webp"]}',
		});
	});

	test('whose value contains =', async () => {
		expect(await purgeArguments('--urls=https://example.com/?a=b')).toEqual({ urls: ['https://example.com/?a=b'] });
	});

	test('as an empty object when there are no words', async () => expect(await purgeArguments()).toEqual({}));

	test('named as a property of every object, such as __proto__, as any other argument', async () => {
		const args = await purgeArguments('--__proto__=a', '--constructor=b');
		expect(Object.entries(args)).toEqual([
			['__proto__', 'a'],
			['constructor', 'b'],
		]);
	});
});

describe('call refuses with a ConfigError', () => {
	test.each<[string, () => string[]]>([
		['words behind an object, such as --dry_run', () => [JSON.stringify({ urls: [A] }), '--dry_run']],
		['words behind a file with an object', () => [file('arguments.json', JSON.stringify({ urls: [A] })), '--dry_run']],
		['a line that starts with { but is not JSON', () => [`--files=${file('files.txt', '{"url":')}`]],
		['a JSON list in place of the arguments', () => [JSON.stringify([A])]],
		['a file with a JSON list in place of the arguments', () => [file('arguments.json', '[]')]],
		['words behind -', () => ['-', '--dry_run=true']],
		['an argument that is no list and is given twice', () => ['--zone=example.com', '--zone=example.net']],
	])('%s', async (_, words) => {
		await expect(purgeArguments(...words())).rejects.toThrow(ConfigError);
	});

	test.each(['', 'secret', '[]', '{"urls":'])('the standard input %j, which it does not repeat', async (input) => {
		const refused = readArguments(['-'], operation('purge_cache'), async () => input);
		await expect(refused).rejects.toThrow(new ConfigError('call: the arguments are not a JSON object'));
	});
});
