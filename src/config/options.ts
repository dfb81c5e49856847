/** Every flag and environment variable, written once: parsing, errors, help and the README are derived from this table. */

import { TOOLSETS } from '../operations/operation.js';
import type { Command } from './commands.js';
import {
	apiRoot,
	boolean,
	commandWords,
	enumOf,
	integer,
	names,
	ratio,
	secretKey,
	text,
	toolsets,
	zoneEntries,
} from './parsers.js';

/** One option. */
export interface Option<Value> {
	/** Long flag; options without one come from the environment only. */
	readonly flag?: string;
	readonly env?: string;
	/** Placeholder of the value; a flag without one is a switch. */
	readonly value?: string;
	readonly help: string;
	/** Never to be shown: hidden where it is typed, redacted where it could be printed. */
	readonly secret?: true;
	/** Restricts what may be done, or where: to start without it because nobody filled it in would drop a guard in silence. */
	readonly guard?: true;
	/** Where a client installs by a dialog: the name of its field, and whether it must be filled in. */
	readonly dialog?: { readonly title: string; readonly required?: true };
	/** Commands that take it; all when absent. */
	readonly commands?: readonly Command[];
	/** Text → value. Throws Error with what would be right. */
	parse(text: string): Value;
}

function option<Value>(record: Option<Value>): Option<Value> {
	return record;
}

