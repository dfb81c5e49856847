/** Tests the way through a proxy with the built command: when it is taken, and which hop a failure names. */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startUpstream, success } from '../../support/api.js';
import { temporaryFolder } from '../../support/files.js';
import { freePort } from '../../support/free-port.js';
import { CLI, finish, preload } from '../../support/process.js';
import { startProxy } from '../../support/proxy.js';
import { CERTIFICATE, startTlsUpstream } from '../../support/tls.js';

const HOST = 'api.cloudflare.test';
const NEXT = 'Check the network, HTTPS_PROXY and NO_PROXY, then call again.';

/** Runs a call with these variables of the environment. */
function callAt(base: string, env: Record<string, string>, more: { nodeFlags?: string[] } = {}) {
	const flags = ['--base-url', `${base}/client/v4`, '--retries', '0', '--timeout', '20'];
	return finish(['call', 'zones_list', ...flags], {
		env: { CLOUDFLARE_API_TOKEN: 'test-token-0123456789', ...env },
		...more,
	});
}

function trustedCertificate(): Record<string, string> {
	const file = join(temporaryFolder(), 'ca.pem');
	writeFileSync(file, CERTIFICATE);
	return { NODE_EXTRA_CA_CERTS: file };
}

describe('A proxy of the environment', () => {
	test.each([
		['HTTPS_PROXY', 'http://'],
		['https_proxy', 'http://'],
		['HTTP_PROXY', 'http://'],
		['http_proxy', 'http://'],
		['HTTPS_PROXY', ''],
	])('in %s ("%s…") is the way to the API, and sees nothing of the request', async (name, scheme) => {
		const { port, requests } = await startTlsUpstream();
		const { host, tunnels } = await startProxy();
		const env = { ...trustedCertificate(), [name]: `${scheme}${host}` };
		expect((await callAt(`https://${HOST}:${port}`, env)).code).toBe(0);
		expect(requests).toHaveLength(1);
		expect(tunnels).toEqual([{ authority: `${HOST}:${port}`, authorization: undefined }]);
	});

	test('gets its user name and password, and nothing shows them', async () => {
		const { port } = await startTlsUpstream();
		const { host, tunnels } = await startProxy(407);
		const https_proxy = `http://proxyuser:pass%40word@${host}`;
		const { stdout, stderr } = await callAt(`https://${HOST}:${port}`, { https_proxy });
		const basic = Buffer.from('proxyuser:pass@word').toString('base64');
		expect(tunnels).toEqual([{ authority: `${HOST}:${port}`, authorization: `Basic ${basic}` }]);
		expect(stdout + stderr).not.toMatch(/pass%40word|pass@word/);
		expect(stdout + stderr).not.toContain(basic);
	});

	test.each([
		['example.com, .cloudflare.test', '127.0.0.1'],
		['*', '127.0.0.1'],
	])('is not used for a host that NO_PROXY names (%s)', async (list, address) => {
		const { port, requests } = await startTlsUpstream(address);
		const { host, tunnels } = await startProxy();
		const hosts = list === '*' ? list : `${list}, localhost`;
		const env = { ...trustedCertificate(), HTTPS_PROXY: `http://${host}`, NO_PROXY: hosts };
		expect((await callAt(`https://localhost:${port}`, env)).code).toBe(0);
		expect(requests).toHaveLength(1);
		expect(tunnels).toEqual([]);
	});

	test('is used for plain http on this machine only where the proxy is on it too', async () => {
		const { host, tunnels } = await startProxy();
		const upstream = await startUpstream([success([]), success([])]);
		const base = new URL(upstream.url).origin;
		expect((await callAt(base, { HTTP_PROXY: `http://${host}` })).code).toBe(0);
		expect(tunnels).toEqual([{ authority: new URL(base).host, authorization: undefined }]);
		expect((await callAt(base, { HTTP_PROXY: 'http://192.0.2.1:3128' })).code).toBe(0);
		expect(upstream.requests).toHaveLength(2);
	});

	test('is not used by a sandbox', async () => {
		const { host, tunnels } = await startProxy();
		const env = { HTTP_PROXY: `http://${host}`, HTTPS_PROXY: `http://${host}` };
		expect((await finish(['call', 'zones_list', '--sandbox'], { env })).code).toBe(0);
		expect(tunnels).toEqual([]);
	});

	test.each(['socks5://127.0.0.1:1080', 'http://', 'a b'])('that is %s stops the start', async (value) => {
		const { code, stderr } = await callAt(`https://${HOST}`, { HTTPS_PROXY: value });
		expect(code).toBe(2);
		expect(stderr).toBe('cloudflare-cache-mcp: HTTPS_PROXY must be a URL such as http://proxy.example.com:3128\n');
	});
});

