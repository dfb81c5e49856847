/** A start reads little code: the built command answers initialize from a handful of files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { CLI, start } from '../support/process.js';

/** With the files that only Node 22 reads, for its cache of compiled code. */
const MOST_FILES = 10;

test('initialize is answered from ten files of dist at most', async () => {
	const NODE_V8_COVERAGE = temporaryFolder();
	const server = start([], { env: { NODE_V8_COVERAGE, CLOUDFLARE_API_TOKEN: 'a-token-0123456789' } });
	const clientInfo = { name: 'test', version: '0' };
	server.send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
	await server.answer(1);
	server.endInput();
	await server.ended;
	const scripts = readdirSync(NODE_V8_COVERAGE).flatMap(
		(file) => JSON.parse(readFileSync(join(NODE_V8_COVERAGE, file), 'utf8')).result as { url: string }[],
	);
	const read = scripts.map(({ url }) => url).filter((url) => url.includes(`${sep}dist${sep}`));
	expect(read).toContain(`file://${CLI}`);
	expect(read.length).toBeLessThanOrEqual(MOST_FILES);
});
