/** Tests what `doctor` reports as working, as a problem to fix, and as not tested. It only reads. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { runDoctor } from '../../src/commands/doctor.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { failure, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';

/** Runs the doctor in this process against an API. */
async function ask(flags: string[], upstream: string, token = 'test-token-0123456789', now = Date.now) {
	const env = { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_BASE_URL: upstream };
	const product = compose(readConfig(['doctor', ...flags], env) as Config, { log: () => undefined });
	onTestFinished(() => product.close());
	return runDoctor(product, now);
}

describe('doctor', () => {
	test('finds nothing to fix for a token with all permissions, and only reads', async () => {
		const { url, changes } = await openSandbox();
		const { text, code } = await ask([], url);
		expect(code).toBe(0);
		expect(text).toContain(`ok  zone ${ZONE} · enterprise`);
		expect(text).toContain('ok  the token is active');
		for (const toolset of ['reserve', 'tiered', 'variants', 'regions', 'zone'])
			expect(text).toContain(`ok  ${toolset}: readable on ${ZONE}`);
		expect(text).toContain('?   purge: Zone › Cache Purge not tested (would change something)');
		expect(text).toContain(
			`ok  purge limits of ${ZONE} (enterprise): 500 URLs or 100 tags, hosts or prefixes per request\n`,
		);
		expect(text).toMatch(/\n\nThe configured tools should work\. These checks only read\.\n$/);
		expect(changes()).toEqual([]);
	});

	test('names the permission that a toolset lacks, and exits with 1', async () => {
		const { url } = await openSandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const { text, code } = await ask([], url, 'zone-read-token');
		expect(code).toBe(1);
		expect(text).toMatch(/FIX regions: .*it needs Zone Settings › Read/);
	});

	test('checks only the configured toolsets', async () => {
		const { url } = await openSandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const { text, code } = await ask(['--toolsets', 'reserve', '--read-only'], url, 'zone-read-token');
		expect(code).toBe(0);
		expect(text).not.toContain('regions');
	});

	test('reports what the zone plan lacks as no problem', async () => {
		const { url } = await openSandbox();
		const { text, code } = await ask(['--zone', 'example.org'], url);
		expect(code).toBe(0);
		expect(text).toContain('ok  reserve: not in the plan of example.org');
		expect(text).toContain('100 URLs or 100 tags');
	});

	test('shows only the zones that --zones allows', async () => {
		const { url } = await openSandbox();
		const { text } = await ask(['--zones', 'example.net'], url);
		expect(text).toContain('zone example.net');
		expect(text).not.toContain('example.com');
	});

	test('reports that a purge-only token cannot list zones, and goes on with the zone id', async () => {
		const { url } = await openSandbox({ tokens: { 'purge-only-token': { permissions: ['Cache Purge'] } } });
		const { text, code } = await ask(['--toolsets', 'purge', '--zone', ZONE_ID], url, 'purge-only-token');
		expect(code).toBe(0);
		expect(text).toContain('?   the token cannot list zones (that needs Zone › Read): give zone ids in calls');
		expect(text).toContain(`purge limits of ${ZONE} (enterprise)`);
	});

	test('verifies an account token at its account', async () => {
		const upstream = await startUpstream(({ target }) => {
			if (target === '/user/tokens/verify') return failure(401, { code: 1000, message: 'Invalid API Token' });
			if (target.startsWith('/accounts/')) return success({ id: '1', status: 'active' });
			if (target.startsWith('/zones?')) return success([ZONE_FACTS]);
			return target === `/zones/${ZONE_ID}` ? success(ZONE_FACTS) : success({ value: 'off' });
		});
		expect((await ask(['--toolsets', 'reserve'], upstream.url)).text).toContain('ok  the token is active');
		expect(upstream.to(`/accounts/${ZONE_FACTS.account.id}/tokens/verify`)).toHaveLength(1);
	});

	test('reports an expired token as the one problem and exits with 1', async () => {
		const upstream = await startUpstream(({ target }) =>
			target === '/user/tokens/verify'
				? success({ id: '1', status: 'expired' })
				: success(target.startsWith('/zones?') ? [ZONE_FACTS] : ZONE_FACTS),
		);
		const { text, code } = await ask(['--toolsets', 'zone', '--tools', 'zones_list'], upstream.url);
		expect(text).toContain('FIX the token is expired: replace it\n');
		expect(text).toMatch(/\n1 problem to fix, marked FIX\.\n$/);
		expect(code).toBe(1);
	});

	test('reports a clock that is an hour ahead of the API', async () => {
		const { url } = await openSandbox();
		const { text } = await ask([], url, undefined, () => Date.now() + 3_600_000);
		expect(text).toMatch(/FIX the clock of this machine is 3\d{3} s ahead of the API: set it$/m);
	});

	test('reports an API that cannot be reached, and stops', async () => {
		const { url, close } = await startUpstream([]);
		await close();
		const { text, code } = await ask([], url);
		expect(code).toBe(1);
		expect(text).toMatch(/^FIX 127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)/);
	});

	test('lists 20 zones and counts the one that is left', async () => {
		const zones = Array.from({ length: 21 }, (_, number) => ({ ...ZONE_FACTS, name: `zone-${number}.example` }));
		const upstream = await startUpstream(({ target }) =>
			success(target.startsWith('/zones?') ? zones : target.startsWith('/user/') ? { status: 'active' } : ZONE_FACTS),
		);
		const { text } = await ask(['--toolsets', 'zone', '--tools', 'zones_list'], upstream.url);
		expect(text).toContain('ok  zone zone-19.example · ');
		expect(text).toContain('ok  … and 1 more zone\n');
		expect(text).not.toContain('zone-20.example');
	});

	test('reports a token without any visible zone as a problem', async () => {
		const upstream = await startUpstream(({ target }) =>
			success(target.startsWith('/zones?') ? [] : { status: 'active' }),
		);
		const { text, code } = await ask([], upstream.url);
		expect(code).toBe(1);
		expect(text).toContain('FIX no zone is visible: add zones to the token (Zone Resources), or check --zones\n');
	});
});
