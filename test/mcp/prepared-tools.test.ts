/** The tools that the build prepares are those that the source derives. */
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { countTokens } from '../../src/build/tokens.js';
import { deriveTools } from '../../src/mcp/prepared-tools.js';
import { PROTOCOL_VERSIONS } from '../../src/mcp/revisions/2025-11-25.js';
import { ZONE_ARGUMENTS } from '../../src/operations/input.js';
import { finish } from '../support/process.js';
import { ZONE } from '../support/session.js';

test.for(ZONE_ARGUMENTS)('the built command lists what the source derives where zone is %s', async (zone) => {
	const flags = { required: [], optional: ['--zone', ZONE], fixed: ['--zone', ZONE, '--zones', ZONE] }[zone];
	const { stdout } = await finish(['tools', '--json', '--sandbox', ...flags]);
	const derived = await deriveTools(zone);
	expect(JSON.parse(stdout)).toEqual(derived.map(({ tool }) => ({ ...tool, tokens: countTokens(tool) })));
});

test('the server offers the protocol versions of the SDK, in the same order', () => {
	expect(PROTOCOL_VERSIONS).toEqual(SUPPORTED_PROTOCOL_VERSIONS);
});
