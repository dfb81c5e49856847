/** Composes a product that many principals share. */
import type { Log } from '../base/log.js';
import { Redactor } from '../base/redact.js';
import { Forms } from '../call/consent/forms.js';
import type { Deps } from '../call/context.js';
import type { Principal } from '../call/principal.js';
import { Connection } from '../cloudflare/connection.js';
import type { Config } from '../config/config.js';
import { zoneArgumentOf } from '../config/derive.js';
import { type PreparedTool, readPreparedTools } from '../mcp/prepared-tools.js';
import type { Tool } from '../mcp/tools.js';
import type { Stores } from '../state/stores.js';
import { createDeps, type Own } from './deps.js';
import { closeShared, createShared, type GivenSurroundings, type Shared } from './shared.js';
import { USER_AGENT } from './transport.js';

/** What the requests of one principal are served with. */
export interface Tenant {
	readonly deps: Deps;
	/** The tools that the principal may call, in listing order. Principals who may call the same tools have the same array. */
	readonly tools: readonly Tool[];
	/** Logs with the principal's name, and without its secrets. */
	readonly log: Log;
}

/** A product that many principals share, without a transport. */
export interface Team {
	/** What the requests of a principal are served with. Ask for each request: policies change, and idle principals are forgotten. */
	forPrincipal(principal: Principal): Tenant;
	readonly stores: Stores;
	/** Starts what takes time to load, so that the first call does not wait for it. */
	preload(): Promise<void>;
	/** Ends what is shared. Calls under way must have ended. */
	close(): Promise<void>;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export async function composeTeam(config: Config, surroundings: GivenSurroundings): Promise<Team> {
	const shared = createShared(config, surroundings);
	const prepared = await readPreparedTools(zoneArgumentOf(config));
	const tenants = new Map<string, Tenant>();
	return {
		forPrincipal: (principal) => {
			const known = tenants.get(principal.id);
			if (known) return known;
			const tenant = createTenant(shared, principal, prepared);
			tenants.set(principal.id, tenant);
			return tenant;
		},
		stores: shared.stores,
		preload: async () => {
			await shared.connection.preload().catch(() => undefined);
		},
		close: () => closeShared(shared),
	};
}

function createTenant(shared: Shared, principal: Principal, prepared: readonly PreparedTool[]): Tenant {
	const own = createOwn(shared, principal);
	const deps = createDeps(shared, own);
	const tools = prepared.flatMap(({ name, tool }) => {
		const operation = shared.operations.get(name);
		return operation && deps.blockingFlag(operation) === undefined ? [tool] : [];
	});
	return { deps, tools, log: own.log };
}

function createOwn(shared: Shared, { id, name, credential, secrets }: Principal): Own {
	const { clock, transport, stores } = shared;
	const redactor = new Redactor();
	for (const secret of secrets) redactor.add(secret);
	const log: Log = (level, message, facts) =>
		shared.log(level, redactor.redact(message), redactor.redact({ principal: name, ...facts }));
	const connection = credential
		? new Connection({
				open: () => transport.open(),
				readCredential: async () => credential,
				userAgent: USER_AGENT,
				redact: redactor.redact,
				clock,
			})
		: shared.connection;
	const requestLimiter = credential ? stores.requestLimiter(() => connection.identify()) : shared.requestLimiter;
	return { id, connection, requestLimiter, redactor, log, forms: new Forms(clock) };
}
