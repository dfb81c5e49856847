/** Builds the entry that starts this server, and the edits that put it into a client's file. */
import { isDeepStrictEqual } from 'node:util';
import { isUnfilledPlaceholder } from '../../config/parsers.js';
import type { Client, TokenInput } from './client.js';
import { ConfigFileError, type Edit, isTable, type Keys, valueAt } from './format.js';
import { DEFAULT_NAME, type Launch } from './launch.js';

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
	/** Its key in the table of servers. */
	readonly name: string;
	/** Command, arguments and the client's extra keys. They replace the values of an existing entry. */
	readonly start: Readonly<Record<string, unknown>>;
	/** Variables. They replace the variables of an existing entry that have the same name. */
	readonly env: Readonly<Record<string, string>>;
	/** Whether the client is to pass the token, unless an existing entry has a credential. */
	readonly passToken: boolean;
}

/** Returns the entry for a client. */
export function createEntry(client: Client, name: string, launch: Launch, credential: EntryCredential): Entry {
	return {
		name,
		start: { ...client.extraKeys, ...launch },
		env: variablesFor(credential),
		passToken: credential.kind === 'client',
	};
}

function variablesFor(credential: EntryCredential): Record<string, string> {
	if (credential.kind === 'written') return { [TOKEN]: credential.token };
	return credential.kind === 'file' ? { [TOKEN_FILE]: credential.path } : {};
}

/** Returns the keys that lead to an entry in the file of a client. */
export function keysOf({ servers }: Client, name: string): readonly string[] {
	return [...servers, name];
}

/** Returns the edits for a file whose value is `before`. Throws ConfigFileError where the file has something else. */
export function editsFor(client: Client, entry: Entry, before: unknown): Edit[] {
	const at = keysOf(client, entry.name);
	for (let depth = 0; depth <= at.length; depth++) requireTable(before, at.slice(0, depth));
	const old = valueAt(before, at) as Record<string, unknown> | undefined;
	return old ? editsOfExisting(client, entry, before, old) : editsOfNew(client, entry, before);
}

function editsOfNew(client: Client, entry: Entry, before: unknown): Edit[] {
	const env = { ...placeholderFor(client, entry, {}), ...entry.env };
	const names = variableNamesFor(client, entry, {});
	const value = { ...entry.start, ...(Object.keys(env).length > 0 && { env }), ...names };
	return [{ at: keysOf(client, entry.name), value }, ...inputEdits(client, entry.name, env, before)];
}

function editsOfExisting(client: Client, entry: Entry, before: unknown, old: Record<string, unknown>): Edit[] {
	const at = keysOf(client, entry.name);
	if (REMOTE_KEYS.some((key) => key in old))
		throw new ConfigFileError(`has ${entry.name} as a remote server; remove that entry first`);
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
		...inputEdits(client, entry.name, { ...oldEnv, ...env }, before),
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
export function credentialsIn(client: Client, name: string, before: unknown): string[] {
	const env = valueAt(before, [...keysOf(client, name), 'env']);
	const placeholder = placeholderOf(client, name);
	return isTable(env) ? CREDENTIALS.filter((one) => one in env && env[one] !== placeholder) : [];
}

/** Whether the entry in `before` holds a token itself, and not what stands for one. */
export function holdsToken(client: Client, name: string, before: unknown): boolean {
	const value = valueAt(before, [...keysOf(client, name), 'env', TOKEN]);
	return typeof value === 'string' && value !== '' && !isUnfilledPlaceholder(value);
}

/** Returns what the client replaces by the token. */
function placeholderOf({ token }: Client, name: string): string | undefined {
	return token.input ? `\${input:${inputOf(token.input, name).id}}` : token.placeholder;
}

/** Returns the input of an entry. */
function inputOf(input: TokenInput, name: string): TokenInput {
	return name === DEFAULT_NAME ? input : { ...input, id: `${input.id}-${name}` };
}

function placeholderFor(client: Client, { name, passToken }: Entry, env: object): Record<string, string> {
	const placeholder = placeholderOf(client, name);
	return passToken && placeholder !== undefined && !hasCredential(env) ? { [TOKEN]: placeholder } : {};
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
function inputEdits(client: Client, name: string, env: Record<string, unknown>, before: unknown): Edit[] {
	const { input } = client.token;
	if (!input || env[TOKEN] !== placeholderOf(client, name)) return [];
	const value = inputOf(input, name);
	const inputs = valueAt(before, ['inputs']);
	if (inputs === undefined) return [{ at: ['inputs'], value: [value] }];
	if (!Array.isArray(inputs)) throw new NotATableError(['inputs']);
	const isThere = inputs.some((one) => isTable(one) && one.id === value.id);
	return isThere ? [] : [{ at: ['inputs', inputs.length], value }];
}

/** Returns the keys that lead to the input of an entry, or to the list that has only this one. Returns undefined while it is used. */
export function inputKeysOf({ token: { input } }: Client, name: string, value: unknown): Keys | undefined {
	const inputs = valueAt(value, ['inputs']);
	if (!input || !Array.isArray(inputs)) return undefined;
	const { id } = inputOf(input, name);
	const index = inputs.findIndex((one) => isTable(one) && one.id === id);
	if (index < 0 || JSON.stringify(value).includes(`\${input:${id}}`)) return undefined;
	return inputs.length === 1 ? ['inputs'] : ['inputs', index];
}
