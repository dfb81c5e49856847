/** Documents that decide about trust are fetched from where they were said to stand, and within limits. */
import { expect, test } from 'vitest';
import { fetchDocument } from '../../../src/cloudflare/http/fetch-document.js';
import { startUpstream } from '../../support/api.js';
import { startProxy } from '../../support/proxy.js';

const DIRECT = { proxies: undefined, userAgent: 'test/1' };

test('a document is read by one GET without credentials', async () => {
	const { url, requests } = await startUpstream([{ body: '{"keys":[]}' }]);
	expect(await fetchDocument(`${url}/jwks?a=b`, DIRECT)).toEqual({ status: 200, body: '{"keys":[]}' });
	const [{ method, target, headers } = {}] = requests;
	expect([method, target]).toEqual(['GET', '/jwks?a=b']);
	expect(headers).toMatchObject({ accept: 'application/json', 'user-agent': 'test/1' });
	expect(headers).not.toHaveProperty('authorization');
});

test('a redirect is not followed', async () => {
	const { url, requests } = await startUpstream([{ status: 302, headers: { location: '/client/v4/elsewhere' } }]);
	expect((await fetchDocument(`${url}/jwks`, DIRECT)).status).toBe(302);
	expect(requests).toHaveLength(1);
});

test('a document of more than a million characters is refused', async () => {
	const { url } = await startUpstream([{ body: 'a'.repeat(1_000_000) }, { body: 'a'.repeat(1_000_001) }]);
	expect((await fetchDocument(`${url}/jwks`, DIRECT)).body).toHaveLength(1_000_000);
	await expect(fetchDocument(`${url}/jwks`, DIRECT)).rejects.toBeInstanceOf(RangeError);
});

test('a proxy leads to the issuer where the environment names one, and not to a host that it excepts', async () => {
	const { url, requests } = await startUpstream([{ body: '{}' }, { body: '{}' }]);
	const { host, tunnels } = await startProxy();
	const proxies = { https: '', http: `http://${host}`, except: '127.0.0.1' };
	await fetchDocument(`${url}/jwks`, { ...DIRECT, proxies });
	expect(tunnels).toEqual([]);
	const named = url.replace('127.0.0.1', 'issuer.test');
	await fetchDocument(`${named}/jwks`, { ...DIRECT, proxies });
	expect(tunnels.map(({ authority }) => authority)).toEqual([new URL(named).host]);
	expect(requests).toHaveLength(2);
});
