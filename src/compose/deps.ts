/** Puts together what the calls of one principal share. */
import type { Log } from '../base/log.js';
import type { Redactor } from '../base/redact.js';
import { AuditLog } from '../call/audit.js';
import type { AuditTrail } from '../call/audit-trail.js';
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
import { toShownId } from '../cloudflare/credential-id.js';
import { withDeadline } from '../cloudflare/deadline.js';
import { withFetchLog } from '../cloudflare/edge/fetch-log.js';
import type { RequestLimiter } from '../cloudflare/request-limiter.js';
import { type Attempt, withRetries } from '../cloudflare/retry.js';
import { Zones } from '../cloudflare/zones.js';
import type { Config } from '../config/config.js';
import { ApiError, Refused } from '../errors.js';
import type { ZoneEntry } from '../operations/scope.js';
import { VERSION } from '../version.js';
import type { Bounds } from './bounds.js';
import type { ServerParts } from './server-parts.js';

/** What belongs to one principal. */
export interface Own {
	/** Id of the principal. */
	readonly id: string;
	/** Its name, on a server that many share. */
	readonly name?: string | undefined;
	readonly bounds: Bounds;
	readonly connection: Connection;
	/** The limit of all requests with the credential of the connection. */
	readonly requestLimiter: RequestLimiter;
	readonly redactor: Pick<Redactor, 'toOutput'>;
	readonly log: Log;
	readonly forms: Forms;
	readonly trail?: AuditTrail | undefined;
	/** Hears of each attempt to send a request. */
	readonly observe?: Observe | undefined;
	/** Whether the bounds are still those of the principal's policy; absent where none can change. */
	isInForce?(): boolean;
}

type Observe = (attempt: Attempt) => void;

/** Puts the parts of a principal together. */
export function createDeps(shared: ServerParts, own: Own): Deps {
	const { config, clock, stores, edge, operations } = shared;
	const { id, bounds, connection, redactor, log, forms } = own;
	const api = createApi(shared, own);
	const { zones, zoneRule } = createZones(api, own);
	const rules = { operations, blockOf: bounds.blockOf, zoneRule };
	const stored = { ...rules, owner: () => identifyOwner(config, connection) };
	return {
		...rules,
		blockOfPart: bounds.blockOfPart,
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
		settings: settingsOf(config, own),
	};
}

/**
 * A zone must be in the operator's list and in the policy's, where there are both. Each list looks zones up by itself: a pin
 * in one of them is no proof for the other.
 */
function createZones(api: Deps['api'], { bounds: { zoneLists }, name }: Own): Pick<Deps, 'zones' | 'zoneRule'> {
	const { flags, policy } = zoneLists;
	const zones = new Zones(api, pinsOf(policy ?? flags));
	if (!policy) return { zones, zoneRule: new ZoneRule(flags, zones) };
	const bound = flags && new ZoneRule(flags, new Zones(api, pinsOf(flags)));
	return { zones, zoneRule: new ZoneRule(policy, zones, { principal: name, bound }) };
}

/** The ids of zones that are pinned by `name=id`, by name. */
function pinsOf(entries: readonly ZoneEntry[] = []): ReadonlyMap<string, string> {
	return new Map(entries.flatMap(({ name, id }) => (name && id ? [[name, id] as const] : [])));
}

function createApi(
	{ config, clock, stores, metrics }: ServerParts,
	{ connection, requestLimiter, log, observe, isInForce }: Own,
): Deps['api'] {
	const watch = { attemptsEndAfterMs: config.timeout * 1_000 };
	const api = withRetries(withDeadline(connection.api, { clock, watch }), {
		clock,
		rateLimiter: stores.rateLimiter,
		requestLimiter,
		metrics,
		retries: config.retries,
		observe: joinObservers(
			config.logLevel === 'debug' ? logAttempts(log) : undefined,
			metrics && (({ end }) => metrics.attemptEnded(statusOf(end))),
			observe,
		),
	});
	return isInForce ? whileInForce(api, isInForce) : api;
}

/** Sends nothing for a call whose policy has changed since it began: its user may have taken minutes to answer a form. */
function whileInForce(api: Deps['api'], isInForce: () => boolean): Deps['api'] {
	return async (...request) => {
		if (isInForce()) return api(...request);
		throw new Refused('The policy has changed since this call began, so it sends nothing more.', {
			advice: 'Call again under the policy as it is now.',
		});
	};
}

function joinObservers(...given: readonly (Observe | undefined)[]): Observe | undefined {
	const observers = given.filter((one) => one !== undefined);
	if (observers.length === 0) return undefined;
	return (attempt) => {
		for (const observe of observers) observe(attempt);
	};
}

/** The HTTP status of an attempt; 0 where no answer came. */
function statusOf(end: Attempt['end']): number {
	if ('answer' in end) return end.answer.status;
	return end.error instanceof ApiError ? end.error.status : 0;
}

/** What proves consent that comes with a later call. Both kinds share the secrets. */
function createProofs(shared: ServerParts, principal: string): Pick<Deps, 'codes' | 'seals'> {
	const { config, clock, stores, proofSecrets: secrets } = shared;
	const about = { secrets, used: stores.usedProofs(principal), ttlSeconds: config.confirmTtl, now: clock.now };
	return { codes: new Codes({ ...about, principal }), seals: new Seals(about) };
}

/** Whose work this server begins: a sandbox's never meets a real token, nor that of another credential. */
async function identifyOwner({ sandbox, baseUrl }: Config, connection: Connection): Promise<Owner> {
	return { api: sandbox ? 'sandbox' : baseUrl, credential: (await connection.identify()) ?? 'none' };
}

function settingsOf(config: Config, { bounds, name }: Own): Deps['settings'] {
	const { zonePlan, customHostnames, filesRoot, sandbox: isSandbox } = config;
	const { zone, zoneArgument, confirm, consentBlock } = bounds;
	const isShared = name !== undefined;
	return {
		...{ zone, zoneArgument, zonePlan, customHostnames, confirm, consentBlock, isSandbox, isShared },
		filesRoot: isShared ? undefined : filesRoot,
	};
}

function createAudit(shared: ServerParts, { name, bounds, connection, redactor, log, trail }: Own): AuditLog {
	const { config, clock, preflight, auditOrigin, metrics } = shared;
	const { auditFile } = preflight;
	return new AuditLog({
		version: VERSION,
		origin: { ...auditOrigin, policy: bounds.confirm },
		withValues: config.auditValues,
		credentialId: () => toShownId(connection.credentialId),
		toOutput: redactor.toOutput,
		now: clock.now,
		write: auditFile && ((line) => auditFile.append(line)),
		log,
		principal: name,
		trail,
		metrics,
	});
}
