/** Tests `sandbox`: the simulated API as a process of its own. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import Cloudflare from 'cloudflare';
import { describe, expect, onTestFinished, test } from 'vitest';
import { visit } from '../support/edge.js';
import { finish, preload, start } from '../support/process.js';

/** Starts a sandbox process and reads its URL. */
async function startProcess(...flags: string[]) {
	const running = start(['sandbox', ...flags]);
	await running.saw('stdout', '\n');
	const [url = ''] = /http:\S+[^.\s]/.exec(running.stdout()) ?? [];
	return { ...running, url };
}

/** Takes a port for the time of the test. */
async function takePort(): Promise<number> {
	const holder = createServer();
	holder.listen(0, '127.0.0.1');
	await once(holder, 'listening');
	onTestFinished(() => void holder.close());
	return (holder.address() as AddressInfo).port;
}

const EDGE =
	/^Its edge serves the hosts of its zones: http at 127\.0\.0\.1:(\d+), and https, without TLS, at 127\.0\.0\.1:(\d+)\. Give the host in the header Host\.$/;

/** Code that makes the system refuse every port. */
const NO_FREE_PORT = `
	import { Server } from 'node:net';
	Server.prototype.listen = function () {
		process.nextTick(() => this.emit('error', Object.assign(new Error('refused'), { code: 'EADDRNOTAVAIL' })));
		return this;
	};`;

describe('sandbox', () => {
	test('listens on this machine only, under the path of the real API', async () => {
		expect((await startProcess('--port', '0')).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/client\/v4$/);
	});

	test('says which tokens it takes and how to stop it', async () => {
		const { url, stdout } = await startProcess();
		const [api, edge, ...more] = stdout().split('\n');
		expect(api).toBe(
			`Simulated Cloudflare API at ${url}. Use any token of 8 or more letters, digits, "-" and "_". Stop it with Ctrl+C or SIGTERM.`,
		);
		expect(edge).toMatch(EDGE);
		expect(more).toEqual(['']);
	});

	test('serves the hosts of its zones at the ports that it names', async () => {
		const { stdout } = await startProcess();
		const [, http, https] = EDGE.exec(stdout().split('\n')[1] ?? '') ?? [];
		const sandbox = { edgePorts: { http: Number(http), https: Number(https) } };
		for (const scheme of ['http', 'https'])
			expect((await visit(sandbox, `${scheme}://www.example.com/app.js`)).cache).toBe('MISS');
		expect((await visit(sandbox, 'https://www.example.com/app.js')).cache).toBe('HIT');
	});

	test('serves the official Cloudflare client', async () => {
		const { url } = await startProcess();
		const cloudflare = new Cloudflare({ apiToken: 'test-token-0123456789', baseURL: url, maxRetries: 0 });
		const zones = await cloudflare.zones.list();
		expect(zones.result.map(({ name }) => name)).toContain('example.com');
	});

	test('keeps what one call sets for the next call', async () => {
		const { url } = await startProcess();
		const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: url };
		const zone = ['--zone', 'example.com', '--json'];
		await finish(['call', 'regional_tiered_cache_edit', '--value', 'on', ...zone], { env });
		const { stdout } = await finish(['call', 'regional_tiered_cache_get', ...zone], { env });
		expect(JSON.parse(stdout)).toMatchObject({ result: { value: 'on' } });
	});

	test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
		'ends with exit code 0 on %s, even while a connection is open',
		async (signal) => {
			const { url, kill, ended } = await startProcess();
			await (await fetch(`${url}/zones`)).text();
			kill(signal);
			expect(await ended).toEqual({ code: 0, signal: null });
		},
	);

	test('exits with 2 and one line when its port is taken', async () => {
		const port = String(await takePort());
		const { code, stdout, stderr } = await finish(['sandbox', '--port', port]);
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toBe(`cloudflare-cache-mcp: --port ${port} cannot be used (EADDRINUSE)\n`);
	});

	test.each([[], ['--port', '0']])('exits with 2 and names no port when there is no free one: %j', async (...flags) => {
		const nodeFlags = [preload(NO_FREE_PORT)];
		expect(await finish(['sandbox', ...flags], { nodeFlags })).toEqual({
			code: 2,
			stdout: '',
			stderr: 'cloudflare-cache-mcp: no port can be used (EADDRNOTAVAIL)\n',
		});
	});

	test('refuses a bad port with exit code 2', async () => {
		expect(await finish(['sandbox', '--port', '65536'])).toEqual({
			code: 2,
			stdout: '',
			stderr: 'cloudflare-cache-mcp: --port must be a whole number from 0 to 65535\n',
		});
	});
});
