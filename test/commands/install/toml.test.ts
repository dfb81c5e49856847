/** Tests edits of TOML: tables are added and lines replaced, and a file that needs more is left to the user. */
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test, vi } from 'vitest';
import { createEntry, type EntryCredential } from '../../../src/commands/install/entry.js';
import { mergeEntry } from '../../../src/commands/install/merge.js';
import { scanStatement } from '../../../src/commands/install/toml-scanner.js';
import { clientOf, expectRefusal, Home, NPX_ARGS } from './home.js';

const codex = clientOf('codex');
const merge = (text: string, credential: EntryCredential = { kind: 'client' }, words: readonly string[] = []) =>
	mergeEntry(codex, createEntry(codex, 'cf-cache', { command: 'npx', args: [...NPX_ARGS, ...words] }, credential), text)
		.text;

const ARGS = `args = [ ${NPX_ARGS.map((word) => JSON.stringify(word)).join(', ')} ]`;
const HEAD = `[mcp_servers.cf-cache]\ncommand = "npx"\n${ARGS}\n`;
const WRITTEN: EntryCredential = { kind: 'written', token: 'abc-0123456789' };

describe('a new entry in a TOML file', () => {
	test.each([
		['an empty file', '', `${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`],
		['a file without a last line end', 'a = 1', `a = 1\n\n${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`],
		['a file of comments', '# a\n', `# a\n\n${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`],
		[
			'a file with a table of servers',
			'[mcp_servers]\nother.command = "x"\n',
			`[mcp_servers]\nother.command = "x"\n\n${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`,
		],
	])('is a table at the end of %s', (_, before, after) => {
		expect(merge(before)).toBe(after);
	});

	test('has the written token in a table of its own', () => {
		expect(merge('', WRITTEN)).toBe(`${HEAD}\n[mcp_servers.cf-cache.env]\nCLOUDFLARE_API_TOKEN = "abc-0123456789"\n`);
	});

	test('escapes quotes, backslashes and control characters', () => {
		const words = ['--token-command', 'a "b c" \\d\u007f'];
		const { mcp_servers } = parse(merge('', { kind: 'command' }, words)) as {
			mcp_servers: { 'cf-cache': { args: string[] } };
		};
		expect(mcp_servers['cf-cache'].args.slice(2)).toEqual(words);
	});

	test('keeps numbers and dates of every kind as they are', () => {
		const text = 'a = 1.0\nb = 9223372036854775807\nc = 1979-05-27T07:32:00Z\nd = nan\ne = -0.0\nf = 0xFF\n';
		expect(merge(text).startsWith(text)).toBe(true);
	});
});

describe('an existing entry in a TOML file', () => {
	test('is changed line by line, and keeps its comments', () => {
		const old = [
			'[mcp_servers."cf-cache"] # mine',
			'# what it runs',
			'args = [',
			'  "old", # one',
			'] # all',
			"command = 'old' # c",
			'startup_timeout_sec = 20',
			'',
			'# the next one',
			'[[list]]',
			'x = 1',
			'',
		].join('\r\n');
		expect(merge(old)).toBe(
			[
				'[mcp_servers."cf-cache"] # mine',
				'# what it runs',
				`${ARGS} # all`,
				'command = "npx" # c',
				'startup_timeout_sec = 20',
				'env_vars = [ "CLOUDFLARE_API_TOKEN" ]',
				'',
				'# the next one',
				'[[list]]',
				'x = 1',
				'',
			].join('\r\n'),
		);
	});

	test.each([
		['and keeps the other names', 'env_vars = ["A"]', 'env_vars = [ "A", "CLOUDFLARE_API_TOKEN" ]'],
		[
			'and changes nothing when it is already listed',
			'env_vars = ["CLOUDFLARE_API_TOKEN", "A"]',
			'env_vars = ["CLOUDFLARE_API_TOKEN", "A"]',
		],
		[
			'and changes nothing when it is listed as a table',
			'env_vars = [{ name = "CLOUDFLARE_API_TOKEN" }]',
			'env_vars = [{ name = "CLOUDFLARE_API_TOKEN" }]',
		],
	])('lists the variable of the token %s', (_, before, after) => {
		expect(merge(`${HEAD}${before}\n`)).toBe(`${HEAD}${after}\n`);
	});

	test.each([
		['in a new table', '', '\n[mcp_servers.cf-cache.env]\nCLOUDFLARE_API_TOKEN = "abc-0123456789"\n'],
		[
			'in its inline table',
			'env = {A = "1"} # e\n',
			'env = { A = "1", CLOUDFLARE_API_TOKEN = "abc-0123456789" } # e\n',
		],
		[
			'in its table',
			'[mcp_servers.cf-cache.env]\nA = "1" # a\n',
			'[mcp_servers.cf-cache.env]\nA = "1" # a\nCLOUDFLARE_API_TOKEN = "abc-0123456789"\n',
		],
		[
			'in place of another',
			'env.CLOUDFLARE_API_TOKEN = "x" # t\n',
			'env.CLOUDFLARE_API_TOKEN = "abc-0123456789" # t\n',
		],
	])('gets the token %s', (_, before, after) => {
		const rest = '\n[tui]\nx = 1\n';
		expect(merge(`${HEAD}${before}${rest}`, WRITTEN)).toBe(`${HEAD}${after}${rest}`);
	});

	test.each([
		['an inline table', '[mcp_servers]\ncf-cache = { command = "x" }\n'],
		['dotted keys', 'mcp_servers.cf-cache.command = "x"\n'],
		['dotted keys of the servers', '[mcp_servers]\ncf-cache.command = "x"\n'],
		['only the table of its variables', '[mcp_servers.cf-cache.env]\nA = "1"\n'],
		['missing, and the servers are an inline table', 'mcp_servers = { other = { command = "x" } }\n'],
	])('stays as it is and is printed for the user when it is %s', async (_, text) => {
		const home = new Home();
		const file = home.put('codex', text);
		const result = await home.install('codex', ['--read-only']);
		expectRefusal(result, 'Add this entry by hand:');
		expect(result.text).toContain(ARGS.replace(' ]', ', "--read-only" ]'));
		expect(home.files()).toEqual({ [file]: text });
	});

	test.each([
		['a list of tables', '[[mcp_servers.cf-cache]]\ncommand = "x"\n', 'as mcp_servers.cf-cache (line 1, column 1)'],
		['a text', 'a = 1\nmcp_servers = "x"\n', 'as mcp_servers (line 2, column 1)'],
		['an entry with a list as env', `${HEAD}env = []\n`, 'as mcp_servers.cf-cache.env (line 4, column 1)'],
		[
			'a remote server',
			'[mcp_servers.cf-cache]\nurl = "x"\n',
			'has cf-cache as a remote server; remove that entry first',
		],
	])('is refused when it is %s', (_, text, why) => {
		expect(() => merge(text)).toThrow(why);
	});
});

