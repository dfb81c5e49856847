/** Puts together what all principals of a server share. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import envPaths from 'env-paths';
import { type Clock, systemClock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../base/metrics.js';
import { Redactor } from '../base/redact.js';
import { readUserName } from '../base/user-name.js';
import type { AuditOrigin } from '../call/audit-entry.js';
import { LOCAL_PRINCIPAL } from '../call/principal.js';
import { KEEP_HOURS } from '../call/unfinished.js';
import { Connection } from '../cloudflare/connection.js';
import type { EdgeFetch } from '../cloudflare/edge/edge-fetch.js';
import { LocalRateLimiter, type RateLimiter } from '../cloudflare/rate-limiter.js';
import { LocalRequestLimiter, type RequestLimiter } from '../cloudflare/request-limiter.js';
import type { Config } from '../config/config.js';
import { secretsOf } from '../config/derive.js';
import { type Preflight, runPreflight } from '../config/preflight.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation } from '../operations/operation.js';
import { LocalStores } from '../state/disk/stores.js';
import type { Stores } from '../state/stores.js';
import { NAME } from '../version.js';
import { Transport, USER_AGENT } from './transport.js';

const NAMES = OPERATIONS.map(({ name }) => name);

/** What the product takes from the process that runs it. */
interface Surroundings {
	readonly clock: Clock;
	readonly log: Log;
	readonly redactor: Redactor;
	readonly preflight: Preflight;
	/** Fetches URLs of zones. */
	readonly edge: EdgeFetch;
	/** Where there is none, nothing is counted. */
	readonly metrics: Metrics | undefined;
}

/** What is given; the rest is made from the configuration. */
export type GivenSurroundings = Partial<Surroundings> & Pick<Surroundings, 'log'>;

/** What all principals share. */
export interface ServerParts extends Surroundings {
	readonly config: Config;
	readonly operations: ReadonlyMap<string, Operation>;
	readonly transport: Transport;
	/** The connection with the operator's credential. */
	readonly connection: Connection;
	/** The limit of all requests with the operator's credential. */
	readonly requestLimiter: RequestLimiter;
	readonly stores: Stores;
	/** The secrets of codes and seals: the operator's, or a random one, which ends with the process. */
	readonly proofSecrets: readonly [string | Buffer, ...string[]];
	readonly auditOrigin: Omit<AuditOrigin, 'policy'>;
}

/** Puts together what is shared. Throws ConfigError when a name or a credential in the configuration is unusable. */
export function createServerParts(
	config: Config,
	{
		clock = systemClock,
		log,
		redactor = new Redactor(),
		preflight = runPreflight(config, NAMES, log),
		metrics,
		...given
	}: GivenSurroundings,
	stores: Stores = createLocalStores(config, clock, log),
): ServerParts {
	for (const secret of secretsOf(config)) redactor.add(secret);
	const transport = new Transport(config);
	const edge = given.edge ?? transport.createEdge(clock);
	const connection = connectOperator({ config, clock, redactor, preflight, transport });
	return {
		...{ config, clock, log, redactor, preflight, edge, transport, connection, stores, metrics },
		operations: new Map(OPERATIONS.map((operation) => [operation.name, operation])),
		requestLimiter: stores.requestLimiter(() => connection.identify()),
		proofSecrets: config.confirmSecret ?? [randomBytes(32)],
		auditOrigin: {
			api: config.sandbox ? 'sandbox' : new URL(config.baseUrl).host,
			pid,
			user: readUserName(),
			host: hostname(),
		},
	};
}

/** Ends what is shared, and lets the store note for `limitMs` what it could not yet. Calls under way must have ended. */
export async function closeServerParts(
	{ connection, transport, stores, preflight }: ServerParts,
	limitMs?: number,
): Promise<void> {
	await connection.close();
	await transport.close();
	await stores.close(limitMs);
	preflight.auditFile?.close();
}

/** The folder of unfinished purges, snapshots, and what changes replaced. */
export function stateFolderOf({ stateDir }: Pick<Config, 'stateDir'>): string {
	return stateDir ?? envPaths(NAME, { suffix: '' }).data;
}

/** The stores of a server without replicas. */
export function createLocalStores(config: Config, clock: Clock, log: Log): Stores {
	const about = { folder: stateFolderOf(config), home: LOCAL_PRINCIPAL, keepHours: KEEP_HOURS };
	return new LocalStores({ ...about, ...createLimits(clock), clock, log });
}

/** The limits of this process alone. */
export function createLimits(clock: Clock): { rateLimiter: RateLimiter; createRequestLimiter(): LocalRequestLimiter } {
	return { rateLimiter: new LocalRateLimiter(clock), createRequestLimiter: () => new LocalRequestLimiter(clock) };
}

function connectOperator({
	config,
	clock,
	redactor,
	preflight,
	transport,
}: Pick<ServerParts, 'config' | 'clock' | 'redactor' | 'preflight' | 'transport'>): Connection {
	return new Connection({
		open: () => transport.open(),
		readCredential: async (closing) => {
			const credential = await preflight.readCredential(closing);
			if (credential.kind === 'token' && !config.sandbox) redactor.add(credential.token);
			return credential;
		},
		userAgent: USER_AGENT,
		redact: redactor.redact,
		clock,
	});
}
