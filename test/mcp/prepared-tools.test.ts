/** The tools that the build prepares are those that the source derives. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { type PreparedTool, preparedFileOf, readPreparedTools } from '../../src/mcp/prepared-tools.js';
import { PROTOCOL_VERSIONS } from '../../src/mcp/revisions/2025-11-25.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { ZONE_ARGUMENTS } from '../../src/operations/input.js';
import { CLI } from '../support/session.js';

test.for(ZONE_ARGUMENTS)('source without a build lists what the built command lists where zone is %s', async (zone) => {
	const file = new URL(preparedFileOf(zone), pathToFileURL(CLI));
	const prepared = JSON.parse(readFileSync(file, 'utf8')) as Required<PreparedTool>[];
	expect(prepared.filter(({ tokens }) => !(tokens > 0))).toEqual([]);
	const withoutTokens = prepared.map(({ tokens: _, ...rest }) => rest);
	expect(await readPreparedTools(zone)).toEqual(withoutTokens);
	expect(withoutTokens.map(({ name }) => name)).toEqual(OPERATIONS.map(({ name }) => name));
});

test('the server offers the protocol versions of the SDK, in the same order', () => {
	expect(PROTOCOL_VERSIONS).toEqual(SUPPORTED_PROTOCOL_VERSIONS);
});
