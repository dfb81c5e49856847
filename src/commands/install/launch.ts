/** Chooses how an entry starts this server: the files of a clone, or the package of the registry. */
import mcp from '../../../mcp.json' with { type: 'json' };
import { ConfigError } from '../../errors.js';
import { NAME } from '../../version.js';
import type { Platform } from './client.js';

/** The name of the entry. It is short, because clients put it before every tool's name. */
export const KEY = 'cf-cache' satisfies keyof typeof mcp.mcpServers;

/** Command and arguments of an entry. */
export interface Launch {
	readonly command: string;
	readonly args: readonly string[];
}

/** What cmd reads as more than a letter, also within double quotes. */
const READ_BY_CMD = /[&|<>^%"!\r\n]/;

/**
 * Returns what starts the server with these words. A clone is started by the absolute paths of Node and script, because the
 * name in the registry stands for another copy. A package is fetched in the version that runs now. Throws ConfigError for
 * words that cmd would not pass on as they are.
 */
export function createLaunch({ os, node, script }: Platform, words: readonly string[]): Launch {
	if (!isPackage(script)) return { command: node, args: [script, ...words] };
	const { command, args } = mcp.mcpServers[KEY];
	if (os !== 'win32') return { command, args: [...args, ...words] };
	// On Windows npx is a batch file, which clients cannot start directly.
	const bad = words.find((word) => READ_BY_CMD.test(word));
	if (bad !== undefined)
		throw new ConfigError(
			'on Windows, npx is started through cmd, and a flag has a character that cmd reads: & | < > ^ % " or !',
		);
	return { command: 'cmd', args: ['/c', command, ...args, ...words] };
}

/** Whether a script belongs to an installed package, and not to a clone. */
function isPackage(script: string): boolean {
	return script.split(/[\\/]/).join('/').includes(`/node_modules/${NAME}/`);
}

/** Returns the words behind the program in the arguments of an entry, or undefined where another program is started. */
export function wordsBehindProgram(args: unknown): readonly string[] | undefined {
	if (!Array.isArray(args) || !args.every((word): word is string => typeof word === 'string')) return undefined;
	const at = args.findIndex((word) => isProgram(word));
	return at < 0 ? undefined : args.slice(at + 1);
}

function isProgram(word: string): boolean {
	return word === NAME || word.startsWith(`${NAME}@`) || /[\\/]cli\.js$/.test(word);
}
