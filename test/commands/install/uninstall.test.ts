/** Tests that `uninstall` removes the entry, and nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { createEntry } from '../../../src/commands/install/entry.js';
import { mergeEntry, removeEntry } from '../../../src/commands/install/merge.js';
import { finish } from '../../support/process.js';
import { ALL, CLONE, clientOf, example, expectRefusal, Home, modeOf, NPX_ARGS, TOKEN } from './home.js';

const COPY = '.cf-cache.bak';
const cursor = clientOf('cursor');
const remove = (name: string, text: string) => removeEntry(clientOf(name), 'cf-cache', text).text;

describe('uninstall', () => {
	test.for(ALL)('%s gives the file back as it was before install, byte for byte', async ([name]) => {
		for (const change of [(text: string) => text, (text: string) => text.replaceAll('\n', '\r\n')]) {
			const home = new Home();
			const before = change(example(name).before.replace(/\t"inputs": .*\n/, ''));
			const file = home.put(name, before, 0o640);
			await home.install(name, ['--read-only', '--zone', 'example.com']);
			const installed = home.read(name);
			expect(installed).not.toBe(before);
			const { text, code } = await home.uninstall(name);
			expect([code, home.read(name)]).toEqual([0, before]);
			expect(home.files()[`${file}${COPY}`]).toBe(installed);
			expect([modeOf(file), modeOf(`${file}${COPY}`)]).toEqual([0o640, 0o600]);
			expect(text).toContain(`Removed cf-cache from ${clientOf(name).title}, in ${file}.`);
		}
	});

	test.for(ALL)('%s says that there is nothing to remove, twice, and writes nothing', async ([name]) => {
		const home = new Home();
		const expected = `${clientOf(name).title} has no cf-cache, in ${home.fileOf(name)}. There is nothing to remove.\n`;
		expect(await home.uninstall(name)).toEqual({ code: 0, text: expected });
		const file = home.put(name, example(name).before);
		expect(await home.uninstall(name)).toEqual({ code: 0, text: expected });
		expect(home.files()).toEqual({ [file]: example(name).before });
	});

	test.for(ALL)('%s --print says where the entry is, and writes nothing', async ([name]) => {
		const home = new Home();
		await home.install(name);
		const files = home.files();
		const { text, code } = await home.uninstall(name, ['--print']);
		expect([code, text]).toEqual([
			0,
			`cf-cache would be removed from ${clientOf(name).title}, in ${home.fileOf(name)}.\n`,
		]);
		expect(home.files()).toEqual(files);
	});

	test('removes the entry of the given name only', async () => {
		const home = new Home();
		await home.install('cursor', ['--read-only']);
		const one = home.read('cursor');
		await home.install('cursor', ['--name', 'staging']);
		await home.uninstall('cursor', ['--name', 'staging']);
		expect(home.read('cursor')).toBe(one);
	});

	test('removes the entry of the project only, with --project', async () => {
		const home = new Home({ cwd: 'work' });
		await home.install('cursor');
		const own = home.read('cursor');
		await home.install('cursor', ['--project']);
		const { text } = await home.uninstall('cursor', ['--project']);
		expect(text).toContain('/work/.cursor/mcp.json');
		expect(home.read('cursor')).toBe(own);
		expect(JSON.parse(home.files()[`${home.folder}/work/.cursor/mcp.json`] ?? '')).toEqual({ mcpServers: {} });
	});

	test('says that the copy still holds the token, where the entry held it', async () => {
		const home = new Home();
		await home.install('cursor', ['--write-token'], { CLOUDFLARE_API_TOKEN: TOKEN });
		const { text } = await home.uninstall('cursor');
		expect(text).toContain('It still holds the token: delete it once you need it no more.');
		expect(text).not.toContain(TOKEN);
		const other = new Home();
		await other.install('cursor');
		expect((await other.uninstall('cursor')).text).not.toContain('token');
	});

	test('keeps an entry that starts another program', async () => {
		const home = new Home();
		const text = '{"mcpServers": {"cf-cache": {"command": "docker", "args": ["run", "x"]}}}';
		const file = home.put('cursor', text);
		expectRefusal(await home.uninstall('cursor'), 'has cf-cache, but it starts another program; remove it by hand');
		expect(home.files()).toEqual({ [file]: text });
	});

	test.for(['/opt/node_modules/@playwright/mcp/cli.js', 'C:\\x\\node_modules\\other\\dist\\cli.js'])(
		'keeps an entry that starts the cli.js of another package: %s',
		async (path) => {
			const home = new Home();
			const text = JSON.stringify({ mcpServers: { 'cf-cache': { command: 'node', args: [path] } } });
			const file = home.put('cursor', text);
			expectRefusal(await home.uninstall('cursor'), 'has cf-cache, but it starts another program');
			expect(home.files()).toEqual({ [file]: text });
		},
	);

	test('keeps a file that cannot be read, and says where', async () => {
		const home = new Home();
		const file = home.put('cursor', '{ "a": ');
		expectRefusal(await home.uninstall('cursor'), /is not valid JSON at line 1, column/);
		expect(home.files()).toEqual({ [file]: '{ "a": ' });
	});

	test('removes the entry of each edition that is there', async () => {
		const home = new Home();
		const file = home.put('zed', '');
		await home.install('zed');
		const flatpak = `${home.folder}/.var/app/dev.zed.Zed/config/zed/settings.json`;
		mkdirSync(dirname(flatpak), { recursive: true });
		writeFileSync(flatpak, home.read('zed'));
		const env = { HOME: home.folder, NODE_DISABLE_COMPILE_CACHE: '1' };
		const { code, stdout } = await finish(['uninstall', 'zed'], { env });
		expect(code).toBe(0);
		expect(stdout).toContain(`Removed cf-cache from Zed, in ${file}.`);
		expect(stdout).toContain(`Removed cf-cache from Zed (Flatpak), in ${flatpak}.`);
	});

	test.for([
		[['uninstall'], 'uninstall needs the name of a client'],
		[['uninstall', 'curser'], 'Did you mean "cursor"?'],
		[['uninstall', 'cursor', '--read-only'], 'uninstall takes no flags of the server, such as --read-only'],
		[['uninstall', 'cursor', '--write-token'], '--write-token'],
		[['uninstall', 'claude-desktop', '--project'], 'Claude Desktop reads no file of a project: leave --project out'],
	] as const)('exits with 2 for the words %j', async ([words, why]) => {
		const home = new Home();
		const { code, stderr, stdout } = await finish([...words], { env: { HOME: home.folder } });
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toContain(why);
	});
});

describe('the input for the token in VS Code', () => {
	const inputsIn = (home: Home) => (JSON.parse(home.read('vscode')) as { inputs: { id: string }[] }).inputs;

	test('goes with the last entry that refers to it', async () => {
		const home = new Home();
		await home.install('vscode');
		await home.install('vscode', ['--name', 'staging']);
		expect(inputsIn(home).map(({ id }) => id)).toEqual(['cloudflare-api-token', 'cloudflare-api-token-staging']);
		await home.uninstall('vscode');
		expect(inputsIn(home).map(({ id }) => id)).toEqual(['cloudflare-api-token-staging']);
		await home.uninstall('vscode', ['--name', 'staging']);
		expect(JSON.parse(home.read('vscode'))).toEqual({ servers: {} });
	});

	test('stays where another server refers to it', async () => {
		const home = new Home();
		await home.install('vscode');
		const file = JSON.parse(home.read('vscode')) as { servers: Record<string, unknown> };
		file.servers.other = { command: 'x', env: { T: '$' + '{input:cloudflare-api-token}' } };
		home.put('vscode', JSON.stringify(file));
		await home.uninstall('vscode');
		expect(inputsIn(home).map(({ id }) => id)).toEqual(['cloudflare-api-token']);
	});
});

describe('the entry is removed from JSON', () => {
	test.each([
		['on one line, alone', '{"mcpServers": { "cf-cache": { "a": 1 } }}', '{"mcpServers": { }}'],
		['on one line, first', '{"mcpServers": { "cf-cache": {}, "x": {} }}', '{"mcpServers": { "x": {} }}'],
		['on one line, last', '{"mcpServers": { "x": {}, "cf-cache": {} }}', '{"mcpServers": { "x": {} }}'],
		[
			'between others, with the comment to its right',
			'{\n "mcpServers": {\n  "x": {}, // x\n  "cf-cache": {}, // mine\n  "y": {} // y\n }\n}',
			'{\n "mcpServers": {\n  "x": {}, // x\n  "y": {} // y\n }\n}',
		],
		[
			'last, with a trailing comma',
			'{\n "mcpServers": {\n  "x": {},\n  "cf-cache": {},\n },\n}',
			'{\n "mcpServers": {\n  "x": {},\n },\n}',
		],
		[
			'last, before a brace on the same line',
			'{\n "mcpServers": {\n  "x": {}, // x\n  "cf-cache": {}}\n}',
			'{\n "mcpServers": {\n  "x": {} // x\n  }\n}',
		],
	])('%s', (_, before, after) => {
		expect(remove('cursor', before)).toBe(after);
	});

	test('stays where it is given twice', () => {
		const text = '{"mcpServers": {"cf-cache": {}, "cf-cache": {}}}';
		expect(() => remove('cursor', text)).toThrow('has the entry in a form that this command cannot remove');
	});

	test('in any layout, so that what install added is gone and the rest is the same value', () => {
		const layout = fc.constantFrom<string | number>('', 1, 2, '\t');
		const values = fc.dictionary(
			fc.string().filter((key) => key !== '__proto__' && key !== 'mcpServers' && key !== 'cf-cache'),
			fc.jsonValue(),
			{ maxKeys: 3 },
		);
		fc.assert(
			fc.property(values, values, layout, (others, mcpServers, indent) => {
				const text = JSON.stringify({ ...others, mcpServers }, null, indent);
				fc.pre(!text.includes('"__proto__"'));
				const entry = createEntry(cursor, 'cf-cache', { command: 'npx', args: NPX_ARGS }, { kind: 'client' });
				const removed = remove('cursor', mergeEntry(cursor, entry, text).text);
				expect(JSON.parse(removed)).toEqual(JSON.parse(text));
			}),
		);
	});
});

describe('the entry is removed from TOML', () => {
	const own = `[mcp_servers.cf-cache]\ncommand = "node"\nargs = ["${CLONE}"] # mine\n`;
	test.each([
		['between tables', `[a]\nx = 1\n\n${own}\n[b]\ny = 2\n`, '[a]\nx = 1\n\n[b]\ny = 2\n'],
		[
			'with the tables below it and the comments among them',
			`${own}# why\n[mcp_servers.cf-cache.env]\nA = "1"\n# after\n[b]\n`,
			'# after\n[b]\n',
		],
		['in two places', `${own}[b]\ny = 1\n[mcp_servers.cf-cache.env]\nA = "1"\n`, '[b]\ny = 1\n'],
		['as an inline table', '[mcp_servers]\ncf-cache = { command = "x" }\nother = {}\n', '[mcp_servers]\nother = {}\n'],
		['as dotted keys', 'mcp_servers.cf-cache.command = "x"\nmodel = "y"\n', 'model = "y"\n'],
	])('%s', (_, before, after) => {
		expect(remove('codex', before)).toBe(after);
	});

	test('stays where it is part of an inline table of servers', () => {
		const text = 'mcp_servers = { cf-cache = { command = "x" }, other = { command = "y" } }\n';
		expect(() => remove('codex', text)).toThrow('has the entry in a form that this command cannot remove');
	});

	test('among any values, which stay', () => {
		const text = fc.string({ unit: fc.constantFrom('"', "'", '\\', '#', '[', ']', '=', '\n', 'a', ' ') });
		const tables = fc.dictionary(text, fc.oneof(text, fc.array(text), fc.integer()));
		fc.assert(
			fc.property(tables, tables, (first, second) => {
				const others = { first: { ...first }, second: { ...second } };
				fc.pre(!JSON.stringify(others).includes('__proto__'));
				const whole = stringify({
					first: others.first,
					mcp_servers: { 'cf-cache': { command: 'x' } },
					second: others.second,
				});
				expect(parse(remove('codex', whole))).toEqual(parse(stringify(others)));
			}),
		);
	});
});
