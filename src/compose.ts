/** Composes the running product from its configuration. The HTTP pool and the sandbox start when they are first needed. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import envPaths from 'env-paths';
import { type Clock, systemClock } from './base/clock.js';
import type { Log } from './base/log.js';
import { Redactor } from './base/redact.js';
import { readUserName } from './base/user-name.js';
import { AuditLog } from './call/audit.js';
import { Codes } from './call/consent/codes.js';
import { Forms } from './call/consent/forms.js';
import { Seals } from './call/consent/seals.js';
import type { Deps } from './call/context.js';
import { LOCAL_PRINCIPAL } from './call/principal.js';
import { ServerSnapshotRule } from './call/snapshot-rule.js';
import { KEEP_HOURS, type Owner } from './call/unfinished.js';
import { ServerWorkRule } from './call/work-rule.js';
import { ZoneRule } from './call/zone-rule.js';
import { logAttempts } from './cloudflare/attempt-log.js';
import { Connection, type OpenTransport } from './cloudflare/connection.js';
import { withDeadline } from './cloudflare/deadline.js';
import type { EdgeFetch } from './cloudflare/edge/edge-fetch.js';
import { withFetchLog } from './cloudflare/edge/fetch-log.js';
import { openEdge } from './cloudflare/edge/open.js';
import { RateLimiter } from './cloudflare/rate-limiter.js';
import { withRetries } from './cloudflare/retry.js';
import { Zones } from './cloudflare/zones.js';
import type { Config } from './config/config.js';
import {
	pinnedZones,
	policyOf,
	proxiesOf,
	sandboxSettingsOf,
	scopeOf,
	secretsOf,
	zoneArgumentOf,
} from './config/derive.js';
import { type Preflight, runPreflight } from './config/preflight.js';
import { OPERATIONS } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import { blockingFlag, blockingFlagOfPart } from './operations/scope.js';
import type { Sandbox } from './sandbox/server.js';
import { Journal } from './state/disk/journal.js';
import { SnapshotStore } from './state/disk/snapshots.js';
import { UsedProofsInMemory } from './state/memory/used-proofs.js';
import { NAME, VERSION } from './version.js';

const NAMES = OPERATIONS.map(({ name }) => name);

/** The running product, without a transport. */
export interface Product {
	readonly deps: Deps;
	/** The operations that are listed and accepted, in listing order. */
	readonly allowed: readonly Operation[];
	/** Starts what takes time to load, so that the first call does not wait for it. */
	preload(): Promise<void>;
	close(): Promise<void>;
}

/** What the product takes from the process that runs it. */
interface Surroundings {
	readonly clock: Clock;
	readonly log: Log;
	readonly redactor: Redactor;
	readonly preflight: Preflight;
	/** Fetches URLs of zones. */
	readonly edge: EdgeFetch;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export function compose(
	config: Config,
	{
		clock = systemClock,
		log,
		redactor = new Redactor(),
		preflight = runPreflight(config, NAMES, log),
		edge,
	}: Partial<Surroundings> & Pick<Surroundings, 'log'>,
): Product {
	for (const secret of secretsOf(config)) redactor.add(secret);
	const sandbox = new LazySandbox(config);
	const surroundings = { clock, log, redactor, preflight, edge: edge ?? createEdge(config, sandbox, clock) };
	const connection = createConnection(config, sandbox, surroundings);
	const deps = createDeps(config, connection, surroundings);
	return {
		deps,
		allowed: OPERATIONS.filter((operation) => deps.blockingFlag(operation) === undefined),
		// A failure here is not lost: the first call meets it again and reports it.
		preload: async () => {
			await connection.preload().catch(() => undefined);
		},
		close: async () => {
			await connection.close();
			await sandbox.close();
			preflight.auditFile?.close();
		},
	};
}

/** The sandbox that runs in this process. It starts when it is first needed. */
class LazySandbox {
	private running: Promise<Sandbox> | undefined;
	private readonly config: Config;

	constructor(config: Config) {
		this.config = config;
	}

	start(): Promise<Sandbox> {
		this.running ??= import('./sandbox/server.js').then((room) => room.startSandbox(sandboxSettingsOf(this.config)));
		return this.running;
	}

