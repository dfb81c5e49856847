/** The server behind every transport: what it does when it is told to close. */
import { expect, onTestFinished, test } from 'vitest';
import { Cancel } from '../../src/base/cancel.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { createServer } from '../../src/mcp/server.js';
import { startUpstream } from '../support/api.js';

test('a call that comes when the calls under way were interrupted sends nothing', async () => {
	const upstream = await startUpstream([]);
	const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: upstream.url };
	const product = compose(readConfig([], env) as Config, { log: () => undefined });
	onTestFinished(() => product.close());
	const server = createServer(product.deps, []);
	server.interrupt();
	const carrier = { cancel: new Cancel(), progressToken: undefined, notify: () => undefined };
	const { content, isError } = await server.call({ name: 'zones_list', arguments: {} }, carrier);
	expect(isError).toBe(true);
	expect(content[0].text).toContain('The server is closing.\nNothing was changed.');
	expect(upstream.requests).toEqual([]);
});
