/** The calls of a client when the server closes. */
import { expect, onTestFinished, test } from 'vitest';
import { Cancel } from '../../src/base/cancel.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { McpServer } from '../../src/mcp/server.js';
import { startUpstream } from '../support/api.js';

test('a call that comes after the calls were interrupted sends nothing', async () => {
	const upstream = await startUpstream([]);
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: upstream.url };
	const { deps, close } = compose(readConfig([], env) as Config, { log: () => undefined });
	onTestFinished(close);
	const { calls } = new McpServer({ deps, tools: [] });
	calls.interrupt();
	const channel = { cancel: new Cancel(), progressToken: undefined, notify: () => undefined };
	const { content, isError } = await calls.perform({ name: 'zones_list', arguments: {} }, channel);
	expect(isError).toBe(true);
	expect(content[0].text).toContain('The server is closing.\nCall again if it is still needed.');
	expect(upstream.requests).toEqual([]);
});
