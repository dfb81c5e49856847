/** Finds the credential: in the environment, in a file, through a command, or as a legacy key. */
import { readFileSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { isObject } from '../base/json.js';
import type { Log } from '../base/log.js';
import { codeOf } from '../base/system-error.js';
import type { Credential } from '../cloudflare/api.js';
import { ConfigError } from '../errors.js';
import type { Config } from './config.js';
import { isUnfilledPlaceholder } from './parsers.js';

/** Time limit of a token command, in which its user may have to unlock a password manager. */
const COMMAND_TIMEOUT_MS = 60_000;

/** The part of the configuration that names credentials. */
export type CredentialConfig = {
	readonly [Name in 'token' | 'tokenFile' | 'tokenCommand' | 'email' | 'key']?: Config[Name] | undefined;
};

/** Reads the credential. Aborting `closing` ends a token command that is still waiting for the user. */
export type ReadCredential = (closing?: AbortSignal) => Promise<Credential>;

/**
 * Finds out where the credential comes from. A token command runs when the credential is first read, and not again once it
 * succeeded. A missing credential is no error yet, since tools are listed without one. Throws ConfigError on a credential
 * that cannot work.
 */
export function createCredentialReader(config: CredentialConfig, log: Log): ReadCredential {
	const unfilled: string[] = [];
	const usable = (name: string, value: string | undefined): string | undefined => {
		if (value === undefined || !isUnfilledPlaceholder(value)) return checkHeaderValue(name, value);
		unfilled.push(name);
		return undefined;
	};
	const token =
		usable('CLOUDFLARE_API_TOKEN', config.token) ??
		usable('CLOUDFLARE_API_TOKEN_FILE', readTokenFile(config.tokenFile, log));
	if (token) return async () => ({ kind: 'token', token });
	if (config.tokenCommand) return createCommandReader(config.tokenCommand);
	const [email, key] = [usable('CLOUDFLARE_EMAIL', config.email), usable('CLOUDFLARE_API_KEY', config.key)];
	if (email && key) return async () => ({ kind: 'key', email, key });
	const [name] = unfilled;
	return async () => ({
		kind: 'none',
		why: explainMissing(name, email ?? key),
		advice: 'The operator must set CLOUDFLARE_API_TOKEN and restart the server.',
	});
}

/** The trimmed value, or undefined where it is empty. Throws ConfigError where no header can carry it. */
function checkHeaderValue(name: string, value: string | undefined): string | undefined {
	const trimmed = value?.trim();
	if (!trimmed) return undefined;
	if (!/^[\x21-\x7e]+$/.test(trimmed)) throw new ConfigError(`${name} contains spaces or control characters`);
	return trimmed;
}

function explainMissing(unfilled: string | undefined, half: string | undefined): string {
	if (unfilled)
		return `No credential: ${unfilled} still holds a placeholder such as \${…} that the client did not fill in.`;
	if (half) return 'No credential: CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY are needed together.';
	return 'No credential: CLOUDFLARE_API_TOKEN is not set.';
}

/** Byte order marks, in both byte orders. */
const UTF_16_MARKS = new Set(['fffe', 'feff']);

function readTokenFile(path: string | undefined, log: Log): string | undefined {
	if (path === undefined || isUnfilledPlaceholder(path)) return path;
	try {
		// Windows has no such mode bits.
		if (platform() !== 'win32' && (statSync(path).mode & 0o077) !== 0)
			log('warn', 'Other users can read the file that CLOUDFLARE_API_TOKEN_FILE names: run chmod 600 on it.');
		const bytes = readFileSync(path);
		// PowerShell writes UTF-16 by `>`. Read as UTF-8, the token would be refused without a visible reason.
		if (UTF_16_MARKS.has(bytes.toString('hex', 0, 2)))
			throw new ConfigError('CLOUDFLARE_API_TOKEN_FILE is written in UTF-16: save it as UTF-8');
		return bytes.toString('utf8');
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		throw new ConfigError(`CLOUDFLARE_API_TOKEN_FILE cannot be read (${codeOf(error)})`);
	}
}

/** Reads the credential from a command. Calls that come together share one run, and a failed run is followed by another. */
function createCommandReader(words: readonly string[]): ReadCredential {
	let running: Promise<Credential> | undefined;
	return (closing) => {
		running ??= runTokenCommand(words, closing).then((credential) => {
			// A password manager that was locked may be unlocked at the next call.
			if (credential.kind === 'none') running = undefined;
			return credential;
		});
		return running;
	};
}

/** Runs the command without a shell. Its errors and its stderr may hold the secret, so only the kind of failure is told. */
async function runTokenCommand([command = '', ...args]: readonly string[], signal?: AbortSignal): Promise<Credential> {
	try {
		const { execFile } = await import('node:child_process');
		const { promisify } = await import('node:util');
		const { stdout } = await promisify(execFile)(command, args, {
			timeout: COMMAND_TIMEOUT_MS,
			maxBuffer: 64 * 1024,
			windowsHide: true,
			...(signal && { signal }),
		});
		const token = isUnfilledPlaceholder(stdout) ? undefined : checkHeaderValue('the output of --token-command', stdout);
		return token ? { kind: 'token', token } : failed('the --token-command printed nothing');
	} catch (error) {
		return failed(error instanceof ConfigError ? error.message : `the --token-command ${describe(error, command)}`);
	}
}

function failed(why: string): Credential {
	return {
		kind: 'none',
		why: `No credential: ${why}.`,
		advice: 'Ask the user to unlock the password manager or to fix --token-command, then call again.',
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
