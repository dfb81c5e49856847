/** Describes an MCP client: where its configuration file is, and how it passes the API token to its servers. */
import { posix, win32 } from 'node:path';

/** What the location of a configuration file depends on. */
export interface Platform {
	readonly os: NodeJS.Platform;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The home folder of the user. */
	readonly home: string;
	/** The folder that relative paths start from. */
	readonly cwd: string;
	/** The absolute path of the Node.js that runs now. */
	readonly node: string;
	/** The absolute path of this command's script. */
	readonly script: string;
	/** Whether a file or folder exists. */
	exists(path: string): boolean;
}

/** How a client passes CLOUDFLARE_API_TOKEN to its servers. Without any of the first three, servers inherit it, or get none. */
interface TokenSource {
	/** The value of the variable in the entry's `env`, which the client replaces by the token. */
	readonly placeholder?: string;
	/** The client asks the user for the token and keeps it: the file declares an input, and the placeholder names it. */
	readonly input?: TokenInput;
	/** The key of the entry that lists the names of variables to pass on. */
	readonly variableNamesKey?: string;
	/** Servers get no variable of the user at all, so an entry needs a credential of its own. */
	readonly isolated?: true;
	/** How the client asks for the token and keeps it without this command, in sentences. */
	readonly ownWay?: string;
	/** What the user has to do about the token, in sentences. */
	readonly advice: string;
}

/** An input of the file, for which the client asks the user. */
export interface TokenInput {
	readonly type: string;
	/** Its id for the usual entry. Another entry has an id of its own, because the client keeps one value for each id. */
	readonly id: string;
	readonly description: string;
	/** Whether the client hides what the user types. */
	readonly password: boolean;
}

/** An MCP client that `install` can configure. */
export interface Client {
	/** The name that its makers use. */
	readonly title: string;
	/** Where its file may be, the preferred location first. One of them has no edition. */
	locations(platform: Platform): readonly Location[];
	/** Its file below the folder of a project, which a team commits, if it reads one. */
	readonly project?: { readonly path: readonly string[]; readonly advice?: string };
	readonly format: 'json' | 'toml';
	/** The keys that lead to the table of servers. */
	readonly servers: readonly string[];
	/** Keys that each entry needs beside command and arguments. */
	readonly extraKeys?: Readonly<Record<string, string>>;
	readonly token: TokenSource;
	/** Says how the user makes the client load the new entry, in sentences. */
	restart(name: string): string;
}

/** Where a client, or one edition of it, keeps its file. */
export interface Location {
	readonly file: string;
	/** A file or folder that is there only where the client is. Programs make it at their first start. */
	readonly trace: string;
	/** The name of the edition, where it is not the usual one. */
	readonly edition?: string;
}

/** Returns the path rules of the platform's system, which need not be the system of this process. */
export function pathsOf({ os }: Platform): typeof posix {
	return os === 'win32' ? win32 : posix;
}

/** Returns the location of a file in a folder that only this client makes. */
export function fileIn(platform: Platform, folder: readonly string[], name: string, edition?: string): Location {
	const { join } = pathsOf(platform);
	const trace = join(...folder);
	return { file: join(trace, name), trace, ...(edition !== undefined && { edition }) };
}

/** Returns the folder that a variable names. A relative path counts as not set. */
export function folderFrom(platform: Platform, variable: string): string | undefined {
	const folder = platform.env[variable];
	return folder && pathsOf(platform).isAbsolute(folder) ? folder : undefined;
}

/** Returns the folder of the user's application settings: %APPDATA%, Application Support, or $XDG_CONFIG_HOME. */
export function settingsFolder(platform: Platform): string {
	const { join } = pathsOf(platform);
	if (platform.os === 'win32') return folderFrom(platform, 'APPDATA') ?? join(platform.home, 'AppData', 'Roaming');
	if (platform.os === 'darwin') return join(platform.home, 'Library', 'Application Support');
	return folderFrom(platform, 'XDG_CONFIG_HOME') ?? join(platform.home, '.config');
}
