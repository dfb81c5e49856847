/** Lists the options of the simulated API. */

import type { OptionTable } from '../option.js';
import { parseRatio, SWITCH, wholeNumber } from '../parsers.js';

export const sandboxOptions = {
	sandbox: {
		flag: 'sandbox',
		env: 'CF_CACHE_SANDBOX',
		help: 'work on the built-in simulated API; no token needed',
		guard: true,
		...SWITCH,
	},
	faults: {
		flag: 'faults',
		value: 'RATE',
		help: 'share of requests to the sandbox that fail, from 0 to 1',
		default: 0,
		parse: parseRatio,
	},
	seed: {
		flag: 'seed',
		value: 'N',
		help: "seed of the sandbox's failures",
		default: 1,
		parse: wholeNumber(0, 2 ** 31),
	},
	latency: {
		flag: 'latency',
		value: 'MS',
		help: 'delay of each answer of the sandbox, in milliseconds',
		default: 0,
		parse: wholeNumber(0, 60_000),
	},
	port: {
		flag: 'port',
		value: 'PORT',
		help: 'port on 127.0.0.1',
		default: 0,
		defaultText: 'any free port',
		commands: ['sandbox'],
		parse: wholeNumber(0, 65_535),
	},
} as const satisfies OptionTable;
