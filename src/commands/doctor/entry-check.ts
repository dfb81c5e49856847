/** Says whether the entry of a client would start this server. It looks at files and variables, and runs nothing. */
import { quote } from '../../base/sanitize.js';
import { readConfig } from '../../config/config.js';
import { isUnfilledPlaceholder, parseCommandWords } from '../../config/parsers.js';
import { findProgram } from '../../config/token-command.js';
import { ConfigError } from '../../errors.js';
import { NAME } from '../../version.js';
import { type Client, type Platform, pathsOf } from '../install/client.js';
import { isTable } from '../install/format.js';
import { splitCommand } from '../install/launch.js';

/** What became of an entry. */
export interface EntryState {
	readonly state: 'ok' | 'fix' | 'note';
	/** The end of a sentence whose subject is the entry. */
	readonly text: string;
	/** What to do besides a new `install`. */
	readonly next: readonly string[];
}

const TOKEN = 'CLOUDFLARE_API_TOKEN';
const TOKEN_FILE = 'CLOUDFLARE_API_TOKEN_FILE';

const starts = (how: string): EntryState => ({ state: 'ok', text: `would start; ${how}`, next: [] });
const fails = (why: string, ...next: string[]): EntryState => ({ state: 'fix', text: `would not work: ${why}`, next });
const unsure = (why: string, ...next: string[]): EntryState => ({ state: 'note', text: why, next });

/** Checks command, script, flags and credential, in the order in which a start needs them. */
export function checkEntry(client: Client, entry: Readonly<Record<string, unknown>>, platform: Platform): EntryState {
	const split = splitCommand(entry);
	if (!split) return fails('it starts another program');
	const { start, words } = split;
	const [command = '', program = ''] = [start[0], start.at(-1)];
	const env = stringsOf(entry.env);
	return (
		checkProgram(command, program, platform) ??
		checkFlags(program, words, env, platform) ??
		checkCredential(client, { words, env, passes: passesToken(client, entry) }, platform) ??
		checkDownload(program, starts(describeSource(words, env)))
	);
}

/** The members of a table that are texts. */
export function stringsOf(table: unknown): Record<string, string> {
	const entries = Object.entries(isTable(table) ? table : {});
	return Object.fromEntries(entries.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function checkProgram(command: string, program: string, platform: Platform): EntryState | undefined {
	if (!isFound(command, platform)) return fails(`its command ${quote(command, 300)} is not there`);
	// A name that is no path stands for the package of the registry.
	if (!/[\\/]/.test(program)) return undefined;
	if (!pathsOf(platform).isAbsolute(program)) return fails(`its script ${quote(program, 300)} is a relative path`);
	return platform.exists(program) ? undefined : fails(`its script ${quote(program, 300)} is not there`);
}

/** Only this copy of the server knows which flags it takes. */
function checkFlags(
	program: string,
	words: readonly string[],
	env: Readonly<Record<string, string>>,
	{ script }: Platform,
): EntryState | undefined {
	if (program !== script) return undefined;
	try {
		readConfig(['serve', ...words], env);
		return undefined;
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return fails(error.message);
	}
}

interface CredentialPlaces {
	readonly words: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	/** Whether the entry makes the client pass its own variable on. */
	readonly passes: boolean;
}

function checkCredential(
	{ title, token }: Client,
	{ words, env, passes }: CredentialPlaces,
	platform: Platform,
): EntryState | undefined {
	if (words.includes('--sandbox') || holdsToken(env)) return undefined;
	const file = env[TOKEN_FILE];
	if (file) return platform.exists(file) ? undefined : fails(`the token file ${quote(file, 300)} is not there`);
	const command = tokenCommandOf(words);
	if (command !== undefined)
		return isFound(command, platform) ? undefined : fails(`its token command ${quote(command, 300)} is not there`);
	if (env.CLOUDFLARE_API_KEY && env.CLOUDFLARE_EMAIL) return undefined;
	if (token.input && passes) return undefined;
	if (token.isolated || (token.variableNamesKey !== undefined && !passes))
		return fails(`it has no credential, and ${title} passes none on`, token.advice);
	if (platform.env[TOKEN]) return undefined;
	return unsure(`would start, but ${TOKEN} is not set here, and it needs it from ${title}`, token.advice);
}

function describeSource(words: readonly string[], env: Readonly<Record<string, string>>): string {
	if (words.includes('--sandbox')) return 'the sandbox needs no token';
	if (holdsToken(env)) return 'its file holds the token';
	if (env[TOKEN_FILE]) return `the token is in ${quote(env[TOKEN_FILE], 300)}`;
	if (tokenCommandOf(words) !== undefined) return `${quote(tokenCommandOf(words) ?? '', 100)} gives the token`;
	if (env.CLOUDFLARE_API_KEY && env.CLOUDFLARE_EMAIL) return 'its file holds a Global API Key';
	return 'the client passes the token on';
}

/** The package is fetched when it starts first, so only a start would show whether that works. */
function checkDownload(program: string, state: EntryState): EntryState {
	if (/[\\/]/.test(program)) return state;
	return unsure(
		`${state.text}; npx fetches ${quote(program, 100)}`,
		`See whether it is there: npx -y ${program} --version`,
	);
}

function passesToken({ token: { variableNamesKey } }: Client, entry: Readonly<Record<string, unknown>>): boolean {
	const names = variableNamesKey === undefined ? undefined : entry[variableNamesKey];
	return stringsOf(entry.env)[TOKEN] !== undefined || (Array.isArray(names) && names.includes(TOKEN));
}

function holdsToken(env: Readonly<Record<string, string>>): boolean {
	const token = env[TOKEN];
	return token !== undefined && token !== '' && !isUnfilledPlaceholder(token);
}

/** The program of --token-command. */
function tokenCommandOf(words: readonly string[]): string | undefined {
	const at = words.findIndex((word) => /^--token-command(=|$)/.test(word));
	if (at < 0) return undefined;
	const text = words[at]?.includes('=') ? words[at].replace(/^[^=]*=/, '') : words[at + 1];
	return parseCommandWords(text || NAME)[0];
}

/** Whether a command would be found: by its path, or in PATH. A relative path depends on a folder that the client chooses. */
function isFound(command: string, platform: Platform): boolean {
	const { os, env, exists } = platform;
	const { isAbsolute, join } = pathsOf(platform);
	if (isAbsolute(command)) return exists(command);
	if (os === 'win32') return findProgram(command, env.PATH ?? env.Path ?? '', exists) !== undefined;
	if (command === '' || command.includes('/')) return false;
	const folders = (env.PATH ?? '').split(':').filter((folder) => isAbsolute(folder));
	return folders.some((folder) => exists(join(folder, command)));
}
