/** The requests of a client when the server closes. */
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { expect, onTestFinished, test } from 'vitest';
import { compose } from '../../src/compose/product.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { callTool } from '../../src/mcp/call-tool.js';
import type { Channel } from '../../src/mcp/channel.js';
import { ClientConnection } from '../../src/mcp/connection.js';
import { describeServer } from '../../src/mcp/server-info.js';
import { startUpstream } from '../support/api.js';

test('a call that comes after the calls were interrupted sends nothing, and is answered', async () => {
	const upstream = await startUpstream([]);
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: upstream.url };
	const { deps, close } = compose(readConfig([], env) as Config, { log: () => undefined });
	onTestFinished(close);
	const sent: JSONRPCMessage[] = [];
	const channel: Channel = {
		send: async (message) => {
			sent.push(message);
		},
	};
	const { toOutput, settings } = deps;
	const options = {
		channel,
		toOutput,
		tools: [],
		info: describeServer(settings, []),
		load: async () => ({ deps, callTool }),
		principal: 'local',
	};
	const { requests } = new ClientConnection(options);
	requests.interrupt();
	channel.onmessage?.({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'zones_list', arguments: {} } });
	await requests.idle();
	expect(sent).toMatchObject([{ id: 1, result: { isError: true } }]);
	expect(JSON.stringify(sent)).toContain('The server is closing.\\nCall again if it is still needed.');
	expect(upstream.requests).toEqual([]);
});
