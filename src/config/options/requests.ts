/** Lists the options of requests to the API: where they go, their limits and retries. */
import { ZONE_PLANS } from '../../cloudflare/limits.js';
import type { OptionTable } from '../option.js';
import { API_ROOT, choiceOf, parseApiRoot, parseProxy, parseText, secretsInProxy, wholeNumber } from '../parsers.js';

export const requestOptions = {
	baseUrl: {
		flag: 'base-url',
		env: 'CLOUDFLARE_BASE_URL',
		value: 'URL',
		help: 'root URL of the Cloudflare API',
		default: API_ROOT,
		guard: true,
		parse: parseApiRoot,
	},
	httpsProxy: {
		env: 'HTTPS_PROXY',
		alsoLowerCase: true,
		help: 'proxy to the API',
		secretsIn: secretsInProxy,
		parse: parseProxy,
	},
	httpProxy: {
		env: 'HTTP_PROXY',
		alsoLowerCase: true,
		help: 'proxy to the API where HTTPS_PROXY is not set',
		secretsIn: secretsInProxy,
		parse: parseProxy,
	},
	noProxy: {
		env: 'NO_PROXY',
		alsoLowerCase: true,
		help: 'hosts that are reached without a proxy, separated by commas',
		parse: parseText,
	},
	zonePlan: {
		flag: 'plan',
		env: 'CF_CACHE_PLAN',
		value: 'PLAN',
		help: 'zone plan whose purge limits apply',
		default: 'auto',
		defaultText: "auto, the zone's own plan",
		...choiceOf(['auto', ...ZONE_PLANS]),
	},
	timeout: {
		flag: 'timeout',
		env: 'CF_CACHE_TIMEOUT',
		value: 'SECONDS',
		help: 'time limit of one request, in seconds',
		default: 30,
		parse: wholeNumber(1, 600),
	},
	retries: {
		flag: 'retries',
		env: 'CF_CACHE_RETRIES',
		value: 'N',
		help: 'retries of a request that is safe to repeat',
		default: 3,
		parse: wholeNumber(0, 10),
	},
} as const satisfies OptionTable;