	async close(): Promise<void> {
		await (await this.running?.catch(() => undefined))?.close();
	}
}

function createConnection(
	config: Config,
	sandbox: LazySandbox,
	{ clock, redactor, preflight }: Surroundings,
): Connection {
	return new Connection({
		open: () => openTransport(config, sandbox),
		readCredential: async (closing) => {
			const credential = await preflight.readCredential(closing);
			if (credential.kind === 'token' && !config.sandbox) redactor.add(credential.token);
			return credential;
		},
		userAgent: `${NAME}/${VERSION}`,
		redact: redactor.redact,
		clock,
	});
}

/** Opens the pool of connections to the API, or to a sandbox that runs in this process. */
async function openTransport(config: Config, sandbox: LazySandbox): Promise<OpenTransport> {
	const proxies = proxiesOf(config);
	if (proxies) {
		const { openProxiedPool } = await import('./cloudflare/http/proxy.js');
		return openProxiedPool(config.baseUrl, config.timeout, proxies);
	}
	const { openPool } = await import('./cloudflare/http/pool.js');
	return openPool(config.sandbox ? (await sandbox.start()).url : config.baseUrl, config.timeout);
}

/** The way to the hosts of zones. Only a server that runs a sandbox reaches an address that is not public: that sandbox's. */
function createEdge(config: Config, sandbox: LazySandbox, clock: Clock): EdgeFetch {
	return openEdge({
		clock,
		hasProxy: proxiesOf(config) !== undefined,
		userAgent: `${NAME}/${VERSION}`,
		sandboxPorts: config.sandbox ? async () => (await sandbox.start()).edgePorts : undefined,
	});
}

function createDeps(config: Config, connection: Connection, surroundings: Surroundings): Deps {
	const { clock, log, redactor, edge } = surroundings;
	const scope = scopeOf(config);
	const api = withRetries(
		withDeadline(connection.api, { clock, watch: { attemptsEndAfterMs: config.timeout * 1_000 } }),
		{
			clock,
			rateLimiter: new RateLimiter(clock),
			retries: config.retries,
			observe: config.logLevel === 'debug' ? logAttempts(log) : undefined,
		},
	);
	const zones = new Zones(api, pinnedZones(config));
	const rules = {
		operations: new Map(OPERATIONS.map((operation) => [operation.name, operation])),
		blockingFlag: (operation: Operation) => blockingFlag(operation, scope),
		zoneRule: new ZoneRule(config.zones, zones),
	};
	const stored = { ...rules, owner: () => identifyOwner(config, connection) };
	const rule = new ServerWorkRule(stored);
	const folder = stateFolderOf(config);
	return {
		...rules,
		blockingFlagOfPart: (part) => blockingFlagOfPart(part, scope),
		api,
		edge: config.logLevel === 'debug' ? withFetchLog(edge, log, clock) : edge,
		zones,
		forms: new Forms(clock),
		...createProofs(config, clock),
		audit: createAudit(config, connection, surroundings),
		unfinished: new Journal({ folder, keepHours: KEEP_HOURS, rule, clock, log }),
		snapshots: new SnapshotStore({ folder, rule: new ServerSnapshotRule(stored), clock, log }),
		clock,
		toOutput: redactor.toOutput,
		settings: settingsOf(config),
	};
}

/** What proves consent that comes with a later call. Both kinds share the secret of the operator. */
function createProofs(
	{ confirmSecret, confirmTtl: ttlSeconds }: Config,
	{ now }: Clock,
): Pick<Deps, 'codes' | 'seals'> {
	const secrets: readonly [string | Buffer, ...string[]] = confirmSecret ?? [randomBytes(32)];
	const used = new UsedProofsInMemory(now);
	return {
		codes: new Codes({ secrets, used, principal: LOCAL_PRINCIPAL, ttlSeconds, now }),
		seals: new Seals({ secrets, used, ttlSeconds, now }),
	};
}

/** Whose work this server begins: a sandbox's never meets a real token, nor that of another credential. */
async function identifyOwner({ sandbox, baseUrl }: Config, connection: Connection): Promise<Owner> {
	return { api: sandbox ? 'sandbox' : baseUrl, credential: (await connection.identify()) ?? 'none' };
}

/** The folder of unfinished purges, snapshots, and what changes replaced. */
export function stateFolderOf({ stateDir }: Pick<Config, 'stateDir'>): string {
	return stateDir ?? envPaths(NAME, { suffix: '' }).data;
}

function settingsOf(config: Config): Deps['settings'] {
	const { zone, zonePlan, customHostnames, filesRoot } = config;
	const [zoneArgument, confirm] = [zoneArgumentOf(config), policyOf(config)];
	return { zone, zoneArgument, zonePlan, customHostnames, filesRoot, confirm, isSandbox: config.sandbox };
}

function createAudit(
	config: Config,
	connection: Connection,
	{ clock, log, redactor, preflight: { auditFile } }: Surroundings,
): AuditLog {
	return new AuditLog({
		version: VERSION,
		origin: {
			api: config.sandbox ? 'sandbox' : new URL(config.baseUrl).host,
			policy: policyOf(config),
			pid,
			user: readUserName(),
			host: hostname(),
		},
		withValues: config.auditValues,
		credentialId: () => connection.credentialId,
		toOutput: redactor.toOutput,
		now: clock.now,
		write: auditFile && ((line) => auditFile.append(line)),
		log,
	});
}
