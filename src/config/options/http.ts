/** Lists the options of a server that many share over HTTP. */

import { parseAddress, parseHosts, parseHttpUrl, parseOrigins, parseRedisUrl } from '../address-parsers.js';
import type { OptionTable } from '../option.js';
import { choiceOf, parseText, SWITCH, secretsInProxy, wholeNumber } from '../parsers.js';

/** How callers prove who they are. */
const AUTH_MODES = ['none', 'tokens', 'cloudflare', 'oauth'] as const;

/** The server, and the command that tells whether it would work. */
const TAKEN_BY = ['serve', 'doctor'] as const;

export const httpOptions = {
	http: {
		flag: 'http',
		env: 'CF_CACHE_HTTP',
		value: 'ADDRESS',
		help: 'serve Streamable HTTP at /mcp on [HOST:]PORT in place of stdio; the host is 127.0.0.1 where none is given',
		commands: TAKEN_BY,
		parse: parseAddress,
	},
	auth: {
		flag: 'auth',
		env: 'CF_CACHE_AUTH',
		value: 'MODE',
		help: 'how callers prove who they are: not at all (on this machine only), by tokens of --policy, by their own Cloudflare API token, or by OAuth',
		defaultText: 'oauth with --oauth-issuer, else tokens with --policy, else none',
		guard: true,
		commands: TAKEN_BY,
		...choiceOf(AUTH_MODES),
	},
	policy: {
		flag: 'policy',
		env: 'CF_CACHE_POLICY',
		value: 'FILE',
		help: 'JSON file of the principals and what each may do; a change takes effect within 10 seconds',
		guard: true,
		commands: TAKEN_BY,
		parse: parseText,
	},
	publicUrl: {
		flag: 'public-url',
		env: 'CF_CACHE_PUBLIC_URL',
		value: 'URL',
		help: 'URL by which clients reach /mcp, such as https://mcp.example.com/mcp',
		guard: true,
		commands: TAKEN_BY,
		parse: parseHttpUrl,
	},
	allowedHosts: {
		flag: 'allowed-hosts',
		env: 'CF_CACHE_ALLOWED_HOSTS',
		value: 'HOSTS',
		help: 'further names that the header Host may have, without ports, separated by commas',
		guard: true,
		commands: TAKEN_BY,
		parse: parseHosts,
	},
	allowedOrigins: {
		flag: 'allowed-origins',
		env: 'CF_CACHE_ALLOWED_ORIGINS',
		value: 'ORIGINS',
		help: 'origins of browsers that may call, such as https://app.example.com, separated by commas',
		guard: true,
		commands: TAKEN_BY,
		parse: parseOrigins,
	},
	oauthIssuer: {
		flag: 'oauth-issuer',
		env: 'CF_CACHE_OAUTH_ISSUER',
		value: 'URL',
		help: 'issuer of the access tokens; its keys are found by discovery',
		guard: true,
		commands: TAKEN_BY,
		parse: parseHttpUrl,
	},
	oauthAudience: {
		flag: 'oauth-audience',
		env: 'CF_CACHE_OAUTH_AUDIENCE',
		value: 'TEXT',
		help: 'audience that access tokens must name',
		defaultText: 'the public URL',
		guard: true,
		commands: TAKEN_BY,
		parse: parseText,
	},
	redis: {
		flag: 'redis',
		env: 'CF_CACHE_REDIS',
		value: 'URL',
		help: 'Redis or Valkey that replicas share, such as redis://user:password@host:6379; needs CF_CACHE_CONFIRM_SECRET',
		guard: true,
		secretsIn: secretsInProxy,
		commands: TAKEN_BY,
		parse: parseRedisUrl,
	},
	ops: {
		flag: 'ops',
		env: 'CF_CACHE_OPS',
		value: 'ADDRESS',
		help: 'serve /healthz, /readyz and /metrics on [HOST:]PORT, without authentication',
		commands: TAKEN_BY,
		parse: parseAddress,
	},
	callsPerMinute: {
		flag: 'calls-per-minute',
		env: 'CF_CACHE_CALLS_PER_MINUTE',
		value: 'N',
		help: 'requests of one principal in a minute, for each replica; with --auth none there is no limit',
		default: 120,
		commands: TAKEN_BY,
		parse: wholeNumber(1, 1_000_000),
	},
	trustProxy: {
		flag: 'trust-proxy',
		env: 'CF_CACHE_TRUST_PROXY',
		help: 'log the address in X-Forwarded-For in place of that of the connection; nothing else believes it',
		commands: TAKEN_BY,
		...SWITCH,
	},
} as const satisfies OptionTable;
