/** `sandbox`: the simulated API as a process of its own. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import Cloudflare from 'cloudflare';
import { describe, expect, onTestFinished, test } from 'vitest';
import { finish, start } from '../support/process.js';

/** A sandbox process that says where it is. */
async function startProcess(...flags: string[]) {
	const running = start(['sandbox', ...flags]);
	await running.saw('stdout', '\n');
	const [url = ''] = /http:\S+/.exec(running.stdout()) ?? [];
	return { ...running, url };
}

/** A port that somebody has. */
async function takePort(): Promise<number> {
	const holder = createServer();
	holder.listen(0, '127.0.0.1');
	await once(holder, 'listening');
	onTestFinished(() => void holder.close());
	return (holder.address() as AddressInfo).port;
}

describe('sandbox', () => {
	test('listens on this machine only, under the path of the real API', async () => {
		expect((await startProcess('--port', '0')).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/client\/v4$/);
	});

	test('says how it is ended', async () => {
		expect((await startProcess()).stdout()).toContain('ends on Ctrl+C or SIGTERM');
	});

	test('serves the official client', async () => {
		const { url } = await startProcess();
		const cloudflare = new Cloudflare({ apiToken: 'test-token-0123456789', baseURL: url, maxRetries: 0 });
		const zones = await cloudflare.zones.list();
		expect(zones.result.map(({ name }) => name)).toContain('example.com');
	});

	test('serves call, and keeps what one call set for the next', async () => {
		const { url } = await startProcess();
		const env = { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', CLOUDFLARE_BASE_URL: url };
		const zone = ['--zone', 'example.com', '--json'];
		await finish(['call', 'regional_tiered_cache_edit', '--value', 'on', ...zone], { env });
		const { stdout } = await finish(['call', 'regional_tiered_cache_get', ...zone], { env });
		expect(JSON.parse(stdout)).toMatchObject({ result: { value: 'on' } });
	});

	test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
		'ends on %s with exit code 0, also with a connection open',
		async (signal) => {
			const { url, kill, ended } = await startProcess();
			await (await fetch(`${url}/zones`)).text();
			kill(signal);
			expect(await ended).toEqual({ code: 0, signal: null });
		},
	);

	test('says in one line that a port is taken', async () => {
		const port = String(await takePort());
		const { code, stdout, stderr } = await finish(['sandbox', '--port', port]);
		expect([code, stdout]).toEqual([2, '']);
		expect(stderr).toMatch(new RegExp(`^cloudflare-cache-mcp: .*\\b${port}\\b.*\\n$`));
	});

	test('refuses a bad port with exit code 2', async () => {
		expect(await finish(['sandbox', '--port', '65536'])).toEqual({
			code: 2,
			stdout: '',
			stderr: 'cloudflare-cache-mcp: --port must be a whole number from 0 to 65535\n',
		});
	});
});
