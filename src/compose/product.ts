/** Composes the running product of one client from its configuration. The HTTP pool and the sandbox start when they are first needed. */
import { Forms } from '../call/consent/forms.js';
import type { Deps } from '../call/context.js';
import { LOCAL_PRINCIPAL } from '../call/principal.js';
import type { Config } from '../config/config.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation } from '../operations/operation.js';
import { boundsOf } from './bounds.js';
import { createDeps } from './deps.js';
import { closeServerParts, createServerParts, type GivenSurroundings } from './server-parts.js';

/** The running product of one client, without a transport. */
export interface Product {
	readonly deps: Deps;
	/** The operations that are listed and accepted, in listing order. */
	readonly allowed: readonly Operation[];
	/** Starts what takes time to load, so that the first call does not wait for it. */
	preload(): Promise<void>;
	close(): Promise<void>;
}

/** Puts the parts together. Throws ConfigError when a name or a credential in the configuration is unusable. */
export function compose(config: Config, surroundings: GivenSurroundings): Product {
	const shared = createServerParts(config, surroundings);
	const { connection, requestLimiter, redactor, log, clock } = shared;
	const bounds = boundsOf(config);
	const own = { id: LOCAL_PRINCIPAL, bounds, connection, requestLimiter, redactor, log, forms: new Forms(clock) };
	const deps = createDeps(shared, own);
	return {
		deps,
		allowed: OPERATIONS.filter((operation) => deps.blockOf(operation) === undefined),
		// A failure here is not lost: the first call meets it again and reports it.
		preload: async () => {
			await connection.preload().catch(() => undefined);
		},
		close: () => closeServerParts(shared),
	};
}
