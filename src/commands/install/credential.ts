/** Chooses where an entry gets its credential. */
import type { Config } from '../../config/config.js';
import { createCredentialReader } from '../../config/credential.js';
import { describeProblem } from '../../config/credential-form.js';
import { isUnfilledPlaceholder } from '../../config/parsers.js';
import { ConfigError } from '../../errors.js';
import { type Platform, pathsOf } from './client.js';
import type { EntryCredential } from './entry.js';
import type { FlagWords } from './flags.js';

/** What the environment and the flags of install offer. */
export interface CredentialOffer {
	/** The token to write into the file. */
	readonly toWrite?: string | undefined;
	/** The token of the environment, which a client may pass on. */
	readonly inEnvironment?: string | undefined;
	/** The file that the environment names for the token. */
	readonly file?: string | undefined;
}

/** Reads what there is. The file of a project is for others too: it gets no token, and no path of this machine. Throws ConfigError. */
export async function readOffer(config: Config, isProject: boolean): Promise<CredentialOffer> {
	if (isProject && config.writeToken)
		throw new ConfigError('--write-token would put the token into a file that others read: leave --project out');
	const text = config.token?.trim() ?? '';
	return {
		toWrite: config.writeToken ? await readToken(config) : undefined,
		inEnvironment: describeProblem('', text, 'token') === undefined ? text : undefined,
		file: isProject ? undefined : config.tokenFile,
	};
}

async function readToken({ token }: Config): Promise<string> {
	const credential = await createCredentialReader({ token }, () => undefined)();
	if (credential.kind !== 'token') throw new ConfigError('--write-token needs the token in CLOUDFLARE_API_TOKEN');
	return credential.token;
}

/** Returns the credential of an entry with these flags. */
export function chooseCredential(
	{ toWrite, file }: CredentialOffer,
	flags: FlagWords,
	platform: Platform,
): EntryCredential {
	if (toWrite !== undefined) return { kind: 'written', token: toWrite };
	if (flags.has('sandbox')) return { kind: 'none' };
	if (flags.has('token-command')) return { kind: 'command' };
	if (file === undefined || isUnfilledPlaceholder(file)) return { kind: 'client' };
	return { kind: 'file', path: pathsOf(platform).resolve(platform.cwd, file) };
}
