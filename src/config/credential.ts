/** Where the credential comes from: environment, file, a password manager's command, or legacy key. */
import { readFileSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import type { Log } from '../base/log.js';
import { codeOf } from '../base/system-error.js';
import type { Credential } from '../cloudflare/api.js';
import { ConfigError } from '../errors.js';
import { type Config, isUnfilledPlaceholder } from './config.js';

/** How long a password manager may take, unlocking by its user included (milliseconds). */
const COMMAND_TIMEOUT_MS = 60_000;

/** Gives the credential. A command that still runs is ended when `closing` aborts: nobody waits for what it asks a person. */
export type ReadCredential = (closing?: AbortSignal) => Promise<Credential>;

/**
 * The credential of the configuration, as a function because a command runs when it is first needed, and once when it
 * succeeds. None is no error yet: a server without one still lists its tools. Throws ConfigError on a credential that
 * cannot work.
 */
export function readCredential(config: Config, log: Log): ReadCredential {
	const unfilled: string[] = [];
	const usable = (name: string, value: string | undefined): string | undefined => {
		const trimmed = value?.trim();
		if (!trimmed) return undefined;
		if (isUnfilledPlaceholder(trimmed)) {
			unfilled.push(name);
			return undefined;
		}
		// A header value with anything else would be refused by Cloudflare as 6003, or worse, split.
		if (!/^[\x21-\x7e]+$/.test(trimmed)) throw new ConfigError(`${name} contains spaces or control characters`);
		return trimmed;
	};

	const token =
		usable('CLOUDFLARE_API_TOKEN', config.token) ??
		usable('CLOUDFLARE_API_TOKEN_FILE', readTokenFile(config.tokenFile, log));
	if (token) return async () => ({ kind: 'token', token });
	if (config.tokenCommand)
		return runTokenCommand(config.tokenCommand, (output) => usable('the output of --token-command', output));
	const [email, key] = [usable('CLOUDFLARE_EMAIL', config.email), usable('CLOUDFLARE_API_KEY', config.key)];
	if (email && key) return async () => ({ kind: 'key', email, key });
	const why = unfilled[0]
		? `No credential: ${unfilled[0]} still holds a placeholder such as \${…} that the client did not fill in.`
		: email || key
			? 'No credential: CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY are needed together.'
			: 'No credential: CLOUDFLARE_API_TOKEN is not set.';
	return async () => ({
		kind: 'none',
		why,
		advice: 'The operator must set CLOUDFLARE_API_TOKEN and restart the server.',
	});
}

/** The marks at the start of such files, in both byte orders. */
const UTF_16 = new Set(['fffe', 'feff']);

function readTokenFile(path: string | undefined, log: Log): string | undefined {
	if (path === undefined || isUnfilledPlaceholder(path)) return path;
	try {
		// Windows has no such mode bits.
		if (platform() !== 'win32' && (statSync(path).mode & 0o077) !== 0)
			log('warn', 'CLOUDFLARE_API_TOKEN_FILE can be read by others: chmod 600 it');
		const bytes = readFileSync(path);
		// What PowerShell writes by `>`; read as UTF-8 it would be refused without anybody seeing why.
		if (UTF_16.has(bytes.toString('hex', 0, 2)))
			throw new ConfigError('CLOUDFLARE_API_TOKEN_FILE is written in UTF-16: save it as UTF-8');
		return bytes.toString('utf8');
	} catch (error) {
		if (error instanceof ConfigError) throw error;
		throw new ConfigError(`CLOUDFLARE_API_TOKEN_FILE cannot be read (${codeOf(error)})`);
	}
}

/** Runs the command without a shell; what it prints on stderr and how it failed may hold the secret, so only the kind of failure is told. */
function runTokenCommand(words: readonly string[], usable: (output: string) => string | undefined): ReadCredential {
	const [command = '', ...args] = words;
	const fail = (why: string): Credential => ({
		kind: 'none',
		why: `No credential: ${why}.`,
		advice: 'Let the person unlock the password manager or mend the command, then call again.',
	});
	const run = async (closing: AbortSignal | undefined): Promise<Credential> => {
		try {
			const { execFile } = await import('node:child_process');
			const { promisify } = await import('node:util');
			const { stdout } = await promisify(execFile)(command, args, {
				timeout: COMMAND_TIMEOUT_MS,
				maxBuffer: 64 * 1024,
				windowsHide: true,
				...(closing && { signal: closing }),
			});
			const token = usable(stdout);
			return token ? { kind: 'token', token } : fail('the --token-command printed nothing');
		} catch (error) {
			if (error instanceof ConfigError) return fail(error.message);
			const { code, killed } = error as { code?: string | number; killed?: boolean };
			const how = killed
				? 'took too long'
				: typeof code === 'number'
					? `ended with exit code ${code}`
					: `could not be run (${code})${needsShell(command, code) ? ' (on Windows name an .exe, or cmd /c …)' : ''}`;
			return fail(`the --token-command ${how}`);
		}
	};
	let running: Promise<Credential> | undefined;
	return (closing) => {
		// A password manager that was locked may be unlocked at the next call.
		running ??= run(closing).then((credential) => {
			if (credential.kind === 'none') running = undefined;
			return credential;
		});
		return running;
	};
}

/** Whether it may have failed because only a shell runs scripts there. */
function needsShell(command: string, code: string | undefined): boolean {
	const script = /\.(cmd|bat)$/i.test(command) || platform() === 'win32';
	return script && (code === 'ENOENT' || code === 'EINVAL');
}
