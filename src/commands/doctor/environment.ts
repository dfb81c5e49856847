/** Says what runs, and where its requests go, as far as configuration and environment tell. Pure. */
import { quote, sanitize } from '../../base/sanitize.js';
import type { Config } from '../../config/config.js';
import { foreignHostOf } from '../../config/derive.js';
import { MIN_NODE, NAME, VERSION } from '../../version.js';
import { type Finding, fix, note, ok } from './finding.js';

type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
const UNUSED_VARIABLES = ['ALL_PROXY', 'all_proxy'];
const EXCEPTION_VARIABLES = ['NO_PROXY', 'no_proxy'];

/** Names version and Node.js. `node` is the version of the latter, such as `20.18.1`. */
export function describeProduct(node: string, system: string): Finding {
	const text = `${NAME} ${VERSION}, Node ${node}, ${system}`;
	if (isAtLeast(node, MIN_NODE)) return ok('product', text);
	return fix('product', `${text}: Node ${MIN_NODE} or later is needed`, ['Get Node: https://nodejs.org/en/download']);
}

function isAtLeast(version: string, least: string): boolean {
	const [have, need] = [version, least].map((one) => one.split('.').map(Number));
	for (const [at, part] of (need ?? []).entries()) if ((have?.[at] ?? 0) !== part) return (have?.[at] ?? 0) > part;
	return true;
}

/** Names the API's host, and marks one that is not Cloudflare's. */
export function describeHost(config: Config): Finding {
	if (config.sandbox) return ok('host', 'requests go to the sandbox, and none leaves this machine');
	const host = foreignHostOf(config);
	if (host === undefined) return ok('host', `requests go to ${new URL(config.baseUrl).host}`);
	return note('host', `requests carry the token to ${host}, not to api.cloudflare.com (--base-url): is that meant?`);
}

/** Names the variables of proxies. */
export function describeProxies(env: Environment): Finding[] {
	return [
		...PROXY_VARIABLES.filter((name) => env[name]).map((name) => ok('proxy', `${name} is set: ${hostOf(env[name])}`)),
		...UNUSED_VARIABLES.filter((name) => env[name]).map((name) =>
			note('proxy', `${name} is set, and not used: ${hostOf(env[name])}; HTTPS_PROXY is`),
		),
		...EXCEPTION_VARIABLES.filter((name) => env[name]).map((name) =>
			ok('proxy', `${name} is set: ${quote(env[name] ?? '')}`),
		),
	];
}

/** The host of a proxy, without user name and password. */
function hostOf(url = ''): string {
	return URL.canParse(url) ? sanitize(new URL(url).host) || 'no host' : 'a value that is no URL';
}
