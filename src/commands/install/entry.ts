/** The entry that starts this server, and what has to change in a client's file for it to be there. */
import { isDeepStrictEqual } from 'node:util';
import mcp from '../../../mcp.json' with { type: 'json' };
import type { Client, Platform } from './client.js';
import { ConfigFileError, type Edit, isTable, type Keys, valueAt } from './format.js';

/** The name of the entry: short, as clients put it before every tool's name. */
export const KEY = 'cf-cache' satisfies keyof typeof mcp.mcpServers;
const TOKEN = 'CLOUDFLARE_API_TOKEN';
const TOKEN_FILE = 'CLOUDFLARE_API_TOKEN_FILE';
/** With one of these the entry has a credential already. */
const CREDENTIALS = [TOKEN, TOKEN_FILE, 'CLOUDFLARE_API_KEY'];
/** Keys of an entry for a server at an address, which cannot also be started. */
const REMOTE = ['url', 'serverUrl', 'httpUrl'];

/** Where the server gets its credential. */
export type EntryCredential =
	| { readonly kind: 'written'; readonly token: string }
	| { readonly kind: 'file'; readonly path: string }
	/** A command among the arguments. */
	| { readonly kind: 'command' }
	/** Nowhere: the sandbox needs none. */
	| { readonly kind: 'none' }
	/** The client passes its own variable on, if it can. */
	| { readonly kind: 'client' };

/** What an entry is to say. */
export interface Entry {
	/** Replaces what is there. */
	readonly start: Readonly<Record<string, unknown>>;
	/** Replaces what is there under these names. */
	readonly env: Readonly<Record<string, string>>;
	/** Whether the client's own way to pass the token is wanted, unless the entry has a credential. */
	readonly handOver: boolean;
}

/** The entry for a client; `words` are the flags of the server. */
export function createEntry(
	client: Client,
	words: readonly string[],
	credential: EntryCredential,
	platform: Platform['platform'],
): Entry {
	const { command, args } = mcp.mcpServers[KEY];
	// npx is a batch file there, which a client cannot start by itself.
	const launch =
		platform === 'win32'
			? { command: 'cmd', args: ['/c', command, ...args, ...words] }
			: { command, args: [...args, ...words] };
	const env: Record<string, string> =
		credential.kind === 'written'
			? { [TOKEN]: credential.token }
			: credential.kind === 'file'
				? { [TOKEN_FILE]: credential.path }
				: {};
	return { start: { ...client.fixed, ...launch }, env, handOver: credential.kind === 'client' };
}

/** What to change in a file that holds `before`. Throws Unusable where something else is in the way. */
export function changesFor(client: Client, entry: Entry, before: unknown): Edit[] {
	const at = [...client.servers, KEY];
	for (let depth = 0; depth <= at.length; depth++) requireTable(before, at.slice(0, depth));
	const old = valueAt(before, at) as Record<string, unknown> | undefined;
	if (!old) {
		const env = { ...handedOver(client, entry, {}), ...entry.env };
		const names = namesFor(client, entry, {});
		const whole = { ...entry.start, ...(Object.keys(env).length > 0 && { env }), ...names };
		return [{ at, value: whole }, ...inputsFor(client, env, before)];
	}
	if (REMOTE.some((key) => key in old))
		throw new ConfigFileError(`has ${KEY} as a server at an address; take that entry out first`);
	requireTable(before, [...at, 'env']);
	const oldEnv = (old.env ?? {}) as Record<string, unknown>;
	const env = { ...handedOver(client, entry, oldEnv), ...entry.env };
	const wanted = [
		...Object.entries({ ...entry.start, ...namesFor(client, entry, old) }).map(([key, value]) => ({
			at: [...at, key],
			value,
		})),
		...(old.env === undefined && Object.keys(env).length > 0
			? [{ at: [...at, 'env'], value: env }]
			: Object.entries(env).map(([key, value]) => ({ at: [...at, 'env', key], value }))),
	];
	return [
		...wanted.filter((change) => !isDeepStrictEqual(valueAt(before, change.at), change.value)),
		...inputsFor(client, { ...oldEnv, ...env }, before),
	];
}

function requireTable(before: unknown, at: Keys): void {
	const there = at.length === 0 ? before : valueAt(before, at);
	if (there !== undefined && !isTable(there)) throw new NotATableError(at);
}

/** Something that is no object stands at `at`. */
export class NotATableError extends ConfigFileError {
	readonly at: Keys;

	constructor(at: Keys) {
		super(`has something else than an object as ${at.length === 0 ? 'its content' : at.join('.')}`);
		this.at = at;
	}
}

const hasCredential = (env: object) => CREDENTIALS.some((name) => name in env);

/** The names of credentials that an entry in `before` has been given by hand or by an earlier run, in the order in which the server looks. */
export function credentialsIn(client: Client, before: unknown): string[] {
	const env = valueAt(before, [...client.servers, KEY, 'env']);
	return isTable(env) ? CREDENTIALS.filter((name) => name in env && env[name] !== client.token.env) : [];
}

function handedOver({ token }: Client, { handOver }: Entry, env: object): Record<string, string> {
	return handOver && token.env !== undefined && !hasCredential(env) ? { [TOKEN]: token.env } : {};
}

/** The list of names to pass on, with the token's among them. */
function namesFor(
	{ token: { names } }: Client,
	{ handOver }: Entry,
	old: Record<string, unknown>,
): Record<string, unknown> {
	if (!handOver || names === undefined || hasCredential((old.env as object | undefined) ?? {})) return {};
	const listed = Array.isArray(old[names]) ? old[names] : [];
	const has = listed.some((one) => one === TOKEN || (isTable(one) && one.name === TOKEN));
	return { [names]: has ? listed : [...listed, TOKEN] };
}

/** The question for the token, unless it is there or nothing refers to it. */
function inputsFor({ token }: Client, env: Record<string, unknown>, before: unknown): Edit[] {
	if (!token.asks || env[TOKEN] !== token.env) return [];
	const there = valueAt(before, ['inputs']);
	if (there !== undefined && !Array.isArray(there)) throw new NotATableError(['inputs']);
	const missing = mcp.inputs.filter(({ id }) => !there?.some((one) => isTable(one) && one.id === id));
	if (!there) return [{ at: ['inputs'], value: missing }];
	return missing.map((value, index) => ({ at: ['inputs', there.length + index], value }));
}
