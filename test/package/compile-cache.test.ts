/** Node keeps compiled code in the user's cache folder, and the command works where it cannot. */
import { readdirSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/files.js';
import { type Running, start } from '../support/process.js';

/** Starts a session and waits for the answer of a call: by then everything is loaded. */
async function serve(XDG_CACHE_HOME: string): Promise<Running> {
	const server = start(['--sandbox'], { env: { XDG_CACHE_HOME } });
	server.send({ id: 1, method: 'tools/list' });
	await server.answer(1);
	server.send({ id: 2, method: 'tools/call', params: { name: 'zones_list', arguments: {} } });
	expect((await server.answer(2)).result).toMatchObject({ structuredContent: { status: 'done' } });
	return server;
}

// The tests know the cache folder of Linux only. Another package chooses it on other systems.
describe.skipIf(process.platform !== 'linux')('compiled code', () => {
	test.runIf('enableCompileCache' in module)('is kept by a server that is ended by force', async () => {
		const folder = temporaryFolder();
		const server = await serve(folder);
		server.kill('SIGKILL');
		await server.ended;
		expect(readdirSync(join(folder, 'cloudflare-cache-mcp'), { recursive: true }).length).toBeGreaterThan(5);
	});

	test('is not kept where the cache cannot be written, and nothing is said about it', async () => {
		const file = join(temporaryFolder(), 'no-folder');
		writeFileSync(file, '');
		const server = await serve(file);
		server.endInput();
		expect(await server.ended).toEqual({ code: 0, signal: null });
		expect(server.stderr()).toBe('');
	});
});
