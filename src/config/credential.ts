/** Finds the credential: in the environment, in a file, through a command, or as a legacy key. */
import type { Wording } from '../base/audience.js';
import type { Log } from '../base/log.js';
import type { Config } from './config.js';
import { type CredentialForm, describeProblem } from './credential-form.js';
import type { FoundCredential } from './found-credential.js';
import { readSecretFile } from './own-text.js';
import { isUnfilledPlaceholder } from './parsers.js';
import { createTokenCommand } from './token-command.js';

/** The part of the configuration that names credentials. */
export type CredentialConfig = {
	readonly [Name in 'token' | 'tokenFile' | 'tokenCommand' | 'searchPath' | 'email' | 'key']?: Config[Name] | undefined;
};

/** Reads the credential. Aborting `closing` ends a token command that is still waiting for the user. */
export type ReadCredential = (closing?: AbortSignal) => Promise<FoundCredential>;

/**
 * Finds out where the credential comes from. A text that cannot be a credential counts as not set, so that it is never sent.
 * A token command runs when the credential is first read, and not again once it succeeded. A missing credential is no error
 * yet, since tools are listed without one. Throws ConfigError on a token file that cannot be read.
 */
export function createCredentialReader(config: CredentialConfig, log: Log): ReadCredential {
	const problems: string[] = [];
	const usable = (name: string, value: string | undefined, form: CredentialForm = 'token'): string | undefined => {
		const text = value?.trim() || undefined;
		const problem = text && describeProblem(name, text, form);
		if (problem) problems.push(problem);
		return problem ? undefined : text;
	};
	const own = usable('CLOUDFLARE_API_TOKEN', config.token);
	if (own) return async () => ({ kind: 'token', token: own, source: 'CLOUDFLARE_API_TOKEN' });
	const filed = usable('CLOUDFLARE_API_TOKEN_FILE', readTokenFile(config.tokenFile, log));
	if (filed) return async () => ({ kind: 'token', token: filed, source: 'CLOUDFLARE_API_TOKEN_FILE' });
	if (config.tokenCommand) return createTokenCommand(config.tokenCommand, config.searchPath);
	const email = usable('CLOUDFLARE_EMAIL', config.email, 'email');
	const key = usable('CLOUDFLARE_API_KEY', config.key);
	const source = 'CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY';
	if (email && key) return async () => ({ kind: 'key', email, key, source });
	const half = `${source} are needed together`;
	const why = problems[0] ?? (email || key ? half : 'CLOUDFLARE_API_TOKEN is not set');
	return async () => ({ kind: 'none', why: `No credential: ${why}.`, advice: SET_TOKEN });
}

const SET_TOKEN: Wording = {
	agent: 'The operator must set CLOUDFLARE_API_TOKEN and restart the server.',
	shell: 'Set CLOUDFLARE_API_TOKEN. You create a token at https://dash.cloudflare.com/profile/api-tokens.',
};

function readTokenFile(path: string | undefined, log: Log): string | undefined {
	if (path === undefined || isUnfilledPlaceholder(path)) return path;
	return readSecretFile(path, 'CLOUDFLARE_API_TOKEN_FILE', log);
}
