/** A home folder of a test's own, and `install` at work in it. */
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import mcp from '../../../mcp.json' with { type: 'json' };
import type { Client, Platform } from '../../../src/commands/install/client.js';
import { CLIENTS } from '../../../src/commands/install/clients.js';
import { install } from '../../../src/commands/install/install.js';
import { type Config, readConfig } from '../../../src/config/config.js';

export const TOKEN = 'cf-token-0123456789-abcdef';

/** Every client with its name. */
export const ALL: [name: string, client: Client][] = Object.entries(CLIENTS);
export const clientOf = (name: string) => CLIENTS[name as keyof typeof CLIENTS] as Client;

export interface Home {
	readonly folder: string;
	/** Where a client's file is in it. */
	fileOf(name: string): string;
	/** Makes a client's file. */
	put(name: string, text: string | Uint8Array, mode?: number): string;
	read(name: string): string;
	/** Every file in it with its content. */
	files(): Record<string, string>;
	/** Runs install with this home, in this process. */
	install(
		name: string,
		flags?: readonly string[],
		env?: Record<string, string>,
	): Promise<{ text: string; code: number }>;
}

/** A new home folder; it goes with the test. */
export function createHome(platform: Platform['platform'] = 'linux', exists: Platform['exists'] = existsSync): Home {
	const folder = mkdtempSync(join(tmpdir(), 'home-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const machine = (env: Record<string, string>) => ({ platform, env, home: folder, cwd: '/projects', exists });
	const fileOf = (name: string) => clientOf(name).places(machine({})).at(-1)?.file ?? '';
	return {
		folder,
		fileOf,
		put(name, text, mode = 0o644) {
			mkdirSync(dirname(fileOf(name)), { recursive: true });
			writeFileSync(fileOf(name), text, { mode });
			return fileOf(name);
		},
		read: (name) => readFileSync(fileOf(name), 'utf8'),
		files: () =>
			Object.fromEntries(
				readdirSync(folder, { recursive: true, encoding: 'utf8' })
					.map((name) => join(folder, name))
					.filter((path) => statSync(path).isFile())
					.sort()
					.map((path) => [path, readFileSync(path, 'utf8')]),
			),
		install: (name, flags = [], env = {}) =>
			install(readConfig(['install', name, ...flags], env) as Config, machine(env)),
	};
}

const [SERVER] = Object.values(mcp.mcpServers);

/** The lines of a new entry in a file indented by tabs, at the depth of a server. */
export function entryLines(name: string, flags: readonly string[] = []): string {
	const { format, fixed, token } = clientOf(name);
	const start = { ...fixed, command: SERVER?.command, args: [...(SERVER?.args ?? []), ...flags] };
	if (format === 'toml')
		return [
			'[mcp_servers.cf-cache]',
			`command = "${start.command}"`,
			`args = [ ${start.args.map((word) => JSON.stringify(word)).join(', ')} ]`,
			'env_vars = [ "CLOUDFLARE_API_TOKEN" ]',
			'',
		].join('\n');
	const entry = { ...start, ...(token.env && { env: { CLOUDFLARE_API_TOKEN: token.env } }) };
	return `"cf-cache": ${JSON.stringify(entry, null, '\t').replaceAll('\n', '\n\t\t')}`;
}

/** A file as a person keeps one, and the same with the entry in it. */
export function example(name: string, flags: readonly string[] = []): { before: string; after: string } {
	const { format, servers, token } = clientOf(name);
	const entry = entryLines(name, flags);
	if (format === 'toml') {
		const before = [
			'# mine',
			'model = "x"   # stays',
			'',
			'[mcp_servers.other]',
			"command = 'y'",
			'  [mcp_servers.other.env]',
			'  A = """',
			'[mcp_servers.cf-cache]"""',
			'',
			'[tui] # the end',
			'limits = [1, 2.0,   1_000] # three',
			'',
		].join('\n');
		return { before, after: `${before}\n${entry}` };
	}
	const inputs = token.asks ? `\t"inputs": ${JSON.stringify(mcp.inputs)},\n` : '';
	const frame = (inner: string) =>
		`// mine\n{\n\t"zebra": [1,  2.0], // stays\n${inputs}\t"${servers[0]}": {\n\t\t"other": { "command": "y" }${inner}\n\t},\n\t/* last */ "apple": {"b":null}\n}\n`;
	return { before: frame(' // the other'), after: frame(`, // the other\n\t\t${entry}`) };
}

/** That a run left the client's file alone and said why. */
export function expectRefusal(result: { text: string; code: number }, why: string | RegExp): void {
	expect(result.code).toBe(1);
	expect(result.text).toMatch(why);
	expect(result.text).toContain('Nothing was written.');
}
