/** Serves the product's own tools over the SDK's HTTP transport, a session for each client: only the transport differs. */
import { LOCAL_PRINCIPAL } from '../../src/call/principal.js';
import { compose } from '../../src/compose/product.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { callTool } from '../../src/mcp/call-tool.js';
import type { Channel } from '../../src/mcp/channel.js';
import { ClientConnection } from '../../src/mcp/connection.js';
import { describeServer } from '../../src/mcp/server-info.js';
import { listTools } from '../../src/mcp/tools.js';
import { serveSessions } from './sessions.js';

const { deps, allowed } = compose(readConfig([], process.env) as Config, { log: () => undefined });
const tools = listTools(allowed, deps.settings.zoneArgument);
const shared = {
	tools,
	info: describeServer(deps.settings, tools),
	toOutput: deps.toOutput,
	principal: LOCAL_PRINCIPAL,
	load: () => ({ deps, callTool }),
};

await serveSessions(async (transport) => {
	new ClientConnection({ ...shared, channel: transport as Channel });
	await transport.start();
});
