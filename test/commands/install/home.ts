/** A home folder in which tests run `install`, and files of clients before and after it. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseJson } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { expect } from 'vitest';
import type { Client, Platform } from '../../../src/commands/install/client.js';
import { CLIENTS } from '../../../src/commands/install/clients.js';
import { valueAt } from '../../../src/commands/install/format.js';
import { install } from '../../../src/commands/install/install.js';
import type { Launch } from '../../../src/commands/install/launch.js';
import type { User } from '../../../src/commands/install/token-offer.js';
import { uninstall } from '../../../src/commands/install/uninstall.js';
import { type Config, readConfig } from '../../../src/config/config.js';
import { NAME, VERSION } from '../../../src/version.js';
import { temporaryFolder } from '../../support/files.js';

export const TOKEN = 'cf-token-0123456789-abcdef';

/** Every client by its name on the command line. */
export const ALL: [name: string, client: Client][] = Object.entries(CLIENTS);
export const clientOf = (name: string) => CLIENTS[name as keyof typeof CLIENTS] as Client;

/** The file of a client's usual edition. */
export const usualFileOf = (client: Client, platform: Platform) =>
	client.locations(platform).find(({ edition }) => edition === undefined)?.file ?? '';

/** The command of the package, and that of a clone. */
export const PACKAGE = '/home/me/.npm/_npx/1a2b/node_modules/cloudflare-cache-mcp/dist/cli.js';
export const CLONE = '/clones/cloudflare-cache-mcp/dist/cli.js';
const NODE = '/node/bin/node';

/** The environment in which an entry of a client can work: one that passes nothing on needs a file. */
const CREDENTIAL_FILE = { CLOUDFLARE_API_TOKEN_FILE: '/secrets/token' };
const environmentFor = (name: string) => (clientOf(name)?.token.isolated ? CREDENTIAL_FILE : {});

interface HomeOptions {
	readonly os?: Platform['os'];
	readonly exists?: Platform['exists'];
	readonly script?: string;
	readonly node?: string;
	/** The current folder, from the home folder on. */
	readonly cwd?: string;
}

/** Parts of paths below the home folder that only other editions have. The name of the folder itself is random. */
const OTHER_EDITIONS = /Windows|Packages|Insiders|Codium|OSS|next|\.var|snap/i;

/** A new home folder in which every client was started once, unless `exists` says otherwise. It is removed with the test. */
export class Home {
	readonly folder = temporaryFolder();
	readonly #options: HomeOptions;

	constructor(options: HomeOptions = {}) {
		this.#options = options;
	}

	#platform(env: Record<string, string> = {}): Platform {
		const { os = 'linux', exists = () => true, script = PACKAGE, node = NODE, cwd } = this.#options;
		return {
			os,
			env,
			home: this.folder,
			cwd: cwd === undefined ? '/projects' : join(this.folder, cwd),
			node,
			script,
			exists: (path) => !OTHER_EDITIONS.test(path.replace(this.folder, '')) && exists(path),
		};
	}

	/** Returns the path of a client's file. */
	fileOf(name: string): string {
		return usualFileOf(clientOf(name), this.#platform());
	}

	/** Writes a client's file and returns its path. */
	put(name: string, text: string | Uint8Array, mode = 0o644): string {
		const file = this.fileOf(name);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text, { mode });
		return file;
	}

	read(name: string): string {
		return readFileSync(this.fileOf(name), 'utf8');
	}

	/** Returns every file below the folder with its content. */
	files(): Record<string, string> {
		const paths = readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
			.map((name) => join(this.folder, name))
			.filter((path) => statSync(path).isFile());
		return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(path, 'utf8')]));
	}

	/** Runs install with this home, in this process. */
	async install(
		name: string,
		flags: readonly string[] = [],
		env: Record<string, string> = environmentFor(name),
		user?: User,
	): Promise<{ text: string; code: number }> {
		return install(readConfig(['install', name, ...flags], env) as Config, this.#platform(env), user);
	}

	/** Runs uninstall with this home, in this process. */
	async uninstall(
		name: string,
		flags: readonly string[] = [],
		env: Record<string, string> = {},
	): Promise<{ text: string; code: number }> {
		return uninstall(readConfig(['uninstall', name, ...flags], env) as Config, this.#platform(env));
	}
}

/** The arguments in front of the server's flags. */
export const NPX_ARGS = ['-y', `${NAME}@${VERSION}`];
const NPX: Launch = { command: 'npx', args: NPX_ARGS };

/** Returns the lines of a new entry in a file that is indented by tabs, at the depth of a server. */
export function entryLines(name: string, flags: readonly string[] = [], { command, args }: Launch = NPX): string {
	const { format, extraKeys, token } = clientOf(name);
	const start = { ...extraKeys, command, args: [...args, ...flags] };
	if (format === 'toml')
		return [
			'[mcp_servers.cf-cache]',
			`command = "${start.command}"`,
			`args = [ ${start.args.map((word) => JSON.stringify(word)).join(', ')} ]`,
			'env_vars = [ "CLOUDFLARE_API_TOKEN" ]',
			'',
		].join('\n');
	const entry = { ...start, ...(Object.keys(environmentOf(token)).length > 0 && { env: environmentOf(token) }) };
	return `"cf-cache": ${JSON.stringify(entry, null, '\t').replaceAll('\n', '\n\t\t')}`;
}

/** The variables of a new entry. */
function environmentOf({ placeholder, input, isolated }: Client['token']): Record<string, string> {
	if (isolated) return CREDENTIAL_FILE;
	const value = input ? `\${input:${input.id}}` : placeholder;
	return value === undefined ? {} : { CLOUDFLARE_API_TOKEN: value };
}

/** Returns a file as a user keeps one, and the same file with the entry in it. */
export function example(
	name: string,
	flags: readonly string[] = [],
	launch: Launch = NPX,
): { before: string; after: string } {
	const { format, servers, token } = clientOf(name);
	const entry = entryLines(name, flags, launch);
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
	const inputs = token.input ? `\t"inputs": ${JSON.stringify([token.input])},\n` : '';
	const frame = (inner: string) =>
		`// mine\n{\n\t"zebra": [1,  2.0], // stays\n${inputs}\t"${servers[0]}": {\n\t\t"other": { "command": "y" }${inner}\n\t},\n\t/* last */ "apple": {"b":null}\n}\n`;
	return { before: frame(' // the other'), after: frame(`, // the other\n\t\t${entry}`) };
}

/** Expects that a run left the client's file as it was, and said why. */
export function expectRefusal(result: { text: string; code: number }, why: string | RegExp): void {
	expect(result.code).toBe(1);
	expect(result.text).toMatch(why);
	expect(result.text).toContain('Nothing was written.');
}

/** Returns the mode of a file without its type. */
export const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Returns the entry in a text. */
export function entryIn(name: string, text: string): { command: string; args: string[]; env?: Record<string, string> } {
	return valueAt(parseFile(name, text), [...clientOf(name).servers, 'cf-cache']) as ReturnType<typeof entryIn>;
}

/** Returns the value of a client's file. */
export function parseFile(name: string, text: string): unknown {
	return clientOf(name).format === 'json' ? parseJson(text) : parseToml(text);
}
