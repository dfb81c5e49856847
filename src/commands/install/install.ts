/** `install`: adds this server to a client's own configuration, and changes nothing else there. */

import { suggest } from '../../base/did-you-mean.js';
import { quote, sanitize } from '../../base/sanitize.js';
import { type Config, isUnfilledPlaceholder, readSecrets, type ServerFlag } from '../../config/config.js';
import { readCredential } from '../../config/credential.js';
import { checkNames } from '../../config/preflight.js';
import { ConfigError } from '../../errors.js';
import { OPERATIONS } from '../../operations/index.js';
import { type Client, type Platform, pathsOf } from './client.js';
import { CLIENTS } from './clients.js';
import { readConfiguration, replaceConfiguration, restrictToOwner } from './config-file.js';
import { createEntry, type Entry, type EntryCredential, KEY } from './entry.js';
import { ConfigFileError } from './format.js';
import { mergeEntry, printEntry } from './merge.js';

/** Shorter ones would be found in ordinary words. */
const SHORTEST_SECRET = 6;

/** Adds the entry, or shows it with `--print`. Returns what to say and the exit code: 1 when the file was left alone. Throws ConfigError. */
export async function install(config: Config, machine: Platform): Promise<{ text: string; code: 0 | 1 }> {
	const client = findClient(config.client);
	checkNames(
		config,
		OPERATIONS.map(({ name }) => name),
	);
	const flags = config.serverFlags ?? [];
	const words = flags.flatMap((flag) => wordsOf(flag, machine));
	refuseSecrets(words, machine);
	const credential = await chooseCredential(config, machine);
	const entry = createEntry(client, words, credential, machine.platform);
	const file = findFile(client, machine);
	const advice = (had: readonly string[]) => adviseNext(client, credential, had, flags);
	if (config.print) {
		const text = lines(`${client.title} reads ${show(file)}. Add to it:`, '', printEntry(client, entry), ...advice([]));
		return { text, code: 0 };
	}
	try {
		return { text: lines(...(await add(client, entry, file, { credential, machine, advice }))), code: 0 };
	} catch (error) {
		if (!(error instanceof ConfigFileError)) throw error;
		const byHand = error.byHand ? ['Write this into it by hand:', '', printEntry(client, entry)] : [];
		return { text: lines(`${client.title}: ${show(file)} ${error.message}. Nothing was written.`, ...byHand), code: 1 };
	}
}

const lines = (...all: readonly string[]) => `${all.join('\n').trimEnd()}\n`;
const show = (path: string) => sanitize(path, 1_000);

function findClient(name: string | undefined): Client {
	const names = Object.keys(CLIENTS);
	const list = `there are ${names.join(', ')}`;
	if (name === undefined) throw new ConfigError(`install needs the name of a client; ${list}`);
	if (!Object.hasOwn(CLIENTS, name))
		throw new ConfigError(`install knows no client ${quote(name, 80)}; ${list}.${suggest(name, names)}`);
	return CLIENTS[name as keyof typeof CLIENTS];
}

/** The flag as the client gives it to the server, which starts in another folder than this one. */
function wordsOf({ flag, value, kind }: ServerFlag, machine: Platform): string[] {
	if (value === undefined) return [`--${flag}`];
	const isPath = kind === 'file' || kind === 'directory';
	const whole = isPath ? pathsOf(machine).resolve(machine.cwd, value) : value;
	// A value that looks like a flag is not taken for one only behind an equals sign.
	return whole.startsWith('-') ? [`--${flag}=${whole}`] : [`--${flag}`, whole];
}

/** A shell that filled in "$CLOUDFLARE_API_TOKEN" would have us write it down where nobody asked for that. */
function refuseSecrets(words: readonly string[], { env }: Platform): void {
	const secrets = readSecrets(env).filter((secret) => secret.length >= SHORTEST_SECRET);
	if (words.some((word) => secrets.some((secret) => word.includes(secret))))
		throw new ConfigError(
			'a flag contains a secret of the environment, which would stand in the file; use --write-token for the token',
		);
}

async function chooseCredential(config: Config, machine: Platform): Promise<EntryCredential> {
	if (config.writeToken) {
		const read = readCredential({ command: 'install', ...(config.token && { token: config.token }) }, () => undefined);
		const credential = await read();
		if (credential.kind !== 'token') throw new ConfigError('--write-token needs the token in CLOUDFLARE_API_TOKEN');
		return { kind: 'written', token: credential.token };
	}
	if (config.serverFlags?.some(({ flag }) => flag === 'sandbox')) return { kind: 'none' };
	if (config.tokenCommand) return { kind: 'command' };
	if (config.tokenFile === undefined || isUnfilledPlaceholder(config.tokenFile)) return { kind: 'client' };
	return { kind: 'file', path: pathsOf(machine).resolve(machine.cwd, config.tokenFile) };
}

function findFile(client: Client, machine: Platform): string {
	const places = client.places(machine);
	const place = places.find(({ within }) => within !== undefined && machine.exists(within)) ?? places.at(-1);
	return place?.file ?? '';
}

interface Circumstances {
	readonly credential: EntryCredential;
	readonly machine: Platform;
	/** What to do next, by the credentials that the entry had before. */
	advice(had: readonly string[]): string[];
}

/** Writes the file, if there is something to write, and tells what was done. */
async function add(client: Client, entry: Entry, file: string, { credential, machine, advice }: Circumstances) {
	const found = await readConfiguration(file);
	const { text, credentials } = mergeEntry(client, entry, found.text);
	const there = show(found.real === file ? file : `${file} (a link to ${found.real})`);
	const secret = credential.kind === 'written';
	if (text === found.text) {
		// Windows has no such mode bits.
		const closed = secret && machine.platform !== 'win32' && (await restrictToOwner(found));
		const what = closed ? 'only its mode was changed, to 600' : 'nothing was written';
		return [`${client.title}: ${KEY} is already there, in ${there}; ${what}.`];
	}
	const backup = await replaceConfiguration(found, text, secret);
	return [
		`${client.title}: ${KEY} is in ${there} now.`,
		`It starts: ${[entry.start.command, ...(entry.start.args as string[])].map(showWord).join(' ')}`,
		...(backup === undefined ? [] : [`The file as it was: ${show(backup)}`]),
		...advice(credentials),
	];
}

const showWord = (word: unknown) =>
	/[\s"]/.test(String(word)) ? quote(String(word), 500) : sanitize(String(word), 500);

function adviseNext(
	client: Client,
	credential: EntryCredential,
	had: readonly string[],
	flags: readonly ServerFlag[],
): string[] {
	const look = flags.some(({ flag }) => flag === 'read-only')
		? undefined
		: 'To look around first without changing anything, install with --read-only, and later without it.';
	const all = [adviseToken(client, credential, had), client.restart, look];
	return ['', 'Next:', ...all.flatMap((advice) => (advice ? [`- ${advice}`] : []))];
}

function adviseToken(client: Client, { kind }: EntryCredential, had: readonly string[]): string | undefined {
	const [first] = had;
	switch (kind) {
		case 'none':
			return undefined;
		case 'written':
			return 'The file holds the token: keep it, and copies of it, out of repositories.';
		case 'client':
			return first ? `The entry keeps the ${first} that it had.` : client.token.next;
		case 'file':
		case 'command':
			return first === 'CLOUDFLARE_API_TOKEN'
				? `The entry still has a ${first}, which wins: take it out of the file.`
				: undefined;
	}
}
