/** Tests what `doctor` reports as working, as a problem to fix, and as not tested. It only reads. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { runDoctor } from '../../src/commands/doctor.js';
import { compose } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { failure, startUpstream, success, ZONE_FACTS } from '../support/api.js';
import { openSandbox } from '../support/sandbox.js';
import { ZONE, ZONE_ID } from '../support/session.js';

/** Runs the doctor in this process against an API. */
async function ask(
	flags: string[],
	upstream: string,
	token = 'test-token-0123456789',
	now = Date.now,
	more: Record<string, string> = {},
) {
	const env = { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_BASE_URL: upstream, ...more };
	const config = readConfig(['doctor', ...flags], env) as Config;
	const product = compose(config, { log: () => undefined });
	onTestFinished(() => product.close());
	return runDoctor(product, { config, env, now });
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
		expect(text).toMatch(/^FIX 127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)/m);
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

	test.each([
		[
			'an unknown key',
			{ CLOUDFLARE_EMAIL: 'a@example.com', CLOUDFLARE_API_KEY: 'k'.repeat(37) },
			9103,
			'Unknown X-Auth-Key',
			'FIX Cloudflare said: "Unknown X-Auth-Key". The e-mail address or the Global API Key is wrong',
		],
		[
			'an invalid token',
			{},
			9109,
			'Invalid access token',
			'FIX Cloudflare said: "Invalid access token". The token is unknown, expired or disabled',
		],
		[
			'a token without any right',
			{},
			10000,
			'Authentication error',
			'FIX Cloudflare refused every request. The first answer: Cloudflare said: "Authentication error"',
		],
	])('gives no all-clear for %s, which every answer refuses', async (_, env, code, message, problem) => {
		const upstream = await startUpstream(() => failure(403, { code, message }));
		const token = 'CLOUDFLARE_API_KEY' in env ? '' : undefined;
		const report = await ask([], upstream.url, token, Date.now, env as Record<string, string>);
		expect(report.code).toBe(1);
		expect(report.text).toContain(problem);
		expect(report.text).not.toContain('should work');
	});
});

describe('doctor under --zones', () => {
	/** An account of 120 zones, whose list has pages of at most 50. */
	async function startAccount() {
		const zones = Array.from({ length: 120 }, (_, number) => ({
			...ZONE_FACTS,
			id: (number + 1).toString(16).padStart(32, '0'),
			name: `zone-${number}.example`,
		}));
		return startUpstream(({ target }) => {
			const { pathname, searchParams } = new URL(target, 'http://api');
			const [name, pages] = [searchParams.get('name'), { page: 1, per_page: 50, total_count: zones.length }];
			if (pathname === '/zones' && name !== null) return success(zones.filter((zone) => zone.name === name));
			if (pathname === '/zones') return success(zones.slice(0, 50), { result_info: pages });
			if (pathname.endsWith('/verify')) return success({ status: 'active' });
			return success(zones.find(({ id }) => pathname === `/zones/${id}`) ?? { value: 'off' });
		});
	}

	test('finds a zone that is not on the first page of the list', async () => {
		const { url } = await startAccount();
		const { text, code } = await ask(['--zones', 'zone-119.example', '--toolsets', 'reserve'], url);
		expect(text).toContain('ok  zone zone-119.example · ');
		expect(text).toContain('ok  reserve: readable on zone-119.example');
		expect([text.match(/FIX/), code]).toEqual([null, 0]);
	});

	test('reports a zone that does not exist beside one that does', async () => {
		const { url } = await startAccount();
		const { text, code } = await ask(['--zones', 'zone-119.example,missing.example', '--toolsets', 'reserve'], url);
		expect(text).toContain('ok  zone zone-119.example · ');
		expect(text).toMatch(/^FIX --zones, missing\.example: No zone "missing\.example" was found/m);
		expect(code).toBe(1);
	});

	test('takes a pinned zone as it is', async () => {
		const { url } = await startAccount();
		const { text } = await ask(['--zones', `other.example=${'f'.repeat(32)}`, '--toolsets', 'reserve'], url);
		expect(text).toContain('ok  zone other.example is pinned to its id and was not looked up');
	});

	test('counts the zones of all pages where there is no such flag', async () => {
		const { url } = await startAccount();
		const { text } = await ask(['--toolsets', 'reserve'], url);
		expect(text).toContain('ok  … and 100 more zones');
	});
});

describe('doctor says where requests go', () => {
	test('when the API is not at Cloudflare', async () => {
		const { url } = await openSandbox();
		const line = `?   requests carry the token to ${new URL(url).host}, not to api.cloudflare.com (--base-url): is that meant?`;
		expect((await ask(['--toolsets', 'zone'], url)).text).toContain(line);
	});

	test('when it is the sandbox', async () => {
		const { text } = await ask(['--sandbox', '--toolsets', 'zone'], 'https://api.cloudflare.com/client/v4');
		expect(text).toContain('ok  requests go to the sandbox, and none leaves this machine');
		expect(text).not.toContain('carry the token');
	});

	test('when variables of proxies are set, without their passwords', async () => {
		const env = {
			HTTPS_PROXY: 'http://user:hunter2@proxy.example:3128',
			http_proxy: 'nonsense',
			NO_PROXY: 'localhost',
			ALL_PROXY: 'socks5://proxy.example:1080',
		};
		const { url } = await openSandbox();
		const { text } = await ask(['--toolsets', 'zone'], url, undefined, Date.now, env);
		expect(text).toContain('ok  HTTPS_PROXY is set: proxy.example:3128\n');
		expect(text).toContain('ok  http_proxy is set: a value that is no URL\n');
		expect(text).toContain('?   ALL_PROXY is set, and not used: proxy.example:1080; HTTPS_PROXY is\n');
		expect(text).toContain('ok  NO_PROXY is set: "localhost"\n');
		expect(text).not.toContain('hunter2');
	});
});
