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
		['a file with comments', () => [`--urls=${file('urls.txt', `# pages\n${A}\n#${A}x\n  # end\n${B}`)}`]],
		['a file with the mark of an editor', () => [`--urls=${file('urls.txt', `\uFEFF${A}\n${B}`)}`]],
		['a JSON list', () => [`--urls=${JSON.stringify([A, B])}`]],
		['a list and an item', () => [`--urls=${JSON.stringify([A])}`, `--urls=${B}`]],
		['a file with one item per line', () => [`--urls=${file('urls.txt', `${A}\n\n  ${B}\r\n`)}`]],
		['a file with a JSON list', () => [`--urls=${file('urls.json', JSON.stringify([A, B], null, 2))}`]],
		['a file and an item', () => [`--urls=${file('urls.txt', A)}`, `--urls=${B}`]],
		['an object', () => [JSON.stringify({ urls: [A, B] })]],
		['an object and a key', () => [JSON.stringify({ urls: [A] }), `--urls=${B}`]],
		['a file with an object', () => [file('arguments.json', JSON.stringify({ urls: [A, B] }))]],
	])('from %s', async (_, words) => {
		expect(await purgeArguments(...words())).toEqual({ urls: [A, B] });
	});

	test.each(['', '\uFEFF'])('from the JSON object on standard input, behind the mark %j', async (mark) => {
		const readInput = async () => `${mark}${JSON.stringify({ urls: [A, B] })}\n`;
		expect(await readArguments(['-'], operation('purge_cache'), readInput)).toEqual({ urls: [A, B] });
	});

	test.each(['-', '@-'])('of a list from the lines of standard input, behind %s', async (word) => {
		const readInput = async () => `${A}\n\n# comment\n${B}\n`;
		expect(await readArguments([`--urls=${word}`], operation('purge_cache'), readInput)).toEqual({ urls: [A, B] });
	});

	test('of a list from the JSON list on standard input', async () => {
		const readInput = async () => ` ${JSON.stringify([A, B])}\n`;
		expect(await readArguments(['--urls=-'], operation('purge_cache'), readInput)).toEqual({ urls: [A, B] });
	});

	test('from an object on standard input and from keys around it', async () => {
		const readInput = async () => JSON.stringify({ tags: ['a'] });
		const words = ['--dry_run=true', '-', '--zone=example.com'];
		expect(await readArguments(words, operation('purge_cache'), readInput)).toEqual({
			dry_run: 'true',
			tags: ['a'],
			zone: 'example.com',
		});
	});

	test('that start with # where they can be an item, as a cache tag can', async () => {
		expect(await purgeArguments(`--tags=${file('tags.txt', '#sale\n# sale\nnew')}`)).toEqual({
			tags: ['#sale', 'new'],
		});
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
		['a key that an object gives too', () => [JSON.stringify({ dry_run: true }), '--dry_run=false']],
		['a key that a file with an object gives too', () => ['--dry_run=true', file('a.json', '{"dry_run":false}')]],
		['a list in an object that is no list, and a key', () => [JSON.stringify({ urls: A }), `--urls=${B}`]],
		['a line that starts with { but is not JSON', () => [`--files=${file('files.txt', '{"url":')}`]],
		['a JSON list in place of the arguments', () => [JSON.stringify([A])]],
		['a file with a JSON list in place of the arguments', () => [file('arguments.json', '[]')]],
		['words behind - that are no key', () => ['{}', 'dry_run']],
		['an argument that is no list and is given twice', () => ['--zone=example.com', '--zone=example.net']],
	])('%s', async (_, words) => {
		await expect(purgeArguments(...words())).rejects.toThrow(ConfigError);
	});

	test('standard input that is read twice', async () => {
		const refused = readArguments(['--urls=-', '--tags=@-'], operation('purge_cache'), async () => A);
		await expect(refused).rejects.toThrow(new ConfigError('call: standard input can be read only once'));
	});

	test.each(['', 'secret', '[]', '{"urls":'])('the standard input %j, which it does not repeat', async (input) => {
		const refused = readArguments(['-'], operation('purge_cache'), async () => input);
		await expect(refused).rejects.toThrow(
			new ConfigError('call: the arguments are not a JSON object; a list stands behind its key, such as --urls -'),
		);
	});
});
