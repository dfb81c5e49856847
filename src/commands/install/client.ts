/** What is known of one MCP client: where its configuration is, and how it is told the token without its being written down. */
import { posix, win32 } from 'node:path';

/** The machine that a client runs on. */
export interface Platform {
	readonly platform: NodeJS.Platform;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The person's home folder. */
	readonly home: string;
	/** The folder that relative paths start from. */
	readonly cwd: string;
	/** Whether a file or folder is there. */
	exists(path: string): boolean;
}

/** How a client passes CLOUDFLARE_API_TOKEN on to its servers; without any, the person is told what else there is. */
export interface TokenSource {
	/** What stands in the entry's `env` and is filled in by the client. */
	readonly env?: string;
	/** `env` names an input of the same file, for which the client asks. */
	readonly asks?: true;
	/** Key of the entry that lists variables to pass on by name. */
	readonly names?: string;
	/** What the person must do about the token; one sentence. */
	readonly next: string;
}

/** One client. */
export interface Client {
	/** As its makers write it. */
	readonly title: string;
	/** Where its file may be, in order: the first whose folder `within` exists is meant, the last in any case. */
	places(machine: Platform): readonly Place[];
	readonly format: 'json' | 'toml';
	/** Keys that lead to the table of servers. */
	readonly servers: readonly string[];
	/** What its entries have beside command and arguments. */
	readonly fixed?: Readonly<Record<string, string>>;
	readonly token: TokenSource;
	/** How it is made to see the new entry; one sentence. */
	readonly restart: string;
}

/** A place where the file may be. */
export interface Place {
	readonly file: string;
	/** A folder that only exists where this is the place. */
	readonly within?: string;
}

/** The rules for paths of the machine's platform, whatever platform this is. */
export function pathsOf({ platform }: Platform): typeof posix {
	return platform === 'win32' ? win32 : posix;
}

/** A file below a folder of the machine. */
export function below(machine: Platform, folder: string, ...names: readonly string[]): Place[] {
	return [{ file: pathsOf(machine).join(folder, ...names) }];
}

/** The folder that a variable names, if it is a whole path. */
export function folderFrom(machine: Platform, name: string): string | undefined {
	const folder = machine.env[name];
	return folder && pathsOf(machine).isAbsolute(folder) ? folder : undefined;
}

/** Where applications keep what belongs to a person: %APPDATA%, Application Support, or $XDG_CONFIG_HOME. */
export function applicationFolder(machine: Platform): string {
	const { join } = pathsOf(machine);
	if (machine.platform === 'win32') return folderFrom(machine, 'APPDATA') ?? join(machine.home, 'AppData', 'Roaming');
	if (machine.platform === 'darwin') return join(machine.home, 'Library', 'Application Support');
	return folderFrom(machine, 'XDG_CONFIG_HOME') ?? join(machine.home, '.config');
}
