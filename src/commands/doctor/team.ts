/** Checks what a server that many share needs beside a credential: its flags, its policy file, and the Redis of its replicas. */
import { systemClock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { quote } from '../../base/sanitize.js';
import type { Policies } from '../../call/principal.js';
import { askIssuer } from '../../compose/ask-issuer.js';
import { askRedis } from '../../compose/ask-redis.js';
import { formatAddress } from '../../config/address-parsers.js';
import type { Config } from '../../config/config.js';
import { authModeOf, checkHttp, refuseHttpOptions } from '../../config/http.js';
import { PolicyFile } from '../../config/policy/policy-file.js';
import { ConfigError } from '../../errors.js';
import { ENDPOINT } from '../../mcp/http/door.js';
import { type Finding, fix, note, ok } from './finding.js';

/** What the checks need to know beside the configuration. */
interface TeamSurroundings {
	/** Names of all tools. */
	readonly tools: readonly string[];
	/** The environment, whose variables a policy file may name. */
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly log: Log;
}

/** Throws ConfigError where the server would not start with these options of HTTP. */
export function checkTeamOptions(config: Config): void {
	if (config.http) checkHttp(config);
	else refuseHttpOptions(config);
}

/** Reads the policy file as the server does. The policies are undefined where there is none, or none that can be used. */
export function checkPolicy(
	config: Config,
	{ tools, env, log }: TeamSurroundings,
): { findings: readonly Finding[]; policies?: Policies } {
	const mode = authModeOf(config);
	if (config.policy === undefined || mode === 'none') return { findings: [] };
	try {
		const options = { path: config.policy, mode, tools, readVariable: (name: string) => env[name], log };
		const file = new PolicyFile({ ...options, clock: systemClock });
		file.close();
		const { principals } = file.current;
		const who = `${principals.length} ${principals.length === 1 ? 'caller' : 'callers'}`;
		return { findings: [ok('policy', `policy file ${quote(config.policy, 500)}: ${who}`)], policies: file.current };
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return {
			findings: [
				fix('policy', error.message, [
					'Correct the file, or its path. The README, "The policy file", lists the fields',
				]),
			],
		};
	}
}

/** Tells by which URL clients reach the server. One that listens at every address of the machine knows none of its names. */
export function checkAddress({ http, publicUrl, allowedHosts }: Config): readonly Finding[] {
	if (!http) return [];
	if (publicUrl !== undefined) return [ok('client', `clients reach the server at ${publicUrl}`)];
	if (allowedHosts !== undefined) return [ok('client', `clients reach the server at ${allowedHosts.join(', ')}`)];
	const address = formatAddress(http);
	if (http.host === '0.0.0.0' || http.host === '::')
		return [
			fix('client', `no client is let in yet: --http ${address} says no name of this server`, [
				'Give --public-url or --allowed-hosts, the names that clients use',
			]),
		];
	return [ok('client', `clients reach the server at http://${address}${ENDPOINT}`)];
}

/** Asks the OAuth issuer once for its keys, as the server does at its start. */
export async function checkIssuer(config: Config): Promise<readonly Finding[]> {
	const { oauthIssuer: issuer } = config;
	if (issuer === undefined || authModeOf(config) !== 'oauth') return [];
	const problem = await askIssuer(config, issuer);
	if (problem === undefined) return [ok('issuer', `OAuth issuer ${issuer}: its keys can be fetched`)];
	return [fix('issuer', problem, [`Start the issuer ${issuer}, or correct --oauth-issuer`])];
}

/** Asks the Redis server once. A server that is away is a problem here, because the operator is looking. */
export async function checkRedis({ redis: url }: Pick<Config, 'redis'>, log: Log): Promise<readonly Finding[]> {
	if (url === undefined) return [];
	const place = new URL(url).host;
	try {
		const { isUp, warnings } = await askRedis(url, log);
		if (!isUp)
			return [fix('redis', `Redis at ${place} does not answer`, ['Start it, or correct --redis or CF_CACHE_REDIS'])];
		return [ok('redis', `Redis at ${place} answers`), ...warnings.map((warning) => note('redis', warning))];
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return [fix('redis', error.message, ['Correct --redis or CF_CACHE_REDIS'])];
	}
}
