/** Config → running parts. What is heavy (the HTTP pool, the sandbox) starts when first needed, or when warmed. */

import { randomBytes } from 'node:crypto';
import envPaths from 'env-paths';
import { type Clock, systemClock } from './base/clock.js';
import type { Log } from './base/log.js';
import { createRedactor, type Redactor } from './base/redact.js';
import { createAuditLog } from './call/audit.js';
import { createCodes, createForms } from './call/consent/codes.js';
import type { Deps } from './call/context.js';
import { KEEP_HOURS } from './call/unfinished.js';
import { createZoneRule } from './call/zone-rule.js';
import { Connection, type OpenTransport } from './cloudflare/connection.js';
import { withDeadline } from './cloudflare/deadline.js';
import { RateLimiter } from './cloudflare/rate-limiter.js';
import { withRetries } from './cloudflare/retry.js';
import { Zones } from './cloudflare/zones.js';
import { type Config, policyOf, sandboxOptions, scopeOf, zoneArgumentOf } from './config/config.js';
import { type Preflight, runPreflight } from './config/preflight.js';
import { OPERATIONS } from './operations/index.js';
import type { Operation } from './operations/operation.js';
import { blockingFlag, blockingFlagOfPart } from './operations/scope.js';
import { Journal } from './state/disk/journal.js';
import { NAME, VERSION } from './version.js';

const API_ROOT = 'https://api.cloudflare.com/client/v4';
/** Seconds for one attempt at one request. */
const TIMEOUT = 30;
/** Further attempts at a request that may be repeated. */
const RETRIES = 3;
/** Seconds that a confirmation code lives. */
const CONFIRM_TTL = 600;

const NAMES = OPERATIONS.map(({ name }) => name);

/** The running product, without a transport. */
export interface Product {
	readonly deps: Deps;
	/** The operations that are listed and accepted, in listing order. */
	readonly allowed: readonly Operation[];
	/** Starts what is heavy in the background, so that the first call does not wait for it. */
	preload(): Promise<void>;
	close(): Promise<void>;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export function compose(
	config: Config,
	{
		clock = systemClock,
		log,
		redactor = createRedactor(),
		preflight = runPreflight(config, NAMES, log),
	}: { clock?: Clock | undefined; log: Log; redactor?: Redactor; preflight?: Preflight },
): Product {
	for (const secret of [config.token, config.key, config.email, config.confirmSecret]) redactor.add(secret?.trim());
	const scope = scopeOf(config);
	const { auditFile } = preflight;
	const { now } = clock;
	const connection = new Connection({
		open: () => openTransport(config),
		readCredential: async (closing) => {
			const credential = await preflight.readSecret(closing);
			if (credential.kind === 'token' && !config.sandbox) redactor.add(credential.token);
			return credential;
		},
		userAgent: `${NAME}/${VERSION}`,
		redact: redactor.redact,
		clock,
	});
	const attemptsEndAfterMs = (config.timeout ?? TIMEOUT) * 1000;
	const api = withRetries(withDeadline(connection.api, { clock, watch: { attemptsEndAfterMs } }), {
		clock,
		rateLimiter: new RateLimiter(clock),
		retries: config.retries ?? RETRIES,
	});
	const pins = (config.zones ?? []).flatMap(({ name, id }) => (name && id ? [[name, id] as const] : []));
	const zones = new Zones(api, new Map(pins));
	return {
		deps: {
			operations: new Map(OPERATIONS.map((operation) => [operation.name, operation])),
			blockingFlag: (operation) => blockingFlag(operation, scope),
			blockingFlagOfPart: (part) => blockingFlagOfPart(part, scope),
			api,
			zones,
			zoneRule: createZoneRule(config.zones, zones),
			forms: createForms(now),
			audit: createAuditLog({
				version: VERSION,
				now,
				write: auditFile && ((line) => auditFile.append(redactor.redact(line))),
				onLost: (problem) => log('error', problem),
			}),
			unfinished: new Journal({
				folder: config.stateDir ?? envPaths(NAME, { suffix: '' }).data,
				keepHours: KEEP_HOURS,
				clock,
				log,
			}),
			clock,
			redact: redactor.redact,
			codes: createCodes(config.confirmSecret ?? randomBytes(32), config.confirmTtl ?? CONFIRM_TTL, now),
			settings: {
				zone: config.zone,
				zoneArgument: zoneArgumentOf(config),
				plan: config.plan ?? 'auto',
				filesRoot: config.filesRoot,
				confirm: policyOf(config),
			},
		},
		allowed: OPERATIONS.filter((operation) => blockingFlag(operation, scope) === undefined),
		// A failure here is not lost: the first call meets it again and reports it.
		preload: async () => void (await connection.preload().catch(() => undefined)),
		close: async () => {
			await connection.close();
			auditFile?.close();
		},
	};
}

/** Opens the pool of connections to the API, or to a sandbox that runs in this process. */
async function openTransport(config: Config): Promise<OpenTransport> {
	const { openPool } = await import('./cloudflare/http/pool.js');
	if (!config.sandbox) return openPool(config.baseUrl ?? API_ROOT, config.timeout ?? TIMEOUT);
	const { startSandbox } = await import('./sandbox/server.js');
	const sandbox = await startSandbox(sandboxOptions(config));
	const pool = openPool(sandbox.url, config.timeout ?? TIMEOUT);
	return {
		send: pool.send,
		close: async () => {
			await pool.close();
			await sandbox.close();
		},
	};
}
