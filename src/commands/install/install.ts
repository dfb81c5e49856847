/** Adds this server to a client's own configuration, and changes nothing else there. */
import { suggest } from '../../base/did-you-mean.js';
import { quote, sanitize } from '../../base/sanitize.js';
import { type Config, readConfig, readSecrets, type ServerFlag } from '../../config/config.js';
import { createCredentialReader } from '../../config/credential.js';
import { isUnfilledPlaceholder } from '../../config/parsers.js';
import { checkNames } from '../../config/preflight.js';
import { ConfigError } from '../../errors.js';
import { OPERATIONS } from '../../operations/index.js';
import { type Client, type Location, type Platform, pathsOf } from './client.js';
import { CLIENTS } from './clients.js';
import { readConfigFile, replaceConfigFile, restrictToOwner } from './config-file.js';
import { createEntry, type Entry, type EntryCredential } from './entry.js';
import { type FlagWords, joinFlags } from './flags.js';
import { ConfigFileError } from './format.js';
import { createLaunch, KEY, wordsBehindProgram } from './launch.js';
import { mergeEntry, printEntry, readEntry } from './merge.js';
import { nextSteps } from './next-steps.js';

/** Shorter secrets would be found in ordinary words. */
const MIN_SECRET_LENGTH = 6;

interface Installation {
	readonly client: Client;
	/** The name of the client, or of the edition that is here. */
	readonly title: string;
	/** The path of the client's file. */
	readonly path: string;
	readonly platform: Platform;
	/** The flags that were given. */
	readonly given: FlagWords;
	/** The token to write into the file. */
	readonly token: string | undefined;
	/** The file that the environment names for the token. */
	readonly tokenFile: string | undefined;
}

/**
 * Adds the entry, or shows it with `--print`. Returns what to print and the exit code: 1 when the file was left as it is.
 * Throws ConfigError.
 */
export async function install(config: Config, platform: Platform): Promise<{ text: string; code: 0 | 1 }> {
	const client = findClient(config.client);
	const installation = await prepare(config, client, platform);
	const { title, path } = installation;
	const { entry, steps } = createEntryOf(installation, installation.given);
	if (config.print) {
		const shown = [`${title} reads ${show(path)}. Add this to it:`, '', printEntry(client, entry)];
		return { text: joinLines([...shown, ...steps([])]), code: 0 };
	}
	try {
		requireClient(installation);
		return { text: joinLines(await addEntry(installation)), code: 0 };
	} catch (error) {
		if (!(error instanceof ConfigFileError)) throw error;
		const what = `${title}: ${show(path)} ${error.message}. Nothing was written.`;
		const byHand = error.byHand ? ['Add this entry by hand:', '', printEntry(client, entry)] : [];
		return { text: joinLines([what, ...byHand]), code: 1 };
	}
}

async function prepare(config: Config, client: Client, platform: Platform): Promise<Installation> {
	checkNames(config, TOOL_NAMES);
	const given = new Map((config.serverFlags ?? []).map((flag) => [flag.flag, wordsOf(flag, platform)]));
	refuseSecrets([...given.values()].flat(), platform);
	const { file, edition } = findLocation(client, platform);
	return {
		client,
		title: edition ?? client.title,
		path: file,
		platform,
		given,
		token: config.writeToken ? await readToken(config) : undefined,
		tokenFile: config.tokenFile,
	};
}

const TOOL_NAMES = OPERATIONS.map(({ name }) => name);
const joinLines = (lines: readonly string[]) => `${lines.join('\n').trimEnd()}\n`;
const show = (path: string) => sanitize(path, 1_000);

function findClient(name: string | undefined): Client {
	const names = Object.keys(CLIENTS);
	const known = `known clients are ${names.join(', ')}`;
	if (name === undefined) throw new ConfigError(`install needs the name of a client; ${known}`);
	if (!Object.hasOwn(CLIENTS, name))
		throw new ConfigError(`install does not know the client ${quote(name, 80)}; ${known}.${suggest(name, names)}`);
	return CLIENTS[name as keyof typeof CLIENTS];
}

/** Returns a flag as words of the entry. Paths become absolute: the client starts the server in another folder. */
function wordsOf({ flag, value, kind }: ServerFlag, platform: Platform): string[] {
	if (value === undefined) return [`--${flag}`];
	const isPath = kind === 'file' || kind === 'directory';
	const word = isPath ? pathsOf(platform).resolve(platform.cwd, value) : value;
	// Behind a blank, a value that starts with a dash would be read as a flag.
	return word.startsWith('-') ? [`--${flag}=${word}`] : [`--${flag}`, word];
}

/** Refuses flags in which the shell replaced "$CLOUDFLARE_API_TOKEN" by the token: the file would hold it. */
function refuseSecrets(words: readonly string[], { env }: Platform): void {
	const secrets = readSecrets(env).filter((secret) => secret.length >= MIN_SECRET_LENGTH);
	if (words.some((word) => secrets.some((secret) => word.includes(secret))))
		throw new ConfigError(
			'a flag contains a secret from the environment, which the file would then hold; use --write-token to write the token',
		);
}

async function readToken({ token }: Config): Promise<string> {
	const credential = await createCredentialReader({ token }, () => undefined)();
	if (credential.kind !== 'token') throw new ConfigError('--write-token needs the token in CLOUDFLARE_API_TOKEN');
	return credential.token;
}