describe('A failure on the way through a proxy', () => {
	test.each([
		[407, 'The proxy wants a user name and a password: write them into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT).'],
		[403, `Have ${HOST}:443 allowed by the proxy, or name it in NO_PROXY.`],
		[503, `Have ${HOST}:443 allowed by the proxy, or name it in NO_PROXY.`],
	])('with %d says that the proxy refused, and what to do', async (status, next) => {
		const { host, tunnels } = await startProxy(status);
		const { stderr } = await callAt(`https://${HOST}:443`, { HTTPS_PROXY: `http://${host}` });
		const authority = `${HOST}:443`;
		expect(tunnels).toMatchObject([{ authority }]);
		expect(stderr).toBe(`The proxy refused to connect to ${HOST} (HTTP ${status}).\n${next.replace(':443', '')}\n`);
	});

	test('names the proxy when it is not there', async () => {
		const host = `127.0.0.1:${await freePort()}`;
		const { stderr } = await callAt(`https://${HOST}`, { HTTPS_PROXY: `http://user:secretword@${host}` });
		expect(stderr).toBe(`The proxy ${host} could not be reached (ECONNREFUSED).\n${NEXT}\n`);
	});

	test('names the API when the proxy hangs up, which is asked once', async () => {
		let arrived = 0;
		const server = createServer((socket) => {
			arrived++;
			socket.once('data', () => socket.destroy());
		});
		await once(server.listen(0, '127.0.0.1'), 'listening');
		onTestFinished(() => void server.close());
		const { port } = server.address() as { port: number };
		const { stderr } = await callAt(`https://${HOST}`, { HTTPS_PROXY: `http://127.0.0.1:${port}` });
		expect(stderr).toBe(`${HOST} could not be reached through the proxy (ECONNRESET).\n${NEXT}\n`);
		expect(arrived).toBe(1);
	});

	test('names the certificate of the API when it is not trusted', async () => {
		const { port, requests } = await startTlsUpstream();
		const { host } = await startProxy();
		const env = { HTTPS_PROXY: `http://${host}`, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
		const { stderr } = await callAt(`https://${HOST}:${port}`, env);
		expect(stderr).toContain(`${HOST}:${port} was reached, but its certificate is not trusted (DEPTH_ZERO`);
		expect(requests).toEqual([]);
	});

	test('names the certificate of the API when it is for another host', async () => {
		const { port, requests } = await startTlsUpstream();
		const { host } = await startProxy();
		const env = { ...trustedCertificate(), HTTPS_PROXY: `http://${host}` };
		const { stderr } = await callAt(`https://other.cloudflare.test:${port}`, env);
		expect(stderr).toContain('was reached, but its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID).');
		expect(requests).toEqual([]);
	});
});

describe('The agent for proxies', () => {
	/** Files of the bundle with a text that only the agent has. */
	const files = readdirSync(dirname(CLI)).filter(
		(name) => name.endsWith('.js') && readFileSync(join(dirname(CLI), name), 'utf8').includes('when HTTP Tunneling'),
	);
	const refusing = preload(`import { register } from 'node:module';
		register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(name, context, next) {
			const found = await next(name, context);
			if (${JSON.stringify(files)}.some((file) => found.url.endsWith(file))) throw new Error('no agent here');
			return found;
		}\`));`);

	test('is in one file, which does not load without a proxy', async () => {
		expect(files).toHaveLength(1);
		const upstream = await startUpstream([success([])]);
		const { code } = await callAt(new URL(upstream.url).origin, {}, { nodeFlags: [refusing] });
		expect(code).toBe(0);
	});

	test('loads where the environment names a proxy', async () => {
		const env = { HTTPS_PROXY: 'http://127.0.0.1:1' };
		const { stderr } = await callAt(`https://${HOST}`, env, { nodeFlags: [refusing] });
		expect(stderr).toContain('no agent here');
	});
});
