/** Runs the command that prints the token. */
import { existsSync, lstatSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { isAbsolute, resolve, win32 } from 'node:path';
import { isObject } from '../base/json.js';
import { describeProblem } from './credential-form.js';
import type { FoundCredential } from './found-credential.js';

/** Time limit of a token command, in which its user may have to unlock a password manager. */
const TIMEOUT_MS = 60_000;

/**
 * Returns a reader that runs the command. Calls that come together share one run, and a failed run is followed by another.
 * @param searchPath the variable PATH; needed on Windows only
 */
export function createTokenCommand(
	words: readonly string[],
	searchPath = '',
): (closing?: AbortSignal) => Promise<FoundCredential> {
	let running: Promise<FoundCredential> | undefined;
	return (closing) => {
		running ??= run(words, searchPath, closing).then((credential) => {
			// A password manager that was locked may be unlocked at the next call.
			if (credential.kind === 'none') running = undefined;
			return credential;
		});
		return running;
	};
}

/** Runs the command without a shell. Its errors and its stderr may hold the secret, so only the kind of failure is told. */
async function run(
	[command = '', ...args]: readonly string[],
	searchPath: string,
	signal?: AbortSignal,
): Promise<FoundCredential> {
	try {
		const { execFile } = await import('node:child_process');
		const { promisify } = await import('node:util');
		const program = platform() === 'win32' ? findProgram(command, searchPath, isThere) : command;
		if (program === undefined) return failed(`the --token-command ${describe({ code: 'ENOENT' }, command)}`);
		const { stdout } = await promisify(execFile)(program, args, {
			cwd: workFolder(),
			timeout: TIMEOUT_MS,
			// A command may ignore SIGTERM, and would then be waited for without end.
			killSignal: 'SIGKILL',
			maxBuffer: 64 * 1024,
			windowsHide: true,
			...(signal && { signal }),
		});
		const token = stdout.trim();
		if (token === '') return failed('the --token-command printed nothing');
		const problem = describeProblem('--token-command', token, 'token');
		return problem === undefined ? { kind: 'token', token, source: '--token-command' } : failed(problem);
	} catch (error) {
		return failed(`the --token-command ${describe(error, command)}`);
	}
}

/**
 * Returns the folder that the command runs in: the home folder, or the root of the file system where there is no such folder.
 * The server itself may run in the folder of a project, whose files are not the operator's.
 */
function workFolder(): string {
	const home = homedir();
	return isAbsolute(home) && existsSync(home) ? home : resolve('/');
}

/**
 * Returns the program that Windows would start for a name, or undefined where there is none. Windows itself looks in the
 * current folder first, and a relative entry of PATH leads there too.
 */
export function findProgram(name: string, searchPath: string, exists: (path: string) => boolean): string | undefined {
	if (/[\\/:]/.test(name)) return name;
	const names = /\.[^.]+$/.test(name) ? [name] : [`${name}.com`, `${name}.exe`];
	const folders = searchPath.split(';').map((folder) => folder.replaceAll('"', ''));
	return folders
		.filter((folder) => win32.isAbsolute(folder))
		.flatMap((folder) => names.map((one) => win32.join(folder, one)))
		.find(exists);
}

/** Whether there is such a file. The aliases that Windows makes for apps of its store can be run but not opened. */
function isThere(path: string): boolean {
	try {
		return !lstatSync(path).isDirectory();
	} catch {
		return false;
	}
}

function failed(why: string): FoundCredential {
	return {
		kind: 'none',
		why: `No credential: ${why}.`,
		advice: {
			agent: 'Ask the user to unlock the password manager or to fix --token-command, then call again.',
			shell: 'Unlock the password manager or correct --token-command, then call again.',
		},
	};
}

function describe(error: unknown, command: string): string {
	const { code, killed } = isObject(error) ? error : {};
	if (killed) return 'took too long';
	if (typeof code === 'number') return `ended with exit code ${code}`;
	return `could not be run (${code})${mayNeedShell(command, code) ? ' (on Windows name an .exe, or cmd /c …)' : ''}`;
}

/** Whether the command may be a script of Windows, which only a shell runs. */
function mayNeedShell(command: string, code: unknown): boolean {
	const isScript = /\.(cmd|bat)$/i.test(command) || platform() === 'win32';
	return isScript && (code === 'ENOENT' || code === 'EINVAL');
}
