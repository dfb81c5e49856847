/** Reads the flags of the server that were given to install, as words of an entry. */
import type { Config, ServerFlag } from '../../config/config.js';
import { readSecrets } from '../../config/config.js';
import { optionKindOf } from '../../config/option.js';
import { OPTION_LIST } from '../../config/options/index.js';
import { ConfigError } from '../../errors.js';
import { type Platform, pathsOf } from './client.js';
import type { FlagWords } from './flags.js';

/** Shorter secrets would be found in ordinary words. */
const MIN_SECRET_LENGTH = 6;

/** Flags whose value is a path. */
export const PATH_FLAGS: readonly string[] = OPTION_LIST.flatMap(([, option]) =>
	option.flag && isPath(optionKindOf(option)) ? [option.flag] : [],
);

/** Returns the given flags. Throws ConfigError for one that contains a secret. */
export function readGivenFlags({ serverFlags = [] }: Config, platform: Platform): FlagWords {
	const given = new Map(serverFlags.map((flag) => [flag.flag, wordsOf(flag, platform)]));
	refuseSecrets([...given.values()].flat(), platform);
	return given;
}

function isPath(kind: ServerFlag['kind']): boolean {
	return kind === 'file' || kind === 'directory';
}

/** Returns a flag as words of the entry. Paths become absolute: the client starts the server in another folder. */
function wordsOf({ flag, value, kind }: ServerFlag, platform: Platform): string[] {
	if (value === undefined) return [`--${flag}`];
	const word = isPath(kind) ? pathsOf(platform).resolve(platform.cwd, value) : value;
	// Behind a blank, a value that starts with a dash would be read as a flag.
	return word.startsWith('-') ? [`--${flag}=${word}`] : [`--${flag}`, word];
}

/** Refuses flags in which the shell replaced "$CLOUDFLARE_API_TOKEN" by the token: the file would hold it. */
function refuseSecrets(words: readonly string[], { env }: Platform): void {
	const secrets = readSecrets(env).filter((secret) => secret.length >= MIN_SECRET_LENGTH);
	if (words.some((word) => secrets.some((secret) => word.includes(secret))))
		throw new ConfigError(
			'a flag contains a secret from the environment, which the file would then hold; use --write-token to write the token',
		);
}
