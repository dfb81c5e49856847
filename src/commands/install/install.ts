/** Adds this server to a client's own configuration, and changes nothing else there. */
import { suggest } from '../../base/did-you-mean.js';
import { quote, sanitize } from '../../base/sanitize.js';
import { type Config, readSecrets, type ServerFlag } from '../../config/config.js';
import { createCredentialReader } from '../../config/credential.js';
import { isUnfilledPlaceholder } from '../../config/parsers.js';
import { checkNames } from '../../config/preflight.js';
import { ConfigError } from '../../errors.js';
import { OPERATIONS } from '../../operations/index.js';
import { type Client, type Platform, pathsOf } from './client.js';
import { CLIENTS } from './clients.js';
import { readConfigFile, replaceConfigFile, restrictToOwner } from './config-file.js';
import { createEntry, type Entry, type EntryCredential, KEY } from './entry.js';
import { ConfigFileError } from './format.js';
import { mergeEntry, printEntry } from './merge.js';
import { nextSteps } from './next-steps.js';

/** Shorter secrets would be found in ordinary words. */
const MIN_SECRET_LENGTH = 6;

interface Installation {
	readonly client: Client;
	readonly entry: Entry;
	/** The path of the client's file. */
	readonly path: string;
	readonly platform: Platform;
	/** Whether the entry holds the token. */
	readonly secret: boolean;
	/** Returns the lines of the next steps, by the variables that gave the entry a credential before. */
	advise(had: readonly string[]): string[];
}

/**
 * Adds the entry, or shows it with `--print`. Returns what to print and the exit code: 1 when the file was left as it is.
 * Throws ConfigError.
 */
export async function install(config: Config, platform: Platform): Promise<{ text: string; code: 0 | 1 }> {
	const installation = await prepare(config, platform);
	const { client, entry, path, advise } = installation;
	if (config.print) {
		const shown = [`${client.title} reads ${show(path)}. Add this to it:`, '', printEntry(client, entry)];
		return { text: joinLines([...shown, ...advise([])]), code: 0 };
	}
	try {
		return { text: joinLines(await addEntry(installation)), code: 0 };
	} catch (error) {
		if (!(error instanceof ConfigFileError)) throw error;
		const what = `${client.title}: ${show(path)} ${error.message}. Nothing was written.`;
		const byHand = error.byHand ? ['Add this entry by hand:', '', printEntry(client, entry)] : [];
		return { text: joinLines([what, ...byHand]), code: 1 };
	}
}

async function prepare(config: Config, platform: Platform): Promise<Installation> {
	const client = findClient(config.client);
	checkNames(
		config,
		OPERATIONS.map(({ name }) => name),
	);
	const flags = config.serverFlags ?? [];
	const words = flags.flatMap((flag) => wordsOf(flag, platform));
	refuseSecrets(words, platform);
	const credential = await chooseCredential(config, platform);
	return {
		client,
		entry: createEntry(client, words, credential, platform.os),
		path: findFile(client, platform),
		platform,
		secret: credential.kind === 'written',
		advise: (had) => nextSteps(client, credential, flags, had),
	};
}

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

async function chooseCredential(config: Config, platform: Platform): Promise<EntryCredential> {
	if (config.writeToken) {
		const read = createCredentialReader({ token: config.token }, () => undefined);
		const credential = await read();
		if (credential.kind !== 'token') throw new ConfigError('--write-token needs the token in CLOUDFLARE_API_TOKEN');
		return { kind: 'written', token: credential.token };
	}
	if (config.serverFlags?.some(({ flag }) => flag === 'sandbox')) return { kind: 'none' };
	if (config.tokenCommand) return { kind: 'command' };
	if (config.tokenFile === undefined || isUnfilledPlaceholder(config.tokenFile)) return { kind: 'client' };
	return { kind: 'file', path: pathsOf(platform).resolve(platform.cwd, config.tokenFile) };
}

function findFile(client: Client, platform: Platform): string {
	const locations = client.locations(platform);
	const found = locations.find(({ requiredFolder }) => requiredFolder !== undefined && platform.exists(requiredFolder));
	return (found ?? locations.at(-1))?.file ?? '';
}

/** Writes the file when the entry changes it. Returns the lines that say what was done. */
async function addEntry({ client, entry, path, platform, secret, advise }: Installation): Promise<string[]> {
	const file = await readConfigFile(path);
	const { text, hadEntry, credentials } = mergeEntry(client, entry, file.text);
	const where = show(file.realPath === path ? path : `${path} (a link to ${file.realPath})`);
	if (text === file.text) {
		// Windows has access lists in place of the mode.
		const restricted = secret && platform.os !== 'win32' && (await restrictToOwner(file));
		const what = restricted ? 'Only its mode was changed, to 600.' : 'Nothing was written.';
		return [`${client.title} already has ${KEY}, in ${where}. ${what}`];
	}
	const backup = await replaceConfigFile(file, text, secret);
	return [
		`${hadEntry ? 'Updated' : 'Added'} ${KEY} ${hadEntry ? 'of' : 'to'} ${client.title}, in ${where}.`,
		`Command: ${[entry.start.command, ...(entry.start.args as string[])].map(showWord).join(' ')}`,
		...(backup === undefined ? [] : [`Backup of the old file: ${show(backup)}`]),
		...advise(credentials),
	];
}

const showWord = (word: unknown) =>
	/[\s"]/.test(String(word)) ? quote(String(word), 500) : sanitize(String(word), 500);
