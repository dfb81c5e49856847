/** TOML: tables are added and lines replaced, and what cannot be changed line by line is left to the person. */
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { createEntry, type EntryCredential } from '../../../src/commands/install/entry.js';
import { mergeEntry } from '../../../src/commands/install/merge.js';
import { clientOf, createHome, expectRefusal } from './machine.js';

const codex = clientOf('codex');
const merge = (text: string, credential: EntryCredential = { kind: 'client' }, words: readonly string[] = []) =>
	mergeEntry(codex, createEntry(codex, words, credential, 'linux'), text).text;

const ARGS = 'args = [ "-y", "cloudflare-cache-mcp" ]';
const HEAD = `[mcp_servers.cf-cache]\ncommand = "npx"\n${ARGS}\n`;
const WRITTEN: EntryCredential = { kind: 'written', token: 'abc-0123456789' };

describe('a new entry', () => {
	test.each([
		['nothing', '', `${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`],
		['a file without a last line end', 'a = 1', `a = 1\n\n${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`],
		['comments', '# a\n', `# a\n\n${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`],
		[
			'the table of servers',
			'[mcp_servers]\nother.command = "x"\n',
			`[mcp_servers]\nother.command = "x"\n\n${HEAD}env_vars = [ "CLOUDFLARE_API_TOKEN" ]\n`,
		],
	])('is a table behind %s', (_, before, after) => {
		expect(merge(before)).toBe(after);
	});

	test('has the token in a table of its own', () => {
		expect(merge('', WRITTEN)).toBe(`${HEAD}\n[mcp_servers.cf-cache.env]\nCLOUDFLARE_API_TOKEN = "abc-0123456789"\n`);
	});

	test('writes words with quotes and backslashes as TOML does', () => {
		const words = ['--token-command', 'a "b c" \\d\u007f'];
		const { mcp_servers } = parse(merge('', { kind: 'command' }, words)) as {
			mcp_servers: { 'cf-cache': { args: string[] } };
		};
		expect(mcp_servers['cf-cache'].args.slice(2)).toEqual(words);
	});

	test('leaves numbers and dates of every kind as they are', () => {
		const text = 'a = 1.0\nb = 9223372036854775807\nc = 1979-05-27T07:32:00Z\nd = nan\ne = -0.0\nf = 0xFF\n';
		expect(merge(text).startsWith(text)).toBe(true);
	});
});

describe('an entry that is there', () => {
	test('is changed line by line, between its comments', () => {
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
		['beside others', 'env_vars = ["A"]', 'env_vars = [ "A", "CLOUDFLARE_API_TOKEN" ]'],
		['as it is', 'env_vars = ["CLOUDFLARE_API_TOKEN", "A"]', 'env_vars = ["CLOUDFLARE_API_TOKEN", "A"]'],
		[
			'by its long form',
			'env_vars = [{ name = "CLOUDFLARE_API_TOKEN" }]',
			'env_vars = [{ name = "CLOUDFLARE_API_TOKEN" }]',
		],
	])('names the token %s', (_, before, after) => {
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
		['only its inner table', '[mcp_servers.cf-cache.env]\nA = "1"\n'],
		['nothing, while the servers are an inline table', 'mcp_servers = { other = { command = "x" } }\n'],
	])('is shown to be written by hand when it is %s', async (_, text) => {
		const home = createHome();
		const file = home.put('codex', text);
		const result = await home.install('codex', ['--read-only']);
		expectRefusal(result, 'Write this into it by hand:');
		expect(result.text).toContain('args = [ "-y", "cloudflare-cache-mcp", "--read-only" ]');
		expect(home.files()).toEqual({ [file]: text });
	});

	test.each([
		['a list of tables', '[[mcp_servers.cf-cache]]\ncommand = "x"\n', 'as mcp_servers.cf-cache (line 1, column 1)'],
		['a text', 'a = 1\nmcp_servers = "x"\n', 'as mcp_servers (line 2, column 1)'],
		['a list as env', `${HEAD}env = []\n`, 'as mcp_servers.cf-cache.env (line 4, column 1)'],
		['a server at an address', '[mcp_servers.cf-cache]\nurl = "x"\n', 'as a server at an address'],
	])('is not changed when it is %s', (_, text, why) => {
		expect(() => merge(text)).toThrow(why);
	});
});
