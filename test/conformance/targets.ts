/** What the conformance suite is run against: the suite's own fixture, and the product. Both on the product's connection. */

import { LOCAL_PRINCIPAL } from '../../src/call/principal.js';
import { compose } from '../../src/compose/product.js';
import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/config.js';
import { ClientConnection } from '../../src/mcp/connection.js';
import { describeServer } from '../../src/mcp/server-info.js';
import { listTools } from '../../src/mcp/tools.js';
import { CAPABILITIES, fixtureMethods } from './fixture.js';
import type { OpenConnection } from './http-endpoint.js';

/** Something that the suite is run against. */
export interface Target {
	readonly open: OpenConnection;
	/** Ends what all connections share. */
	close(): Promise<void>;
}

const ignore = () => undefined;

/** The product with its real tools, on a simulated API. `stateFolder` is the folder for unfinished work. */
export function composeProduct(stateFolder: string): Target {
	const config = readConfig(['--sandbox'], { CF_CACHE_STATE_DIR: stateFolder }) as Config;
	const { deps, allowed, close } = compose(config, { log: ignore });
	const shared = {
		tools: listTools(allowed, deps.settings.zoneArgument),
		info: describeServer(deps.settings),
		toOutput: deps.toOutput,
		principal: LOCAL_PRINCIPAL,
		load: async () => deps,
	};
	return { open: (channel) => new ClientConnection({ ...shared, channel }), close };
}

/** The fixture, with what the product's connections load. */
export function composeFixture(stateFolder: string): Target {
	const config = readConfig(['--sandbox'], { CF_CACHE_STATE_DIR: stateFolder }) as Config;
	const { deps, close } = compose(config, { log: ignore });
	const info = { ...describeServer(deps.settings), capabilities: CAPABILITIES };
	const shared = { tools: [], info, toOutput: deps.toOutput, principal: LOCAL_PRINCIPAL, load: async () => deps };
	return {
		open: (channel, first) => new ClientConnection({ ...shared, channel, methods: fixtureMethods(channel, first) }),
		close,
	};
}
