/** Tests edits of TOML: tables are added and lines replaced, and a file that needs more is left to the user. */
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { createEntry, type EntryCredential } from '../../../src/commands/install/entry.js';
import { mergeEntry } from '../../../src/commands/install/merge.js';
import { clientOf, expectRefusal, Home } from './home.js';

const codex = clientOf('codex');
const merge = (text: string, credential: EntryCredential = { kind: 'client' }, words: readonly string[] = []) =>
	mergeEntry(codex, createEntry(codex, words, credential, 'linux'), text).text;

const ARGS = 'args = [ "-y", "cloudflare-cache-mcp" ]';
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
		expect(result.text).toContain('args = [ "-y", "cloudflare-cache-mcp", "--read-only" ]');
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
