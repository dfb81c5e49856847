/** Checks how a server that many share is configured. Pure. */
import { isThisMachine } from '../base/identifiers.js';
import { ConfigError } from '../errors.js';
import { formatAddress } from './address-parsers.js';
import type { Config } from './config.js';
import type { Option } from './option.js';
import { httpOptions } from './options/http.js';
import type { OptionName } from './options/index.js';

/** How callers prove who they are. */
export type AuthMode = NonNullable<Config['auth']>;

/** The way in which callers prove who they are: as given, else by what is configured for one of them. */
export function authModeOf({ auth, oauthIssuer, policy }: Config): AuthMode {
	if (auth) return auth;
	if (oauthIssuer !== undefined) return 'oauth';
	return policy === undefined ? 'none' : 'tokens';
}

/** Throws ConfigError where an option of HTTP is given for a server on stdio: it would do nothing, and one of them protects. */
export function refuseHttpOptions(config: Config): void {
	const options = Object.entries<Option<unknown>>(httpOptions) as [OptionName, Option<unknown>][];
	for (const [name, option] of options)
		if (config[name] !== undefined && config[name] !== option.default)
			throw new ConfigError(`--${option.flag} needs --http`);
}

/** Throws ConfigError where the options of a server over HTTP contradict each other, or lack one that others need. */
export function checkHttp(config: Config): void {
	const { http, redis, confirmSecret, filesRoot, skipConfirmation } = config;
	const mode = authModeOf(config);
	checkSignIn(config, mode);
	if (mode === 'none' && http && !isThisMachine(http.host))
		throw new ConfigError(
			`--http ${formatAddress(http)} can be reached from other machines, so callers must prove who they are: give --policy, --oauth-issuer or --auth cloudflare`,
		);
	if (mode === 'none' && config.auth === undefined) refuseOpenProxy(config);
	if (redis !== undefined && confirmSecret === undefined)
		throw new ConfigError(
			"--redis needs CF_CACHE_CONFIRM_SECRET: without it a replica does not accept the others' sessions and codes",
		);
	if (filesRoot !== undefined)
		throw new ConfigError(
			"--files-root and --http exclude each other: the files would be the server's, not the caller's",
		);
	if (skipConfirmation)
		throw new ConfigError('--dangerously-skip-confirmation and --http exclude each other: give --confirm code instead');
}

/** Throws ConfigError where a way to sign in lacks what it needs, or would not use what was given for another one. */
function checkSignIn({ policy, oauthIssuer, oauthAudience, publicUrl }: Config, mode: AuthMode): void {
	if (mode === 'tokens' && policy === undefined)
		throw new ConfigError('--auth tokens needs --policy, the file of the tokens');
	if (mode === 'oauth' && (oauthIssuer === undefined || publicUrl === undefined))
		throw new ConfigError('--auth oauth needs --oauth-issuer and --public-url');
	if (mode === 'none' && policy !== undefined)
		throw new ConfigError(
			'--auth none and --policy exclude each other: without a sign-in, no caller can be told apart',
		);
	if (mode !== 'oauth' && oauthIssuer !== undefined)
		throw new ConfigError(`--auth ${mode} and --oauth-issuer exclude each other`);
	if (mode !== 'oauth' && oauthAudience !== undefined) throw new ConfigError('--oauth-audience needs --oauth-issuer');
}

/**
 * Throws ConfigError where a proxy makes a server reachable that knows none of its callers. A proxy that knows them itself
 * is possible, but --auth none has to say so.
 */
function refuseOpenProxy({ publicUrl, allowedHosts = [] }: Config): void {
	const hosts = [...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname]), ...allowedHosts];
	const host = hosts.find((one) => !isThisMachine(one));
	if (host !== undefined)
		throw new ConfigError(
			`${host} can be reached from other machines, so callers must prove who they are: give --policy, --oauth-issuer or --auth cloudflare. With --auth none, your proxy must let in only whom it knows.`,
		);
}
