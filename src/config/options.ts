/** Lists every option once. Parsing, errors, help, README, server.json and the bundle's manifest derive from this table. */
import { LOG_LEVELS } from '../base/log.js';
import { ZONE_PLANS } from '../cloudflare/limits.js';
import { TOOLSETS } from '../operations/operation.js';
import { CONFIRM_POLICIES } from '../operations/scope.js';
import type { Option } from './option.js';
import {
	API_ROOT,
	choiceOf,
	parseApiRoot,
	parseBoolean,
	parseCommandWords,
	parseNames,
	parseRatio,
	parseSecretKey,
	parseText,
	parseToolsets,
	parseZoneEntries,
	wholeNumber,
} from './parsers.js';

const SWITCH = { default: false, parse: parseBoolean } as const;

/** The options, in the order of the help. */
export const OPTIONS = {
	token: {
		env: 'CLOUDFLARE_API_TOKEN',
		help: 'API token',
		secret: true,
		dialog: { title: 'API token', required: true },
		parse: parseText,
	},
	tokenFile: { env: 'CLOUDFLARE_API_TOKEN_FILE', help: 'file that holds the API token', parse: parseText },
	tokenCommand: {
		flag: 'token-command',
		value: 'COMMAND',
		help: 'command that prints the API token, such as "op read op://vault/cloudflare/token"; runs at the first call, without a shell',
		parse: parseCommandWords,
	},
	email: {
		env: 'CLOUDFLARE_EMAIL',
		help: 'email address that belongs to CLOUDFLARE_API_KEY',
		secret: true,
		parse: parseText,
	},
	key: {
		env: 'CLOUDFLARE_API_KEY',
		help: 'Global API Key (legacy), used with CLOUDFLARE_EMAIL',
		secret: true,
		parse: parseText,
	},
	zone: {
		flag: 'zone',
		env: 'CLOUDFLARE_ZONE',
		value: 'ZONE',
		help: 'default zone, by name or id',
		dialog: { title: 'Default zone' },
		guard: true,
		parse: parseText,
	},
	baseUrl: {
		flag: 'base-url',
		env: 'CLOUDFLARE_BASE_URL',
		value: 'URL',
		help: 'root URL of the Cloudflare API',
		default: API_ROOT,
		guard: true,
		parse: parseApiRoot,
	},
	zones: {
		flag: 'zones',
		env: 'CF_CACHE_ZONES',
		value: 'ZONES',
		help: 'the only zones that tools may touch, such as a.com,b.com=ID; a name with =ID needs no look-up',
		dialog: { title: 'Allowed zones' },
		guard: true,
		parse: parseZoneEntries,
	},
	readOnly: {
		flag: 'read-only',
		env: 'CF_CACHE_READ_ONLY',
		help: 'allow only tools that read',
		dialog: { title: 'Read only' },
		guard: true,
		...SWITCH,
	},
	toolsets: {
		flag: 'toolsets',
		env: 'CF_CACHE_TOOLSETS',
		value: 'NAMES',
		help: `allow only these families of tools: ${TOOLSETS.join(',')}`,
		dialog: { title: 'Families of tools' },
		guard: true,
		parse: parseToolsets,
	},
	tools: {
		flag: 'tools',
		env: 'CF_CACHE_TOOLS',
		value: 'NAMES',
		help: 'allow only these tools',
		guard: true,
		parse: parseNames,
	},
	excludeTools: {
		flag: 'exclude-tools',
		env: 'CF_CACHE_EXCLUDE_TOOLS',
		value: 'NAMES',
		help: 'allow all tools except these',
		guard: true,
		parse: parseNames,
	},
	confirm: {
		flag: 'confirm',
		env: 'CF_CACHE_CONFIRM',
		value: 'POLICY',
		help: 'how consent to destructive tools is obtained',
		default: 'ask',
		dialog: { title: 'Consent' },
		guard: true,
		...choiceOf(CONFIRM_POLICIES),
	},
	skipConfirmation: {
		flag: 'dangerously-skip-confirmation',
		help: 'run destructive tools without consent',
		...SWITCH,
	},
	confirmTtl: {
		flag: 'confirm-ttl',
		env: 'CF_CACHE_CONFIRM_TTL',
		value: 'SECONDS',
		help: 'lifetime of a confirmation code, in seconds',
		default: 600,
		guard: true,
		parse: wholeNumber(10, 86_400),
	},
	confirmSecret: {
		env: 'CF_CACHE_CONFIRM_SECRET',
		help: "secret shared by replicas, so that each accepts the others' confirmation codes; a code then works once in each",
		secret: true,
		guard: true,
		parse: parseSecretKey,
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
	sandbox: {
		flag: 'sandbox',
		env: 'CF_CACHE_SANDBOX',
		help: 'work on the built-in simulated API; no token needed',
		guard: true,
		...SWITCH,
	},
	auditLog: {
		flag: 'audit-log',
		env: 'CF_CACHE_AUDIT_LOG',
		value: 'FILE',
		help: 'file of JSON lines, for every call that could change something',
		dialog: { title: 'Audit log' },
		guard: true,
		parse: parseText,
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
	timeout: {
		flag: 'timeout',
		env: 'CF_CACHE_TIMEOUT',
		value: 'SECONDS',
		help: 'time limit of one request, in seconds',
		default: 30,
		parse: wholeNumber(1, 600),
	},
	filesRoot: {
		flag: 'files-root',
		env: 'CF_CACHE_FILES_ROOT',
		value: 'DIR',
		help: 'folder whose files urls_file may name, besides the roots that the client offers',
		dialog: { title: 'Folder of URL lists' },
		parse: parseText,
	},
	retries: {
		flag: 'retries',
		env: 'CF_CACHE_RETRIES',
		value: 'N',
		help: 'retries of a request that is safe to repeat',
		default: 3,
		parse: wholeNumber(0, 10),
	},
	stateDir: {
		flag: 'state-dir',
		env: 'CF_CACHE_STATE_DIR',
		value: 'DIR',
		help: 'directory for unfinished purges',
		defaultText: "the operating system's data folder",
		parse: parseText,
	},
	logLevel: {
		flag: 'log-level',
		env: 'CF_CACHE_LOG_LEVEL',
		value: 'LEVEL',
		help: 'how much is logged on stderr',
		default: 'warn',
		...choiceOf(LOG_LEVELS),
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
	print: { flag: 'print', help: 'show the change without making it', commands: ['install'], ...SWITCH },
	writeToken: {
		flag: 'write-token',
		help: "write CLOUDFLARE_API_TOKEN into the client's file, and make that file readable by you only",
		commands: ['install'],
		...SWITCH,
	},
	json: { flag: 'json', help: 'print JSON', commands: ['call', 'tools'], ...SWITCH },
} as const satisfies Readonly<Record<string, Option<unknown>>>;

type Table = typeof OPTIONS;

/** Name of an option. */
export type OptionName = keyof Table;

type Values = { readonly [Name in OptionName]: ReturnType<Table[Name]['parse']> };
type Defaulted = { [Name in OptionName]: Table[Name] extends { readonly default: unknown } ? Name : never }[OptionName];

/** The values of all options. One that was not given has its default, or is absent where it has none. */
export type OptionValues = Pick<Values, Defaulted> & Partial<Omit<Values, Defaulted>>;

/** Every option with its name, in the order of the help. */
export const OPTION_LIST = Object.entries<Option<unknown>>(OPTIONS);
