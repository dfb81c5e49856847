/** Puts together what the calls of one principal share. */
import type { Log } from '../base/log.js';
import type { Redactor } from '../base/redact.js';
import { AuditLog } from '../call/audit.js';
import { Codes } from '../call/consent/codes.js';
import type { Forms } from '../call/consent/forms.js';
import { Seals } from '../call/consent/seals.js';
import type { Deps } from '../call/context.js';
import { ServerSnapshotRule } from '../call/snapshot-rule.js';
import type { Owner } from '../call/unfinished.js';
import { ServerWorkRule } from '../call/work-rule.js';
import { ZoneRule } from '../call/zone-rule.js';
import { logAttempts } from '../cloudflare/attempt-log.js';
import type { Connection } from '../cloudflare/connection.js';
import { withDeadline } from '../cloudflare/deadline.js';
import { withFetchLog } from '../cloudflare/edge/fetch-log.js';
import type { RequestLimiter } from '../cloudflare/request-limiter.js';
import { withRetries } from '../cloudflare/retry.js';
import { Zones } from '../cloudflare/zones.js';
import type { Config } from '../config/config.js';
import { pinnedZones, policyOf, scopeOf, zoneArgumentOf } from '../config/derive.js';
import type { Operation } from '../operations/operation.js';
import { blockingFlag, blockingFlagOfPart } from '../operations/scope.js';
import { VERSION } from '../version.js';
import type { Shared } from './shared.js';

/** What belongs to one principal. */
export interface Own {
	/** Id of the principal. */
	readonly id: string;
	readonly connection: Connection;
	/** The limit of all requests with the credential of the connection. */
	readonly requestLimiter: RequestLimiter;
	readonly redactor: Redactor;
	readonly log: Log;
	readonly forms: Forms;
}

/** Puts the parts of a principal together. */
export function createDeps(shared: Shared, own: Own): Deps {
	const { config, clock, stores, edge, operations } = shared;
	const { id, connection, redactor, log, forms } = own;
	const scope = scopeOf(config);
	const api = createApi(shared, own);
	const zones = new Zones(api, pinnedZones(config));
	const rules = {
		operations,
		blockingFlag: (operation: Operation) => blockingFlag(operation, scope),
		zoneRule: new ZoneRule(config.zones, zones),
	};
	const stored = { ...rules, owner: () => identifyOwner(config, connection) };
	return {
		...rules,
		blockingFlagOfPart: (part) => blockingFlagOfPart(part, scope),
		api,
		edge: config.logLevel === 'debug' ? withFetchLog(edge, log, clock) : edge,
		zones,
		forms,
		...createProofs(shared, id),
		audit: createAudit(shared, own),
		unfinished: stores.unfinished(id, new ServerWorkRule(stored)),
		snapshots: stores.snapshots(id, new ServerSnapshotRule(stored)),
		clock,
		toOutput: redactor.toOutput,
		settings: settingsOf(config),
	};
}

function createApi({ config, clock, stores }: Shared, { connection, requestLimiter, log }: Own): Deps['api'] {
	const watch = { attemptsEndAfterMs: config.timeout * 1_000 };
	return withRetries(withDeadline(connection.api, { clock, watch }), {
		clock,
		rateLimiter: stores.rateLimiter,
		requestLimiter,
		retries: config.retries,
		observe: config.logLevel === 'debug' ? logAttempts(log) : undefined,
	});
}

/** What proves consent that comes with a later call. Both kinds share the secrets. */
function createProofs(shared: Shared, principal: string): Pick<Deps, 'codes' | 'seals'> {
	const { config, clock, stores, proofSecrets: secrets } = shared;
	const about = { secrets, used: stores.usedProofs(principal), ttlSeconds: config.confirmTtl, now: clock.now };
	return { codes: new Codes({ ...about, principal }), seals: new Seals(about) };
}

/** Whose work this server begins: a sandbox's never meets a real token, nor that of another credential. */
async function identifyOwner({ sandbox, baseUrl }: Config, connection: Connection): Promise<Owner> {
	return { api: sandbox ? 'sandbox' : baseUrl, credential: (await connection.identify()) ?? 'none' };
}

function settingsOf(config: Config): Deps['settings'] {
	const { zone, zonePlan, customHostnames, filesRoot } = config;
	const [zoneArgument, confirm] = [zoneArgumentOf(config), policyOf(config)];
	return { zone, zoneArgument, zonePlan, customHostnames, filesRoot, confirm, isSandbox: config.sandbox };
}

function createAudit(shared: Shared, { connection, redactor, log }: Own): AuditLog {
	const { config, clock, preflight, auditOrigin } = shared;
	const { auditFile } = preflight;
	return new AuditLog({
		version: VERSION,
		origin: { ...auditOrigin, policy: policyOf(config) },
		withValues: config.auditValues,
		credentialId: () => connection.credentialId,
		toOutput: redactor.toOutput,
		now: clock.now,
		write: auditFile && ((line) => auditFile.append(line)),
		log,
	});
}
