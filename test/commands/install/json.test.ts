/** Tests edits of JSON with comments: the entry takes the layout of the file, and nothing else changes. */
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { createEntry } from '../../../src/commands/install/entry.js';
import { JSON_FORMAT } from '../../../src/commands/install/json.js';
import { mergeEntry } from '../../../src/commands/install/merge.js';
import { clientOf } from './home.js';

const ENTRY = ['mcpServers', 'cf-cache'];
const add = (text: string, value: unknown = { a: [1] }) => JSON_FORMAT.edit(text, [{ at: ENTRY, value }], ENTRY);
const cursor = clientOf('cursor');
const merge = (text: string, words: readonly string[] = []) =>
	mergeEntry(cursor, createEntry(cursor, 'cf-cache', { command: 'npx', args: words }, { kind: 'none' }), text).text;

describe('the entry in a JSON file', () => {
	test.each([
		['an empty file', '', '{\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}\n'],
		[
			'an empty object',
			'{}',
			'{\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}',
		],
		['an object on one line', '{"x":1}', '{"x":1, "mcpServers": { "cf-cache": { "a": [1] } }}'],
		[
			'a file with servers on one line',
			'{\n  "mcpServers": { "x": {} }\n}',
			'{\n  "mcpServers": { "x": {}, "cf-cache": { "a": [1] } }\n}',
		],
		[
			'a file with an empty object of servers',
			'{\n    "mcpServers": {}\n}\n',
			'{\n    "mcpServers": {\n        "cf-cache": {\n            "a": [\n                1\n            ]\n        }\n    }\n}\n',
		],
		[
			'a file with a comment in place of servers',
			'{\n\t"mcpServers": {\n\t\t// none yet\n\t}\n}',
			'{\n\t"mcpServers": {\n\t\t// none yet\n\t\t"cf-cache": {\n\t\t\t"a": [\n\t\t\t\t1\n\t\t\t]\n\t\t}\n\t}\n}',
		],
		[
			'a file with a trailing comma',
			'{\n  "mcpServers": {\n    "x": {}, // x\n  },\n}',
			'{\n  "mcpServers": {\n    "x": {}, // x\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    },\n  },\n}',
		],
		[
			'a file with a comma in a comment',
			'{"x":1 /* , */}',
			'{"x":1, "mcpServers": { "cf-cache": { "a": [1] } } /* , */}',
		],
		['an object on one line with a trailing comma', '{"x":1,}', '{"x":1, "mcpServers": { "cf-cache": { "a": [1] } }}'],
		[
			'a file with a brace right behind the last value',
			'{\n  "x": 1}',
			'{\n  "x": 1,\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}',
		],
		[
			'a file with only a comment',
			'// mine',
			'// mine\n{\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}\n',
		],
	])('is added to %s', (_, before, after) => {
		expect(add(before)).toBe(after);
	});

	test('is updated value by value in its own layout', () => {
		const text = '{"mcpServers": {\n "cf-cache": { "args": ["a","b"], /* c */ "command":"x" , "t": 1}}}';
		expect(merge(text, ['--read-only'])).toBe(
			'{"mcpServers": {\n "cf-cache": { "args": ["--read-only"], /* c */ "command":"npx" , "t": 1}}}',
		);
	});

	test.each([
		['servers given twice', '{"mcpServers": {}, "mcpServers": {"x": {}}}', 'has a form that this command cannot edit'],
		['a list in place of an object', '\n [1]', 'has something other than an object as its content (line 2, column 2)'],
		['a text in place of an object', '"x"', 'as its content (line 1, column 1)'],
		['null in place of the servers', '{\n  "mcpServers": null\n}', 'as mcpServers (line 2, column 17)'],
		['a text as the entry', '{"mcpServers": {"cf-cache": "x"}}', 'as mcpServers.cf-cache (line 1, column 29)'],
		['a list as env', '{"mcpServers": {"cf-cache": {"env": []}}}', 'as mcpServers.cf-cache.env (line 1, column 37)'],
		[
			'a remote server',
			'{"mcpServers": {"cf-cache": {"url": "x"}}}',
			'has cf-cache as a remote server; remove that entry first',
		],
		['20,000 lists', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'cannot be read: it is nested over 100 levels deep'],
		[
			'20,000 objects',
			`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
			'cannot be read: it is nested over 100 levels deep',
		],
		[
			'101 levels beside the servers',
			`{"mcpServers": {}, "a": ${'['.repeat(100)}${']'.repeat(100)}}`,
			'cannot be read: it is nested over 100 levels deep',
		],
		['two documents', '{} {}', 'is not valid JSON at line 1, column 4 (end of file expected)'],
		['a missing colon', '{\n\t"x" 1}', 'is not valid JSON at line 2, column 6 (colon expected)'],
	])('is not added to a file with %s', (_, text, why) => {
		expect(() => merge(text)).toThrow(why);
	});

	test('is added to any JSON in any layout, and nothing else changes', () => {
		const layout = fc.constantFrom<string | number>('', 1, 2, 3, 4, '\t');
		const servers = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
		const rest = fc.dictionary(
			fc.string().filter((key) => !/^(__proto__|mcpServers)$/.test(key)),
			fc.jsonValue(),
			{ maxKeys: 3 },
		);
		fc.assert(
			fc.property(rest, fc.option(servers), layout, fc.boolean(), (others, mcpServers, indent, crlf) => {
				const value = { ...others, ...(mcpServers && { mcpServers }) };
				const text = JSON.stringify(value, null, indent).replaceAll('\n', crlf ? '\r\n' : '\n');
				fc.pre(!text.includes('"__proto__"') && !text.includes('"cf-cache"'));
				const merged = JSON.parse(merge(text));
				expect(Object.keys(merged.mcpServers)).toContain('cf-cache');
				delete merged.mcpServers['cf-cache'];
				expect(merged).toEqual(JSON.parse(JSON.stringify({ ...value, mcpServers: mcpServers ?? {} })));
				expect(parse(text)).toEqual(JSON.parse(text));
			}),
		);
	});
});
