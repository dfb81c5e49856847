/** What Node keeps of compiled code, where it can: in the user's cache, and of no consequence where it cannot. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Running, start } from '../support/process.js';

function emptyFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'cache-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** A session up to the answer of a call, when everything has been loaded. */
async function serve(XDG_CACHE_HOME: string): Promise<Running> {
	const server = start(['--sandbox'], { env: { XDG_CACHE_HOME } });
	server.send({ id: 1, method: 'tools/list' });
	await server.answer(1);
	server.send({ id: 2, method: 'tools/call', params: { name: 'zones_list', arguments: {} } });
	expect((await server.answer(2)).result).toMatchObject({ structuredContent: { status: 'done' } });
	return server;
}

// Where it is looked for on Linux; the package that knows the others is not ours to test.
describe.skipIf(process.platform !== 'linux')('compiled code', () => {
	test.runIf('enableCompileCache' in module)('is kept by a server that is ended by force', async () => {
		const folder = emptyFolder();
		const server = await serve(folder);
		server.kill('SIGKILL');
		await server.ended;
		expect(readdirSync(join(folder, 'cloudflare-cache-mcp'), { recursive: true }).length).toBeGreaterThan(5);
	});

	test('that cannot be kept is no reason to complain', async () => {
		const file = join(emptyFolder(), 'no-folder');
		writeFileSync(file, '');
		const server = await serve(file);
		server.endInput();
		expect(await server.ended).toEqual({ code: 0, signal: null });
		expect(server.stderr()).toBe('');
	});
});