/** The options, in the order of the help. */
export const OPTIONS = {
	token: option({
		env: 'CLOUDFLARE_API_TOKEN',
		help: 'API token',
		secret: true,
		dialog: { title: 'API token', required: true },
		parse: text,
	}),
	tokenFile: option({ env: 'CLOUDFLARE_API_TOKEN_FILE', help: 'file that holds the API token', parse: text }),
	tokenCommand: option({
		flag: 'token-command',
		value: 'COMMAND',
		help: 'prints the API token, such as "op read op://vault/cloudflare/token"; run at the first call, without a shell',
		parse: commandWords,
	}),
	email: option({
		env: 'CLOUDFLARE_EMAIL',
		help: 'with CLOUDFLARE_API_KEY: legacy credentials',
		secret: true,
		parse: text,
	}),
	key: option({ env: 'CLOUDFLARE_API_KEY', help: 'Global API Key', secret: true, parse: text }),
	zone: option({
		flag: 'zone',
		env: 'CLOUDFLARE_ZONE',
		value: 'ZONE',
		help: 'default zone, name or id',
		dialog: { title: 'Default zone' },
		guard: true,
		parse: text,
	}),
	baseUrl: option({
		flag: 'base-url',
		env: 'CLOUDFLARE_BASE_URL',
		value: 'URL',
		help: 'API root (https://api.cloudflare.com/client/v4)',
		guard: true,
		parse: apiRoot,
	}),
	zones: option({
		flag: 'zones',
		env: 'CF_CACHE_ZONES',
		value: 'ZONES',
		help: 'the only zones that may be touched: a.com,b.com=ID; name=id needs no look-up',
		dialog: { title: 'Allowed zones' },
		guard: true,
		parse: zoneEntries,
	}),
	readOnly: option({
		flag: 'read-only',
		env: 'CF_CACHE_READ_ONLY',
		help: 'only reading tools',
		dialog: { title: 'Read only' },
		guard: true,
		parse: boolean,
	}),
	toolsets: option({
		flag: 'toolsets',
		env: 'CF_CACHE_TOOLSETS',
		value: 'NAMES',
		help: `families of tools: ${TOOLSETS.join(',')}`,
		dialog: { title: 'Families of tools' },
		guard: true,
		parse: toolsets,
	}),
	tools: option({
		flag: 'tools',
		env: 'CF_CACHE_TOOLS',
		value: 'NAMES',
		help: 'only these tools',
		guard: true,
		parse: names,
	}),
	excludeTools: option({
		flag: 'exclude-tools',
		env: 'CF_CACHE_EXCLUDE_TOOLS',
		value: 'NAMES',
		help: 'all but these tools',
		guard: true,
		parse: names,
	}),
	confirm: option({
		flag: 'confirm',
		env: 'CF_CACHE_CONFIRM',
		value: 'POLICY',
		help: 'consent to destructive tools: ask (default), code, block',
		dialog: { title: 'Consent' },
		guard: true,
		parse: enumOf('ask', 'code', 'block'),
	}),
	skipConfirmation: option({
		flag: 'dangerously-skip-confirmation',
		help: 'destructive tools run without consent',
		parse: boolean,
	}),
	confirmTtl: option({
		flag: 'confirm-ttl',
		env: 'CF_CACHE_CONFIRM_TTL',
		value: 'SECONDS',
		help: 'how long a confirmation code lives (600)',
		guard: true,
		parse: integer(10, 86_400),
	}),
	confirmSecret: option({
		env: 'CF_CACHE_CONFIRM_SECRET',
		help: 'key of the codes, where several processes serve one client; a code then works once in each',
		secret: true,
		guard: true,
		parse: secretKey,
	}),
	plan: option({
		flag: 'plan',
		env: 'CF_CACHE_PLAN',
		value: 'PLAN',
		help: "purge limits to keep: auto (default, the zone's plan), free, pro, business, enterprise",
		parse: enumOf('auto', 'free', 'pro', 'business', 'enterprise'),
	}),
	sandbox: option({
		flag: 'sandbox',
		env: 'CF_CACHE_SANDBOX',
		help: 'work on the built-in simulated API; no token needed',
		guard: true,
		parse: boolean,
	}),
	auditLog: option({
		flag: 'audit-log',
		env: 'CF_CACHE_AUDIT_LOG',
		value: 'FILE',
		help: 'JSON lines, for every call that could change something',
		dialog: { title: 'Audit log' },
		guard: true,
		parse: text,
	}),
	faults: option({
		flag: 'faults',
		value: 'RATE',
		help: 'sandbox: part of the requests that fail, from 0 to 1, in every way that requests do',
		parse: ratio,
	}),
	seed: option({ flag: 'seed', value: 'N', help: 'sandbox: which requests fail (1)', parse: integer(0, 2 ** 31) }),
	latency: option({
		flag: 'latency',
		value: 'MS',
		help: 'sandbox: time before each answer',
		parse: integer(0, 60_000),
	}),
	timeout: option({
		flag: 'timeout',
		env: 'CF_CACHE_TIMEOUT',
		value: 'SECONDS',
		help: 'limit of one request (30)',
		parse: integer(1, 600),
	}),
	filesRoot: option({
		flag: 'files-root',
		env: 'CF_CACHE_FILES_ROOT',
		value: 'DIR',
		help: 'folder whose files urls_file may name, beside the roots that the client offers',
		dialog: { title: 'Folder of URL lists' },
		parse: text,
	}),
	retries: option({
		flag: 'retries',
		env: 'CF_CACHE_RETRIES',
		value: 'N',
		help: 'further attempts where repeating does no harm (3)',
		parse: integer(0, 10),
	}),
	stateDir: option({
		flag: 'state-dir',
		env: 'CF_CACHE_STATE_DIR',
		value: 'DIR',
		help: "where unfinished purges are kept (the platform's place for state)",
		parse: text,
	}),
	logLevel: option({
		flag: 'log-level',
		env: 'CF_CACHE_LOG_LEVEL',
		value: 'LEVEL',
		help: 'on stderr: error, warn (default), info, debug',
		parse: enumOf('error', 'warn', 'info', 'debug'),
	}),
	port: option({
		flag: 'port',
		value: 'PORT',
		help: 'port on 127.0.0.1 (any free one)',
		commands: ['sandbox'],
		parse: integer(0, 65_535),
	}),
	print: option({
		flag: 'print',
		help: 'install: show what would be added, and where, and write nothing',
		commands: ['install'],
		parse: boolean,
	}),
	writeToken: option({
		flag: 'write-token',
		help: "install: write CLOUDFLARE_API_TOKEN into the client's file, which nobody else may read then",
		commands: ['install'],
		parse: boolean,
	}),
	json: option({ flag: 'json', help: 'print JSON', commands: ['call', 'tools'], parse: boolean }),
};
