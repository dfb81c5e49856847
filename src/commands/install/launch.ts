/** Chooses how an entry starts this server: the files of a clone, or the package of the registry. */
import { commandOptions } from '../../config/options/commands.js';
import { ConfigError } from '../../errors.js';
import { NAME, VERSION } from '../../version.js';
import type { Platform } from './client.js';

/** The usual name of the entry. It is short, because clients put it before every tool's name. */
export const DEFAULT_NAME = commandOptions.entryName.default;

/** Command and arguments of an entry. */
export interface Launch {
	readonly command: string;
	readonly args: readonly string[];
}

/** What cmd reads as more than a letter, also within double quotes. */
const READ_BY_CMD = /[&|<>^%"!\r\n]/;

/** How the copy that runs now came to this machine. */
type Copy = 'clone' | 'installed' | 'fetched';

/** Tells whether a script belongs to a clone, to a package that was installed for all folders, or to one that npx fetched. */
export function copyOf(script: string): Copy {
	const path = script.split(/[\\/]/).join('/');
	const folder = `/node_modules/${NAME}/`;
	if (!path.includes(folder)) return 'clone';
	return ['/lib', '/npm'].some((prefix) => path.includes(prefix + folder)) ? 'installed' : 'fetched';
}

/** Whether an entry starts the copy that runs now. A shared entry does not name an installed copy, which others may lack. */
export function startsThisCopy(script: string, isShared: boolean): boolean {
	const copy = copyOf(script);
	return copy === 'clone' || (copy === 'installed' && !isShared);
}

/**
 * Returns what starts the server with these words. A clone and an installed package are started by the absolute paths of Node
 * and script, because npx might fetch another copy. Otherwise npx fetches the version that runs now. Throws ConfigError for
 * words that cmd would not pass on as they are.
 */
export function createLaunch({ os, node, script }: Platform, words: readonly string[], isShared = false): Launch {
	if (startsThisCopy(script, isShared)) return { command: node, args: [script, ...words] };
	const [command, args] = ['npx', ['-y', `${NAME}@${VERSION}`, ...words]];
	if (os !== 'win32') return { command, args };
	// On Windows npx is a batch file, which clients cannot start directly.
	const bad = words.find((word) => READ_BY_CMD.test(word));
	if (bad !== undefined)
		throw new ConfigError(
			'on Windows, npx is started through cmd, and a flag has a character that cmd reads: & | < > ^ % " or !',
		);
	return { command: 'cmd', args: ['/c', command, ...args] };
}

/** The command of an entry up to the program, and the words behind it. */
interface SplitCommand {
	readonly start: readonly string[];
	readonly words: readonly string[];
}

/** Takes the command of an entry apart. Returns undefined where it starts another program. */
export function splitCommand({ command, args }: Readonly<Record<string, unknown>>): SplitCommand | undefined {
	if (!Array.isArray(args) || !args.every((word): word is string => typeof word === 'string')) return undefined;
	const at = args.findIndex((word) => isProgram(word));
	return at < 0 ? undefined : { start: [String(command), ...args.slice(0, at + 1)], words: args.slice(at + 1) };
}

function isProgram(word: string): boolean {
	if (word === NAME || word.startsWith(`${NAME}@`)) return true;
	const path = word.replaceAll('\\', '/');
	// The cli.js of another package is another program.
	const owner = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
	return path.endsWith('/cli.js') && (owner === undefined || owner === NAME);
}
