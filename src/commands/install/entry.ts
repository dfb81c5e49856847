/** Builds the entry that starts this server, and the edits that put it into a client's file. */
import { isDeepStrictEqual } from 'node:util';
import mcp from '../../../mcp.json' with { type: 'json' };
import type { Client } from './client.js';
import { ConfigFileError, type Edit, isTable, type Keys, valueAt } from './format.js';
import { KEY, type Launch } from './launch.js';

const TOKEN = 'CLOUDFLARE_API_TOKEN';
const TOKEN_FILE = 'CLOUDFLARE_API_TOKEN_FILE';
/** The variables of which any gives an entry a credential, in the order in which the server looks. */
const CREDENTIALS = [TOKEN, TOKEN_FILE, 'CLOUDFLARE_API_KEY'];
/** Keys of an entry for a remote server, which a client does not start. */
const REMOTE_KEYS = ['url', 'serverUrl', 'httpUrl'];

/** Where the server gets its credential. */
export type EntryCredential =
	| { readonly kind: 'written'; readonly token: string }
	| { readonly kind: 'file'; readonly path: string }
	/** A command among the arguments. */
	| { readonly kind: 'command' }
	/** The sandbox needs none. */
	| { readonly kind: 'none' }
	/** The client passes its own variable on, if it can. */
	| { readonly kind: 'client' };

/** What an entry has to contain. */
export interface Entry {
	/** Command, arguments and the client's extra keys. They replace the values of an existing entry. */
	readonly start: Readonly<Record<string, unknown>>;
	/** Variables. They replace the variables of an existing entry that have the same name. */
	readonly env: Readonly<Record<string, string>>;
	/** Whether the client is to pass the token, unless an existing entry has a credential. */
	readonly passToken: boolean;
}

/** Returns the entry for a client. */
export function createEntry(client: Client, launch: Launch, credential: EntryCredential): Entry {
	return {
		start: { ...client.extraKeys, ...launch },
		env: variablesFor(credential),
		passToken: credential.kind === 'client',
	};
}

function variablesFor(credential: EntryCredential): Record<string, string> {
	if (credential.kind === 'written') return { [TOKEN]: credential.token };
	return credential.kind === 'file' ? { [TOKEN_FILE]: credential.path } : {};
}

/** Returns the edits for a file whose value is `before`. Throws ConfigFileError where the file has something else. */
export function editsFor(client: Client, entry: Entry, before: unknown): Edit[] {
	const at = [...client.servers, KEY];
	for (let depth = 0; depth <= at.length; depth++) requireTable(before, at.slice(0, depth));
	const old = valueAt(before, at) as Record<string, unknown> | undefined;
	return old ? editsOfExisting(client, entry, before, old) : editsOfNew(client, entry, before);
}

function editsOfNew(client: Client, entry: Entry, before: unknown): Edit[] {
	const env = { ...placeholderFor(client, entry, {}), ...entry.env };
	const names = variableNamesFor(client, entry, {});
	const value = { ...entry.start, ...(Object.keys(env).length > 0 && { env }), ...names };
	return [{ at: [...client.servers, KEY], value }, ...inputEdits(client, env, before)];
}

function editsOfExisting(client: Client, entry: Entry, before: unknown, old: Record<string, unknown>): Edit[] {
	const at = [...client.servers, KEY];
	if (REMOTE_KEYS.some((key) => key in old))
		throw new ConfigFileError(`has ${KEY} as a remote server; remove that entry first`);
	requireTable(before, [...at, 'env']);
	const oldEnv = (old.env ?? {}) as Record<string, unknown>;
	const env = { ...placeholderFor(client, entry, oldEnv), ...entry.env };
	const edits = [
		...editsBelow(at, { ...entry.start, ...variableNamesFor(client, entry, old) }),
		...(old.env === undefined && Object.keys(env).length > 0
			? editsBelow(at, { env })
			: editsBelow([...at, 'env'], env)),
	];
	return [
		...edits.filter((edit) => !isDeepStrictEqual(valueAt(before, edit.at), edit.value)),
		...inputEdits(client, { ...oldEnv, ...env }, before),
	];
}

function editsBelow(at: Keys, values: Record<string, unknown>): Edit[] {
	return Object.entries(values).map(([key, value]) => ({ at: [...at, key], value }));
}

function requireTable(before: unknown, at: Keys): void {
	const value = at.length === 0 ? before : valueAt(before, at);
	if (value !== undefined && !isTable(value)) throw new NotATableError(at);
}

/** The value at `at` is not an object. */
export class NotATableError extends ConfigFileError {
	override name = 'NotATableError';
	readonly at: Keys;

	constructor(at: Keys) {
		super(`has something other than an object as ${at.length === 0 ? 'its content' : at.join('.')}`);
		this.at = at;
	}
}

const hasCredential = (env: object) => CREDENTIALS.some((name) => name in env);

/** Returns the variables that give the entry in `before` a credential, without the client's placeholder. */
export function credentialsIn(client: Client, before: unknown): string[] {
	const env = valueAt(before, [...client.servers, KEY, 'env']);
	return isTable(env) ? CREDENTIALS.filter((name) => name in env && env[name] !== client.token.placeholder) : [];
}

function placeholderFor({ token }: Client, { passToken }: Entry, env: object): Record<string, string> {
	return passToken && token.placeholder !== undefined && !hasCredential(env) ? { [TOKEN]: token.placeholder } : {};
}

/** Returns the list of variables to pass on, with the token's among them. */
function variableNamesFor(
	{ token: { variableNamesKey: key } }: Client,
	{ passToken }: Entry,
	old: Record<string, unknown>,
): Record<string, unknown> {
	if (!passToken || key === undefined || hasCredential((old.env as object | undefined) ?? {})) return {};
	const listed = Array.isArray(old[key]) ? old[key] : [];
	const hasToken = listed.some((one) => one === TOKEN || (isTable(one) && one.name === TOKEN));
	return { [key]: hasToken ? listed : [...listed, TOKEN] };
}

/** Returns the edits that add the input for the token, unless the file has it or no variable refers to it. */
function inputEdits({ token }: Client, env: Record<string, unknown>, before: unknown): Edit[] {
	if (!token.isInput || env[TOKEN] !== token.placeholder) return [];
	const inputs = valueAt(before, ['inputs']);
	if (inputs !== undefined && !Array.isArray(inputs)) throw new NotATableError(['inputs']);
	const missing = mcp.inputs.filter(({ id }) => !inputs?.some((one) => isTable(one) && one.id === id));
	if (!inputs) return [{ at: ['inputs'], value: missing }];
	return missing.map((value, index) => ({ at: ['inputs', inputs.length + index], value }));
}
