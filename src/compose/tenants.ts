/** Gives each principal of a shared server what its requests are served with. */
import { isDeepStrictEqual } from 'node:util';
import { LOG_LEVELS, type Log } from '../base/log.js';
import { AuditTrail } from '../call/audit-trail.js';
import { Forms } from '../call/consent/forms.js';
import type { Deps } from '../call/context.js';
import { CONSENT_SCOPE, type Principal } from '../call/principal.js';
import type { Credential } from '../cloudflare/api.js';
import { Connection } from '../cloudflare/connection.js';
import { credentialIdOf } from '../cloudflare/credential-id.js';
import type { RequestLimiter } from '../cloudflare/request-limiter.js';
import { ApiError } from '../errors.js';
import { describeServer, type ServerInfo } from '../mcp/server-info.js';
import type { Tool } from '../mcp/tools.js';
import { boundsOf } from './bounds.js';
import { createDeps, type Own } from './deps.js';
import { IdleCache } from './idle-cache.js';
import { OwnRedactor } from './own-redactor.js';
import type { ServerParts } from './server-parts.js';
import type { ToolLists } from './tool-lists.js';
import { USER_AGENT } from './transport.js';

/** Principals that are remembered, and for how long after their last request. Each has some 11 kB. */
const MAX_TENANTS = 1_000;
const IDLE_MS = 15 * 60_000;

/** What the requests of one principal are served with. */
export interface Tenant {
	readonly deps: Deps;
	/** The tools that the principal may call, in listing order. Principals who may call the same tools have the same array. */
	readonly tools: readonly Tool[];
	/** What the server says of itself to the principal. */
	readonly info: ServerInfo;
	/** Logs with the principal's name, and without its secrets. */
	readonly log: Log;
}

/** A principal whose requests come, with what it keeps while its policy and its tokens change. */
interface Resident {
	readonly forms: Forms;
	readonly trail: AuditTrail;
	readonly redactor: OwnRedactor;
	principal?: Principal;
	tenant?: Tenant;
}

/** How the API is reached for a principal. */
type Way = Pick<Own, 'connection' | 'requestLimiter'>;

/** The principals whose requests come. */
export class Tenants {
	private readonly shared: ServerParts;
	private readonly lists: ToolLists;
	private readonly residents: IdleCache<Resident>;
	/** The limit of a credential, by its id, for as long as a principal with it is remembered. */
	private readonly limiters = new Map<string, WeakRef<RequestLimiter>>();
	private sweepAt = MAX_TENANTS;

	private readonly onRefused: ((principal: Principal) => void) | undefined;

	/** `onRefused` hears of a principal whose own credential the API has refused. */
	constructor(shared: ServerParts, lists: ToolLists, onRefused?: (principal: Principal) => void) {
		this.shared = shared;
		this.onRefused = onRefused;
		this.lists = lists;
		this.residents = new IdleCache({
			capacity: MAX_TENANTS,
			idleMs: IDLE_MS,
			clock: shared.clock,
			isInUse: ({ trail, forms }) => trail.underWay > 0 || forms.isInUse,
		});
	}

	/** What a request of this principal is served with. A policy that has changed is in force at once. */
	get(principal: Principal): Tenant {
		const resident = this.residents.get(principal.id, () => this.createResident());
		const { tenant } = resident;
		if (tenant && resident.principal === principal) return tenant;
		resident.redactor.protect([...principal.secrets, ...secretsOf(principal.credential)]);
		const known = resident.principal;
		resident.principal = principal;
		if (tenant && known && isSame(known, principal)) return tenant;
		resident.tenant = this.createTenant(principal, resident);
		return resident.tenant;
	}

	private createResident(): Resident {
		const { clock, redactor } = this.shared;
		return { forms: new Forms(clock), trail: new AuditTrail(), redactor: new OwnRedactor(redactor) };
	}

	private createTenant(principal: Principal, resident: Resident): Tenant {
		const { shared } = this;
		const { forms, trail, redactor } = resident;
		const { id, name } = principal;
		const bounds = boundsOf(shared.config, principal);
		const log = createOwnLog(shared, redactor, name);
		const way = this.findWay(redactor, principal.credential);
		const observe = this.observerOf(principal);
		const isInForce = () => hasStill(resident.principal ?? principal, principal);
		const deps = createDeps(shared, { id, name, bounds, redactor, log, forms, trail, observe, isInForce, ...way });
		const tools = this.lists.listFor(bounds);
		if (tools.length === 0) log('warn', 'no tool is listed: the policy and the flags leave none');
		return { deps, log, tools, info: describeServer(deps.settings, tools) };
	}

	private observerOf(principal: Principal): Own['observe'] {
		const { onRefused } = this;
		if (!principal.credential || !onRefused) return undefined;
		return ({ end }) => {
			if ('error' in end && end.error instanceof ApiError && end.error.reason === 'credential') onRefused(principal);
		};
	}

	/** The way with the principal's own credential, or with the operator's. */
	private findWay({ redact }: OwnRedactor, credential: Credential | undefined): Way {
		const { clock, transport, connection: operators, requestLimiter } = this.shared;
		if (!credential) return { connection: operators, requestLimiter };
		const open = () => transport.open();
		const readCredential = async () => credential;
		const connection = new Connection({ open, readCredential, userAgent: USER_AGENT, redact, clock });
		return { connection, requestLimiter: this.limiterOf(connection, credential) };
	}

	/** One limiter for all principals who call with one credential. */
	private limiterOf(connection: Connection, credential: Credential): RequestLimiter {
		const id = credentialIdOf(credential) ?? '';
		const known = this.limiters.get(id)?.deref();
		if (known) return known;
		const limiter = this.shared.stores.requestLimiter(() => connection.identify());
		if (this.limiters.size >= this.sweepAt) this.sweep();
		this.limiters.set(id, new WeakRef(limiter));
		return limiter;
	}

	/**
	 * Forgets limiters that no tenant uses any more. The next sweep comes when twice as many are known, because looking at a
	 * limiter keeps it in memory for a while.
	 */
	private sweep(): void {
		for (const [other, ref] of this.limiters) if (!ref.deref()) this.limiters.delete(other);
		this.sweepAt = Math.max(MAX_TENANTS, 2 * this.limiters.size);
	}
}

/** Whether two principals of one id are served alike. */
function isSame(one: Principal, other: Principal): boolean {
	const [first, second] = [one, other].map(({ name, policy, credential, grants }) => {
		return { name, policy, credential, mayConsent: grants?.has(CONSENT_SCOPE) };
	});
	return isDeepStrictEqual(first, second);
}

/** Whether the principal, as its last request showed it, has the policy of an earlier request, and the file still says so. */
function hasStill(now: Principal, earlier: Principal): boolean {
	const isSamePolicy = now.name === earlier.name && isDeepStrictEqual(now.policy, earlier.policy);
	return isSamePolicy && (now.isInForce?.() ?? true);
}

function secretsOf(credential: Credential | undefined): readonly string[] {
	if (!credential || credential.kind === 'none') return [];
	return [credential.kind === 'token' ? credential.token : credential.key];
}

/** A log that names the principal. Lines that are not written cost nothing. */
function createOwnLog({ log, config }: ServerParts, { redact }: OwnRedactor, name: string): Log {
	const most = LOG_LEVELS.indexOf(config.logLevel);
	return (level, message, facts) => {
		if (LOG_LEVELS.indexOf(level) <= most) log(level, redact(message), redact({ ...facts, principal: name }));
	};
}
