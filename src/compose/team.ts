/** Composes a product that many principals share. */
import { systemClock } from '../base/clock.js';
import type { Principal } from '../call/principal.js';
import { KEEP_HOURS } from '../call/unfinished.js';
import type { Config } from '../config/config.js';
import { secretsOf } from '../config/derive.js';
import type { Authenticator } from '../mcp/http/auth/authenticator.js';
import type { Stores } from '../state/stores.js';
import {
	closeServerParts,
	createLimits,
	createLocalStores,
	createServerParts,
	type GivenSurroundings,
} from './server-parts.js';
import { openSignIn, type ReadVariable } from './sign-in.js';
import { type Tenant, Tenants } from './tenants.js';
import { ToolLists } from './tool-lists.js';

/** A product that many principals share, without a transport. */
export interface Team {
	/** Finds the principal of a request. */
	readonly authenticator: Authenticator;
	/** What a request of this principal is served with. Ask for each request: policies change, and idle principals are forgotten. */
	forPrincipal(principal: Principal): Tenant;
	readonly stores: Stores;
	/** Requests that the operator's credential has left, as the last answer of the API said; undefined while none has said it. */
	budgetLeft(): number | undefined;
	/** Starts what takes time to load, so that the first call does not wait for it. */
	preload(): Promise<void>;
	/** Ends what is shared, and lets the store note for `limitMs` what it could not yet. Calls under way must have ended. */
	close(limitMs?: number): Promise<void>;
}

/** What the product takes from the process that runs it. */
export interface TeamSurroundings extends GivenSurroundings {
	/** Reads the variables that a policy file names. Without it, none is set. */
	readonly readVariable?: ReadVariable;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export async function composeTeam(config: Config, surroundings: TeamSurroundings): Promise<Team> {
	// Before anything is opened: what goes wrong then may be logged.
	for (const secret of secretsOf(config)) surroundings.redactor?.add(secret);
	const stores = await openStores(config, surroundings);
	try {
		return await composeUpon(stores, config, surroundings);
	} catch (error) {
		// An open connection would keep a process alive that cannot start.
		await stores.close();
		throw error;
	}
}

async function composeUpon(stores: Stores, config: Config, surroundings: TeamSurroundings): Promise<Team> {
	const lists = await ToolLists.read();
	const shared = createServerParts(config, surroundings, stores);
	const { authenticator, close } = await openSignIn(shared, surroundings.readVariable ?? (() => undefined));
	const tenants = new Tenants(shared, lists, authenticator.markBad?.bind(authenticator));
	return {
		authenticator,
		forPrincipal: (principal) => tenants.get(principal),
		stores,
		budgetLeft: () => shared.requestLimiter.left,
		// A failure here is not lost: the first call meets it again and reports it.
		preload: async () => {
			await shared.transport.open().catch(() => undefined);
		},
		close: (limitMs) => {
			close();
			return closeServerParts(shared, limitMs);
		},
	};
}

/** The stores that replicas share on Redis, or those of a server without replicas. */
async function openStores(config: Config, { clock = systemClock, log }: GivenSurroundings): Promise<Stores> {
	if (config.redis === undefined) return createLocalStores(config, clock, log);
	const { openRedisStores } = await import('../state/redis/stores.js');
	return openRedisStores({ url: config.redis, keepHours: KEEP_HOURS, ...createLimits(clock), clock, log });
}
