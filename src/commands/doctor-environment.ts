/** Says where requests go, as far as configuration and environment tell. Pure. */
import { quote, sanitize } from '../base/sanitize.js';
import type { Config } from '../config/config.js';
import { foreignHostOf } from '../config/derive.js';
import { type Finding, ok, unchecked } from './doctor-finding.js';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
const UNUSED_VARIABLES = ['ALL_PROXY', 'all_proxy'];
const EXCEPTION_VARIABLES = ['NO_PROXY', 'no_proxy'];

/** Names the API's host where it is not Cloudflare's, and the variables of proxies. */
export function describeEnvironment(config: Config, env: Readonly<Record<string, string | undefined>>): Finding[] {
	const host = foreignHostOf(config);
	return [
		...(config.sandbox ? [ok('requests go to the sandbox, and none leaves this machine')] : []),
		...(host === undefined
			? []
			: [unchecked(`requests carry the token to ${host}, not to api.cloudflare.com (--base-url): is that meant?`)]),
		...PROXY_VARIABLES.filter((name) => env[name]).map((name) => ok(`${name} is set: ${hostOf(env[name])}`)),
		...UNUSED_VARIABLES.filter((name) => env[name]).map((name) =>
			unchecked(`${name} is set, and not used: ${hostOf(env[name])}; HTTPS_PROXY is`),
		),
		...EXCEPTION_VARIABLES.filter((name) => env[name]).map((name) => ok(`${name} is set: ${quote(env[name] ?? '')}`)),
	];
}

/** The host of a proxy, without user name and password. */
function hostOf(url = ''): string {
	return URL.canParse(url) ? sanitize(new URL(url).host) || 'no host' : 'a value that is no URL';
}
