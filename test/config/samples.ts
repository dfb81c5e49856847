/** Samples of every option, and short ways to read a configuration from them. */
import { expect } from 'vitest';
import { TOOL_WORDS } from '../../src/commands/call-arguments.js';
import { type Config, readConfig } from '../../src/config/config.js';
import type { Option } from '../../src/config/option.js';
import { OPTIONS, type OptionName } from '../../src/config/options/index.js';
import { ConfigError } from '../../src/errors.js';
import { ZONE_ID } from '../support/session.js';

/** For every option a right text, the value it stands for, and a wrong text unless any text is right. */
const SAMPLES: Readonly<Record<OptionName, { good: string; value: unknown; bad?: string }>> = {
	token: { good: 'abc', value: 'abc' },
	tokenFile: { good: '/run/token', value: '/run/token' },
	tokenCommand: { good: 'op read "a b"', value: ['op', 'read', 'a b'], bad: '' },
	email: { good: 'a@example.com', value: 'a@example.com' },
	key: { good: 'abc', value: 'abc' },
	zone: { good: 'example.com', value: 'example.com' },
	baseUrl: { good: 'https://proxy.example.com/v4/', value: 'https://proxy.example.com/v4', bad: 'proxy.example.com' },
	zones: {
		good: `a.example, b.example=${ZONE_ID}`,
		value: [{ name: 'a.example' }, { name: 'b.example', id: ZONE_ID }],
		bad: 'a.example=b',
	},
	customHostnames: {
		good: 'Shop.Customer.example, b.example',
		value: ['shop.customer.example', 'b.example'],
		bad: 'a b',
	},
	readOnly: { good: 'on', value: true, bad: 'maybe' },
	toolsets: { good: 'purge, zone', value: ['purge', 'zone'], bad: 'purge,zones' },
	tools: { good: 'zones_list,', value: ['zones_list'], bad: ',' },
	excludeTools: { good: 'purge_everything', value: ['purge_everything'], bad: ' , ' },
	confirm: { good: 'code', value: 'code', bad: 'off' },
	skipConfirmation: { good: 'true', value: true, bad: 'maybe' },
	confirmZone: { good: 'example.com', value: 'example.com' },
	confirmTtl: { good: '60', value: 60, bad: '9' },
	confirmSecret: { good: '0123456789abcdef', value: ['0123456789abcdef'], bad: '0123456789abcde' },
	httpsProxy: { good: 'http://proxy.example.com:3128', value: 'http://proxy.example.com:3128/', bad: 'socks5://a' },
	httpProxy: { good: 'proxy.example.com', value: 'http://proxy.example.com/', bad: 'ftp://a' },
	noProxy: { good: 'localhost,.example.com', value: 'localhost,.example.com' },
	zonePlan: { good: 'business', value: 'business', bad: 'ultimate' },
	http: { good: '0.0.0.0:8080', value: { host: '0.0.0.0', port: 8080 }, bad: 'host:' },
	auth: { good: 'tokens', value: 'tokens', bad: 'basic' },
	policy: { good: '/etc/policy.json', value: '/etc/policy.json' },
	publicUrl: { good: 'https://mcp.example.com/mcp', value: 'https://mcp.example.com/mcp', bad: 'http://example.com' },
	allowedHosts: { good: 'MCP.internal', value: ['mcp.internal'], bad: 'a b' },
	allowedOrigins: { good: 'https://a.example', value: ['https://a.example'], bad: 'https://a.example/' },
	oauthIssuer: { good: 'https://login.example.com/', value: 'https://login.example.com/', bad: 'login' },
	oauthAudience: { good: 'api://cache', value: 'api://cache' },
	redis: { good: 'redis://u:p@cache:6379', value: 'redis://u:p@cache:6379', bad: 'http://cache' },
	ops: { good: '[::1]:9090', value: { host: '::1', port: 9090 }, bad: '70000' },
	callsPerMinute: { good: '60', value: 60, bad: '0' },
	trustProxy: { good: 'true', value: true, bad: 'maybe' },
	sandbox: { good: '1', value: true, bad: '2' },
	auditLog: { good: '/var/log/audit.jsonl', value: '/var/log/audit.jsonl' },
	auditValues: { good: 'true', value: true, bad: 'maybe' },
	filesRoot: { good: '/srv/lists', value: '/srv/lists' },
	retries: { good: '0', value: 0, bad: '11' },
	stateDir: { good: '/var/lib/state', value: '/var/lib/state' },
	faults: { good: '0.2', value: 0.2, bad: '1.5' },
	seed: { good: '7', value: 7, bad: '-1' },
	latency: { good: '20', value: 20, bad: 'slow' },
	timeout: { good: '600', value: 600, bad: '1.5' },
	logLevel: { good: 'debug', value: 'debug', bad: 'loud' },
	logFormat: { good: 'json', value: 'json', bad: 'xml' },
	port: { good: '1', value: 1, bad: '65536' },
	print: { good: 'true', value: true, bad: 'maybe' },
	entryName: { good: 'staging-2', value: 'staging-2', bad: 'my server' },
	edition: { good: 'VS Code Insiders', value: 'VS Code Insiders', bad: ' ' },
	project: { good: 'true', value: true, bad: 'maybe' },
	writeToken: { good: 'true', value: true, bad: 'maybe' },
	json: { good: 'true', value: true, bad: 'maybe' },
	tryPurge: { good: 'true', value: true, bad: 'maybe' },
};

/** An option with its sample. `flag` has its dashes. */
export interface Sample {
	readonly name: OptionName;
	readonly option: Option<unknown>;
	readonly flag: string;
	readonly env: string;
	readonly good: string;
	readonly value: unknown;
	readonly bad?: string;
}

/** Every option with its sample. */
export const ALL: readonly Sample[] = (Object.keys(SAMPLES) as OptionName[]).map((name) => {
	const option: Option<unknown> = OPTIONS[name];
	return { name, option, ...SAMPLES[name], flag: `--${option.flag}`, env: option.env ?? '' };
});
export const WITH_FLAG = ALL.filter(({ option }) => option.flag);
export const WITH_ENV = ALL.filter(({ option }) => option.env);

type Env = Readonly<Record<string, string>>;

/** Reads a whole configuration. */
export const read = (argv: readonly string[], env: Env = {}) => readConfig(argv, env, TOOL_WORDS) as Config;

/** Reads a configuration and returns the part that differs from one without any flag. */
export function readGiven(argv: readonly string[], env: Env = {}): Partial<Config> {
	const defaults: Partial<Config> = read([]);
	const entries = Object.entries(read(argv, env)) as [keyof Config, unknown][];
	// The flags of the server repeat what the other properties say.
	const given = entries.filter(([name, value]) => name !== 'serverFlags' && value !== defaults[name]);
	return Object.fromEntries([['command', read(argv, env).command], ...given]);
}

/** The one line that stops the start. */
export function refusal(argv: readonly string[], env: Env = {}): string {
	try {
		readConfig(argv, env, TOOL_WORDS);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		expect(error.message).not.toContain('\n');
		return error.message;
	}
	throw new Error(`accepted: ${argv.join(' ')}`);
}