describe('a TOML file of any form', () => {
	const server = (rest: string) => `[mcp_servers.cf-cache]\ncommand = "old"\n${rest}`;

	test.each([
		[
			'a list over lines with comments and brackets in texts',
			'x = [ # ]\n  "]", \'[\', # "\n  [1, {a = "}"}],\n] # end\n',
		],
		['texts over lines', 'x = """\n[a]\n\\""" # " ""\n"""\ny = \'\'\'\n[b] # \'\'\'\'\nz = """"quoted""""\n'],
		['keys in quotes with = and #', '"a = #" = 1\n\'b = [\' = 2\na . "c.d" = 3\n'],
		['empty texts and lists', 'x = ""\ny = \'\'\nz = []\nw = {}\nv = """"""\n'],
	])('keeps %s', (_, rest) => {
		const merged = merge(server(rest));
		expect(merged).toContain(rest);
		expect(parse(merged)).toMatchObject({ mcp_servers: { 'cf-cache': { command: 'npx', args: NPX_ARGS } } });
	});

	test('keeps any values, and changes only the entry', () => {
		const text = fc.string({ unit: fc.constantFrom('"', "'", '\\', '#', '[', ']', '{', '}', '=', '\n', 'a', ' ') });
		const value = fc.oneof(text, fc.array(text), fc.integer(), fc.record({ [`k${0}`]: text }));
		fc.assert(
			fc.property(fc.dictionary(text, value), fc.dictionary(text, value), (first, second) => {
				const others = { first: { ...first }, mcp_servers: { 'cf-cache': { command: 'old' } }, second: { ...second } };
				fc.pre(!JSON.stringify(others).includes('__proto__'));
				const merged = parse(merge(stringify(others)));
				expect(merged).toEqual({
					...parse(stringify(others)),
					mcp_servers: { 'cf-cache': { command: 'npx', args: NPX_ARGS, env_vars: ['CLOUDFLARE_API_TOKEN'] } },
				});
			}),
		);
	});

	test('is scanned once, however many lines a list has', () => {
		const list = Array.from({ length: 20_000 }, (_, number) => `  "line ${number}", # [`);
		const text = `list = [\n${list.join('\n')}\n]\n`;
		const { keyEnd, valueEnd, end } = scanStatement(text, 0);
		expect([text.slice(0, keyEnd), text.slice(valueEnd), end]).toEqual(['list ', '\n', text.length]);
		const executed = vi.spyOn(RegExp.prototype, 'exec');
		scanStatement(text, 0);
		// Six tokens a line: blank, text, comma, blank, comment, line end.
		expect(executed.mock.calls.length).toBeLessThan(6 * list.length + 20);
		executed.mockRestore();
	});

	test.each([
		['dotted keys', `${Array(3_000).fill('a').join('.')} = 1\n`],
		['a table', `[${Array(3_000).fill('a').join('.')}]\n`],
		['lists', `a = ${'['.repeat(3_000)}${']'.repeat(3_000)}\n`],
	])('is refused when %s are nested too deeply to be read', async (_, text) => {
		const home = new Home();
		const file = home.put('codex', text);
		expectRefusal(await home.install('codex'), /cannot be read: it is nested over 100 levels deep|is not valid TOML/);
		expect(home.files()).toEqual({ [file]: text });
	});
});
