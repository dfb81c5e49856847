/** Tools that the operator's flags forbid. */
import { expect, test } from 'vitest';
import { openSession, ZONE } from '../support/session.js';

test.for<readonly [flags: string[], tool: string, flag: string]>([
	[['--read-only'], 'purge_cache', '--read-only'],
	[['--toolsets', 'reserve,zone'], 'purge_cache', '--toolsets'],
	[['--tools', 'cache_overview'], 'zones_list', '--tools'],
	[['--exclude-tools', 'variants_delete'], 'variants_delete', '--exclude-tools'],
])('a server started with %j neither lists nor accepts %s', async ([flags, tool, flag]) => {
	const { call, client, requests } = await openSession({ flags });
	expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain(tool);
	const { text, isError } = await call(tool, { zone: ZONE, tags: ['a'] });
	expect(isError).toBe(true);
	expect(text).toContain(`the server was started with ${flag}.`);
	expect(requests).toEqual([]);
});
