/** JSON with comments: what is added looks as if the file's owner had written it, and nothing else moves. */
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { createEntry } from '../../../src/commands/install/entry.js';
import { JSON_FORMAT } from '../../../src/commands/install/json.js';
import { mergeEntry } from '../../../src/commands/install/merge.js';
import { clientOf } from './machine.js';

const ENTRY = ['mcpServers', 'cf-cache'];
const add = (text: string, value: unknown = { a: [1] }) => JSON_FORMAT.edit(text, [{ at: ENTRY, value }], ENTRY);
const cursor = clientOf('cursor');
const merge = (text: string, words: readonly string[] = []) =>
	mergeEntry(cursor, createEntry(cursor, words, { kind: 'none' }, 'linux'), text).text;

describe('an entry', () => {
	test.each([
		['nothing', '', '{\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}\n'],
		['{}', '{}', '{\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}'],
		['one line', '{"x":1}', '{"x":1, "mcpServers": { "cf-cache": { "a": [1] } }}'],
		[
			'servers on one line',
			'{\n  "mcpServers": { "x": {} }\n}',
			'{\n  "mcpServers": { "x": {}, "cf-cache": { "a": [1] } }\n}',
		],
		[
			'no servers',
			'{\n    "mcpServers": {}\n}\n',
			'{\n    "mcpServers": {\n        "cf-cache": {\n            "a": [\n                1\n            ]\n        }\n    }\n}\n',
		],
		[
			'a comment in place of servers',
			'{\n\t"mcpServers": {\n\t\t// none yet\n\t}\n}',
			'{\n\t"mcpServers": {\n\t\t// none yet\n\t\t"cf-cache": {\n\t\t\t"a": [\n\t\t\t\t1\n\t\t\t]\n\t\t}\n\t}\n}',
		],
		[
			'a trailing comma',
			'{\n  "mcpServers": {\n    "x": {}, // x\n  },\n}',
			'{\n  "mcpServers": {\n    "x": {}, // x\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    },\n  },\n}',
		],
		['a comment with a comma', '{"x":1 /* , */}', '{"x":1, "mcpServers": { "cf-cache": { "a": [1] } } /* , */}'],
		['a trailing comma on one line', '{"x":1,}', '{"x":1, "mcpServers": { "cf-cache": { "a": [1] } }}'],
		[
			'a brace behind the last value',
			'{\n  "x": 1}',
			'{\n  "x": 1,\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}',
		],
		[
			'only a comment',
			'// mine',
			'// mine\n{\n  "mcpServers": {\n    "cf-cache": {\n      "a": [\n        1\n      ]\n    }\n  }\n}\n',
		],
	])('is added to %s', (_, before, after) => {
		expect(add(before)).toBe(after);
	});

	test('that is there is changed value by value, in its own layout', () => {
		const text = '{"mcpServers": {\n "cf-cache": { "args": ["a","b"], /* c */ "command":"x" , "t": 1}}}';
		expect(merge(text, ['--read-only'])).toBe(
			'{"mcpServers": {\n "cf-cache": { "args": ["-y", "cloudflare-cache-mcp", "--read-only"], /* c */ "command":"npx" , "t": 1}}}',
		);
	});

	test.each([
		[
			'servers given twice',
			'{"mcpServers": {}, "mcpServers": {"x": {}}}',
			'is written in a way that is not changed here',
		],
		['a list', '\n [1]', 'has something else than an object as its content (line 2, column 2)'],
		['a word', '"x"', 'as its content (line 1, column 1)'],
		['null', '{\n  "mcpServers": null\n}', 'as mcpServers (line 2, column 17)'],
		['a text as the entry', '{"mcpServers": {"cf-cache": "x"}}', 'as mcpServers.cf-cache (line 1, column 29)'],
		['a list as env', '{"mcpServers": {"cf-cache": {"env": []}}}', 'as mcpServers.cf-cache.env (line 1, column 37)'],
		['a server at an address', '{"mcpServers": {"cf-cache": {"url": "x"}}}', 'as a server at an address'],
		['two values', '{} {}', 'is not valid JSON at line 1, column 4 (end of file expected)'],
		['a missing colon', '{\n\t"x" 1}', 'is not valid JSON at line 2, column 6 (colon expected)'],
	])('is not added to %s', (_, text, why) => {
		expect(() => merge(text)).toThrow(why);
	});

	test('is added to any JSON, however it is laid out, and nothing else changes', () => {
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