/** Returns the entry with these flags, and the lines of the next steps by the variables that gave the entry a credential. */
function createEntryOf(
	installation: Installation,
	flags: FlagWords,
): { entry: Entry; steps(had: readonly string[]): string[] } {
	const { client, platform } = installation;
	const credential = chooseCredential(installation, flags);
	return {
		entry: createEntry(client, createLaunch(platform, [...flags.values()].flat()), credential),
		steps: (had) => nextSteps(client, credential, flags.has('read-only'), had),
	};
}

function chooseCredential({ token, tokenFile, platform }: Installation, flags: FlagWords): EntryCredential {
	if (token !== undefined) return { kind: 'written', token };
	if (flags.has('sandbox')) return { kind: 'none' };
	if (flags.has('token-command')) return { kind: 'command' };
	if (tokenFile === undefined || isUnfilledPlaceholder(tokenFile)) return { kind: 'client' };
	return { kind: 'file', path: pathsOf(platform).resolve(platform.cwd, tokenFile) };
}

/** Returns the preferred location of a client that is there, or else of its usual edition. */
function findLocation(client: Client, platform: Platform): Location {
	const locations = client.locations(platform);
	const location =
		locations.find((one) => isPresent(one, platform)) ?? locations.find(({ edition }) => edition === undefined);
	if (!location) throw new Error(`${client.title} has no usual location`);
	return location;
}

const isPresent = ({ file, trace }: Location, { exists }: Platform) => exists(trace) || exists(file);

/** Throws ConfigFileError when the client is not there: no program would read the file. */
function requireClient({ client, platform }: Installation): void {
	const locations = client.locations(platform);
	if (locations.some((one) => isPresent(one, platform))) return;
	const traces = locations.map(({ trace }) => show(trace));
	const editions = locations.length > 1 ? ', nor any edition of it' : '';
	throw new ConfigFileError(
		`would be the file, but ${client.title} was not found here${editions} (no ${traces[0]}). Start it once, and run this again`,
		{ byHand: true },
	);
}

/** Writes the file when the entry changes it. Returns the lines that say what was done. */
async function addEntry(installation: Installation): Promise<string[]> {
	const { client, title, path, platform, token } = installation;
	const secret = token !== undefined;
	const file = await readConfigFile(path);
	const { flags, changes } = joinWithOld(installation, readEntry(client, file.text));
	const { entry, steps } = createEntryOf(installation, flags);
	const { text, hadEntry, credentials } = mergeEntry(client, entry, file.text);
	const where = show(file.realPath === path ? path : `${path} (a link to ${file.realPath})`);
	if (text === file.text) {
		// Windows has access lists in place of the mode.
		const restricted = secret && platform.os !== 'win32' && (await restrictToOwner(file));
		const what = restricted ? 'Only its mode was changed, to 600.' : 'Nothing was written.';
		return [`${title} already has ${KEY}, in ${where}. ${what}`, ...changes];
	}
	const backup = await replaceConfigFile(file, text, secret);
	const others = client.locations(platform).filter((one) => one.file !== path && isPresent(one, platform));
	return [
		`${hadEntry ? 'Updated' : 'Added'} ${KEY} ${hadEntry ? 'of' : 'to'} ${title}, in ${where}.`,
		`Command: ${showWords([entry.start.command, ...(entry.start.args as string[])])}`,
		...changes,
		...(backup === undefined ? [] : [`Backup of the old file: ${show(backup)}`]),
		...others.map(({ edition, file }) => `Also here, and not changed: ${edition ?? client.title}, in ${show(file)}.`),
		...steps(credentials),
	];
}

/** Joins the given flags with those of the old entry. Returns lines that say what stays and what goes. */
function joinWithOld(
	{ given }: Installation,
	old: Readonly<Record<string, unknown>> | undefined,
): { flags: FlagWords; changes: string[] } {
	if (!old) return { flags: given, changes: [] };
	const words = wordsBehindProgram(old.args);
	const { flags, kept, replaced, gone } = joinFlags(words ?? [], given);
	requireValid(flags, kept);
	// Words that are not the server's may hold a secret, so only the names of flags are shown.
	const names = gone.filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*/s, ''));
	const lines = [
		kept.length > 0 && `Kept from before: ${showWords(kept)}. To drop a flag, remove it from the file.`,
		replaced.length > 0 && `Replaced: ${showWords(replaced)}`,
		gone.length > 0 && `Gone, because the server has no such flags: ${showWords(names) || countWords(gone.length)}`,
		words === undefined && 'The entry started another program, and that command is replaced.',
	];
	return { flags, changes: lines.filter((line) => line !== false) };
}

const countWords = (count: number) => (count === 1 ? '1 word' : `${count} words`);

/** Throws ConfigError where the server would refuse the flags of both, such as two that exclude each other. */
function requireValid(flags: FlagWords, kept: readonly string[]): void {
	if (kept.length === 0) return;
	try {
		checkNames(readConfig(['serve', ...[...flags.values()].flat()], {}) as Config, TOOL_NAMES);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		throw new ConfigError(`with the flags that the entry has already (${showWords(kept)}): ${error.message}`);
	}
}

const showWords = (words: readonly unknown[]) => words.map(showWord).join(' ');

const showWord = (word: unknown) =>
	/[\s"]/.test(String(word)) ? quote(String(word), 500) : sanitize(String(word), 500);
