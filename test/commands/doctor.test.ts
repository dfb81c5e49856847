/** doctor: what works, what does not, and what to fix, found out by reading only. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { runDoctor } from '../../src/commands/doctor.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { type SandboxOptions, type SeenRequest, startSandbox } from '../../src/sandbox/server.js';
import { failure, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { ZONE, ZONE_ID } from '../support/session.js';

async function ask(flags: string[], upstream: string, token = 'test-token-0123456789', now = Date.now) {
	const env = { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_BASE_URL: upstream };
	const product = compose(readConfig(['doctor', ...flags], env) as Config, { log: () => undefined });
	onTestFinished(() => product.close());
	return runDoctor(product, now);
}

async function sandbox(options: SandboxOptions = {}) {
	const requests: SeenRequest[] = [];
	const { url, close } = await startSandbox({ ...options, onRequest: (request) => requests.push(request) });
	onTestFinished(close);
	return { url, requests };
}

describe('doctor', () => {
	test('is content with a token that may do everything, having only read', async () => {
		const { url, requests } = await sandbox();
		const { text, code } = await ask([], url);
		expect(code).toBe(0);
		expect(text).toContain(`ok  zone ${ZONE} · enterprise`);
		expect(text).toContain('ok  the token is active');
		for (const toolset of ['reserve', 'tiered', 'variants', 'regions', 'zone'])
			expect(text).toContain(`ok  ${toolset}: may be read`);
		expect(text).toContain('?   purge: Zone › Cache Purge cannot be tried without changing something');
		expect(text).toContain('500 URLs or 100 tags');
		expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	});

	test('names the permission that a toolset lacks, and exits with 1', async () => {
		const { url } = await sandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const { text, code } = await ask([], url, 'zone-read-token');
		expect(code).toBe(1);
		expect(text).toMatch(/FIX regions: .*it needs Zone Settings › Read/);
	});

	test('looks only at the toolsets that are configured', async () => {
		const { url } = await sandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const { text, code } = await ask(['--toolsets', 'reserve', '--read-only'], url, 'zone-read-token');
		expect(code).toBe(0);
		expect(text).not.toContain('regions');
	});

	test('calls what the plan lacks no fault', async () => {
		const { url } = await sandbox();
		const { text, code } = await ask(['--zone', 'example.org'], url);
		expect(code).toBe(0);
		expect(text).toContain('ok  reserve: not in the plan of example.org');
		expect(text).toContain('100 URLs or 100 tags');
	});

	test('shows only the zones that are allowed', async () => {
		const { url } = await sandbox();
		const { text } = await ask(['--zones', 'example.net'], url);
		expect(text).toContain('zone example.net');
		expect(text).not.toContain('example.com');
	});

	test('says that a purge-only token may not list zones, and goes on with the zone id', async () => {
		const { url } = await sandbox({ tokens: { 'purge-only-token': { permissions: ['Cache Purge'] } } });
		const { text, code } = await ask(['--toolsets', 'purge', '--zone', ZONE_ID], url, 'purge-only-token');
		expect(code).toBe(0);
		expect(text).toContain('?   the token may not list zones');
		expect(text).toContain('purge limits of the plan enterprise');
	});

	test('verifies an account-owned token at its account', async () => {
		const upstream = await startUpstream(({ target }) => {
			if (target === '/user/tokens/verify') return failure(401, { code: 1000, message: 'Invalid API Token' });
			if (target.startsWith('/accounts/')) return success({ id: '1', status: 'active' });
			if (target.startsWith('/zones?')) return success([ZONE_FACTS]);
			return target === `/zones/${ZONE_ID}` ? success(ZONE_FACTS) : success({ value: 'off' });
		});
		expect((await ask(['--toolsets', 'reserve'], upstream.url)).text).toContain('ok  the token is active');
		expect(upstream.to(`/accounts/${ZONE_FACTS.account.id}/tokens/verify`)).toHaveLength(1);
	});

	test('says that a token has expired', async () => {
		const upstream = await startUpstream(({ target }) =>
			target === '/user/tokens/verify'
				? success({ id: '1', status: 'expired' })
				: success(target.startsWith('/zones?') ? [ZONE_FACTS] : ZONE_FACTS),
		);
		const { text, code } = await ask(['--toolsets', 'zone', '--tools', 'zones_list'], upstream.url);
		expect(text).toContain('FIX the token is expired');
		expect(code).toBe(1);
	});

	test('compares the clocks', async () => {
		const { url } = await sandbox();
		const { text } = await ask([], url, undefined, () => Date.now() + 3_600_000);
		expect(text).toMatch(/FIX the clock of this machine is 3\d{3} s ahead of the API's/);
	});

	test('says so when nothing answers, and stops there', async () => {
		const { url, close } = await startUpstream([]);
		await close();
		const { text, code } = await ask([], url);
		expect(code).toBe(1);
		expect(text).toMatch(/^FIX 127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)/);
	});
});
