/** Tests what `doctor` says of API, credential, zones and permissions. Without --try it only reads. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { failure, startUpstream, success, ZONE_FACTS, ZONE_TARGET } from '../../support/api.js';
import { finish, preload, start } from '../../support/process.js';
import { openSandbox } from '../../support/sandbox.js';
import { ZONE, ZONE_ID } from '../../support/session.js';
import { ask, askForJson } from './ask.js';

const TOKEN_LINK = 'https://dash.cloudflare.com/profile/api-tokens?permissionGroupKeys=';

/** An API whose token has this state, and which knows one zone. */
const startApi = (state: Record<string, unknown>, zone = ZONE_FACTS) =>
	startUpstream(({ target }) => {
		if (target.endsWith('/tokens/verify')) return success({ id: '1', ...state });
		return success(target.startsWith('/zones?') ? [zone] : target === ZONE_TARGET ? zone : { value: 'off' });
	});

describe('doctor', () => {
	test('begins with the verdict, finds nothing to fix for a token with all permissions, and only reads', async () => {
		const { url, changes } = await openSandbox();
		const { text, code } = await ask([], url);
		expect(code).toBe(0);
		expect(text).toMatch(/^Ready, as far as reads can tell\. doctor --try also shows the right to purge\.\n\n/);
		expect(text).toMatch(/^ok {4}cloudflare-cache-mcp \d+\.\d+\.\d+, Node \d+\.\d+\.\d+, \w+$/m);
		expect(text).toContain(`ok    ${ZONE} · enterprise · "Example Account Name"\n`);
		expect(text).toContain('ok    user token from CLOUDFLARE_API_TOKEN: active, without an end\n');
		expect(text).toContain(`ok    readable on ${ZONE}: reserve, tiered, variants, regions, zone\n`);
		expect(text).toContain('note  Zone Settings › Edit (reserve, tiered, variants, regions, zone) not tested: ');
		expect(text).toContain('note  Zone › Cache Purge not tested: only a purge shows it\n');
		expect(text).toContain(
			`      → Purge one URL that does not exist: cloudflare-cache-mcp doctor --try --zone ${ZONE}\n`,
		);
		expect(text).toContain(
			`ok    purge limits of ${ZONE} (enterprise): 500 URLs or 100 tags, hosts or prefixes per request\n`,
		);
		expect(changes()).toEqual([]);
	});

	test('lists problems before notes, and notes before what is in order', async () => {
		const { url } = await openSandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const { text } = await ask([], url, { env: { CLOUDFLARE_API_TOKEN: 'zone-read-token' } });
		const states = [...text.matchAll(/^(FIX|note|ok) /gm)].map(([, state]) => state);
		expect(text).toMatch(/^Not ready: 1 problem to fix\.\n\nFIX /);
		expect(states.join(' ')).toMatch(/^FIX (note )+(ok )+ok$/);
	});

	test('names the permission that toolsets lack once, with the page that adds it and a link to a new token', async () => {
		const upstream = await startUpstream(({ target }) => {
			if (target.endsWith('/tokens/verify')) return success({ status: 'active' });
			if (target.startsWith('/zones?') || target === ZONE_TARGET)
				return success(target === ZONE_TARGET ? ZONE_FACTS : [ZONE_FACTS]);
			return failure(403, { code: 10000, message: 'Authentication error' });
		});
		const { code, problem, problems } = await askForJson(['--toolsets', 'reserve,tiered,purge'], upstream.url);
		expect([code, problems]).toEqual([1, 1]);
		expect(problem?.text).toMatch(
			/^not readable on example\.com: reserve, tiered\. The token needs Zone Settings › Read there\. Cloudflare said: /,
		);
		expect(problem?.next?.[0]).toBe(
			'Add the permission, or the zone, to the token: https://dash.cloudflare.com/profile/api-tokens',
		);
		expect(problem?.next?.[1]).toContain(TOKEN_LINK);
	});

	test('checks only the configured toolsets', async () => {
		const { url } = await openSandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const { text, code } = await ask(['--toolsets', 'reserve', '--read-only'], url, {
			env: { CLOUDFLARE_API_TOKEN: 'zone-read-token' },
		});
		expect(code).toBe(0);
		expect(text).not.toMatch(/regions|Cache Purge/);
		expect(text).toMatch(/^Ready: the tools that are allowed will work\.\n/);
	});

	test('reports what the zone plan lacks as no problem', async () => {
		const { url } = await openSandbox();
		const { of, code } = await askForJson(['--zone', 'example.org'], url);
		expect(code).toBe(0);
		expect(of('permission').map(({ text }) => text)).toContain('not in the plan of example.org: reserve, variants');
	});

	test('reports that a purge-only token cannot list zones, and goes on with the zone id', async () => {
		const { url } = await openSandbox({ tokens: { 'purge-only-token': { permissions: ['Cache Purge'] } } });
		const { text, code } = await ask(['--toolsets', 'purge', '--zone', ZONE_ID], url, {
			env: { CLOUDFLARE_API_TOKEN: 'purge-only-token' },
		});
		expect(code).toBe(0);
		expect(text).toContain('note  the token cannot list zones (that needs Zone › Read): give zone ids in calls\n');
		expect(text).toContain(`purge limits of ${ZONE} (enterprise)`);
	});

	test('gives no all-clear where no zone could be checked', async () => {
		const { url } = await openSandbox({ tokens: { 'purge-only-token': { permissions: ['Cache Purge'] } } });
		const { text } = await ask(['--toolsets', 'purge'], url, { env: { CLOUDFLARE_API_TOKEN: 'purge-only-token' } });
		expect(text).toMatch(/^Nothing to fix was found, but no zone was checked: name one with --zone\.\n/);
	});

	test('says that a zone is paused or in development mode, and where to resume it', async () => {
		const { url } = await startApi({ status: 'active' }, {
			...ZONE_FACTS,
			paused: true,
			development_mode: 60,
		} as never);
		const { of } = await askForJson(['--toolsets', 'reserve', '--zone', ZONE_ID], url);
		expect(of('zone').filter(({ state }) => state === 'note')).toMatchObject([
			{
				text: `${ZONE} is paused: nothing of it is cached`,
				next: [expect.stringContaining('https://dash.cloudflare.com/')],
			},
			{ text: `${ZONE} is in development mode for 60 s: its cache is bypassed` },
		]);
	});

	test('reports a token without any visible zone as a problem', async () => {
		const upstream = await startUpstream(({ target }) =>
			success(target.startsWith('/zones?') ? [] : { status: 'active' }),
		);
		const { problem, code } = await askForJson([], upstream.url);
		expect(code).toBe(1);
		expect(problem?.text).toBe('no zone is visible: the token covers none');
		expect(problem?.next?.join()).toContain('https://dash.cloudflare.com/profile/api-tokens');
	});

	test('reports an API that cannot be reached, and how to look', async () => {
		const { url, close } = await startUpstream([]);
		await close();
		const { problem, code } = await askForJson(['--retries', '0'], url);
		expect(code).toBe(1);
		expect(problem?.text).toMatch(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\)\.$/);
		expect(problem?.next?.[0]).toBe(`See what the network says: curl -sSv -o /dev/null ${url}/ips`);
	});

	test.each([
		['ahead of', 3_600_000, 'linux', 'Set it: sudo timedatectl set-ntp true'],
		['behind', -3_600_000, 'darwin', 'Set it: sudo sntp -sS time.apple.com'],
		['ahead of', 3_600_000, 'win32', 'Set it: w32tm /resync'],
	] as const)('reports a clock that is an hour %s the API', async (direction, offset, os, command) => {
		const { url } = await openSandbox();
		const { problem } = await askForJson([], url, { now: () => Date.now() + offset, platform: { os } });
		expect(problem?.text).toMatch(new RegExp(`^the clock of this machine is 3\\d{3} s ${direction} the API$`));
		expect(problem?.next).toEqual([command]);
	});

	test('lists 20 zones and counts the one that is left', async () => {
		const zones = Array.from({ length: 21 }, (_, number) => ({ ...ZONE_FACTS, name: `zone-${number}.example` }));
		const upstream = await startUpstream(({ target }) =>
			success(target.startsWith('/zones?') ? zones : target.startsWith('/user/') ? { status: 'active' } : ZONE_FACTS),
		);
		const { text } = await ask(['--toolsets', 'zone', '--tools', 'zones_list'], upstream.url);
		expect(text).toContain('ok    zone-19.example · ');
		expect(text).toContain('ok    … and 1 more zone\n');
		expect(text).not.toContain('zone-20.example');
	});

	test('says that a Node.js below the lowest version is too old', async () => {
		const { url } = await openSandbox();
		const { problem } = await askForJson([], url, { nodeVersion: '20.9.9' });
		expect(problem).toMatchObject({ about: 'product', next: ['Get Node: https://nodejs.org/en/download'] });
	});
});

test('doctor ends at Ctrl-C while a request hangs, with the exit code of an interrupted command', async () => {
	const upstream = await startUpstream(() => 'hang');
	const env = {
		CLOUDFLARE_BASE_URL: upstream.url,
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		HOME: '/nonexistent',
	};
	const running = start(['doctor'], { env });
	await upstream.arrival('/zones?per_page=50');
	running.kill('SIGINT');
	expect(await running.ended).toEqual({ code: 130, signal: null });
	expect(running.stdout()).toBe('');
});

test('doctor says how to look at a token command that fails', async () => {
	const { url } = await openSandbox();
	const { problem } = await askForJson(['--token-command', '/nonexistent/op read x'], url, {
		env: { CLOUDFLARE_API_TOKEN: '' },
	});
	expect(problem?.text).toContain('the --token-command could not be run (ENOENT)');
	expect(problem?.next?.[0]).toBe('Run your --token-command in a shell: what does "/nonexistent/op" say?');
});

describe('doctor on named zones', () => {
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

	test('probes each of them, also those that are not on the first page of the list, and no other', async () => {
		const { url } = await startAccount();
		const flags = ['--zones', 'zone-7.example,zone-119.example', '--zone', 'zone-7.example', '--toolsets', 'reserve'];
		const { text, code } = await ask(flags, url);
		expect(text.match(/readable on .*/g)).toEqual([
			'readable on zone-7.example: reserve',
			'readable on zone-119.example: reserve',
		]);
		expect(text).not.toContain('zone-1.example');
		expect(code).toBe(0);
	});

	test('reports a zone that does not exist beside one that does, and how to see the visible ones', async () => {
		const { url } = await startAccount();
		const flags = ['--zones', 'zone-119.example,missing.example', '--toolsets', 'reserve'];
		const { problem, code, of } = await askForJson(flags, url);
		expect(of('zone')[0]?.text).toContain('zone-119.example · ');
		expect(problem?.text).toMatch(/^missing\.example: No zone "missing\.example" was found/);
		expect(problem?.next?.[0]).toBe('Zones that the token can see: cloudflare-cache-mcp call zones_list');
		expect(code).toBe(1);
	});

	test('takes a pinned zone as it is', async () => {
		const { url } = await startAccount();
		const { text } = await ask(['--zones', `other.example=${'f'.repeat(32)}`, '--toolsets', 'reserve'], url);
		expect(text).toContain('ok    other.example is pinned to its id and was not looked up');
	});

	test('counts the zones of all pages where none is named', async () => {
		const { url } = await startAccount();
		const { text } = await ask(['--toolsets', 'reserve'], url);
		expect(text).toContain('ok    … and 100 more zones');
	});
});

describe('doctor on the way of requests', () => {
	test('says when the API is not at Cloudflare', async () => {
		const { url } = await openSandbox();
		const line = `note  requests carry the token to ${new URL(url).host}, not to api.cloudflare.com (--base-url): is that meant?`;
		expect((await ask(['--toolsets', 'zone'], url)).text).toContain(line);
	});

	test('says when it is the sandbox', async () => {
		const { text } = await ask(['--sandbox', '--toolsets', 'zone'], 'https://api.cloudflare.com/client/v4');
		expect(text).toContain('ok    requests go to the sandbox, and none leaves this machine');
		expect(text).not.toContain('carry the token');
	});

	test('names variables of proxies, without their passwords', async () => {
		const env = {
			HTTPS_PROXY: 'http://user:hunter2@proxy.example:3128',
			http_proxy: 'nonsense',
			NO_PROXY: 'localhost',
			ALL_PROXY: 'socks5://proxy.example:1080',
		};
		const { url } = await openSandbox();
		const { text } = await ask(['--toolsets', 'zone'], url, { env });
		expect(text).toContain('ok    HTTPS_PROXY is set: proxy.example:3128\n');
		expect(text).toContain('ok    http_proxy is set: a value that is no URL\n');
		expect(text).toContain('note  ALL_PROXY is set, and not used: proxy.example:1080; HTTPS_PROXY is\n');
		expect(text).toContain('ok    NO_PROXY is set: "localhost"\n');
		expect(text).not.toContain('hunter2');
	});
});

describe('the report of doctor', () => {
	test('has colours on a terminal, which only repeat words', async () => {
		const { url } = await openSandbox();
		const flags = ['--toolsets', 'reserve', '--zone', ZONE];
		const [plain, coloured] = [await ask(flags, url), await ask(flags, url, { colour: true })];
		expect(coloured.text).toContain('\u001b[32mok\u001b[0m    ');
		const words = (text: string) => stripVTControlCharacters(text).replace(/state folder .*/, '');
		expect(words(coloured.text)).toBe(words(plain.text));
	});

	const onTerminal = preload("Object.defineProperty(process.stdout, 'isTTY', { value: true })");
	test.each<[string, Record<string, string>, string[], boolean]>([
		['on a terminal', {}, [onTerminal], true],
		['on a terminal under NO_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, [onTerminal], false],
		['on a dumb terminal', { TERM: 'dumb' }, [onTerminal], false],
		['in a pipe', {}, [], false],
		['in a pipe under FORCE_COLOR', { FORCE_COLOR: '1' }, [], true],
	])('from the built command has colours or none %s', async (_, more, nodeFlags, isColoured) => {
		const env = { HOME: '/nonexistent', ...more };
		const { stdout } = await finish(['doctor', '--sandbox', '--toolsets', 'zone'], { env, nodeFlags });
		expect(stdout).toContain('requests go to the sandbox');
		expect(stdout.includes('\u001b[')).toBe(isColoured);
	});

	test('is one JSON document from the built command, with the same exit code', async () => {
		const { url } = await openSandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const env = { CLOUDFLARE_BASE_URL: url, CLOUDFLARE_API_TOKEN: 'zone-read-token', HOME: '/nonexistent' };
		const { stdout, code } = await finish(['doctor', '--json', '--zone', ZONE], { env });
		expect(JSON.parse(stdout)).toMatchObject({ status: 'not_ready', verdict: expect.stringMatching(/^Not ready/) });
		expect(code).toBe(1);
	});

	test('is absent when the command line is wrong, and the exit code is 2', async () => {
		expect(await finish(['doctor', '--tools', 'purge_cash'])).toMatchObject({ code: 2, stdout: '' });
		expect(await finish(['doctor', '--sandbox', '--try'])).toMatchObject({
			code: 2,
			stderr: expect.stringContaining('doctor --try needs --zone or --zones'),
		});
	});

	test('has a link or a command for every problem', async () => {
		const { url } = await openSandbox({ tokens: { 'zone-read-token': { permissions: ['Zone Read'] } } });
		const flags = ['--zones', `${ZONE},missing.example`, '--audit-log', '/dev/null/audit.jsonl', '--try'];
		const { findings } = await askForJson(flags, url, {
			env: { CLOUDFLARE_API_TOKEN: 'zone-read-token', CF_CACHE_STATE_DIR: '/dev/null/state' },
			now: () => 0,
			nodeVersion: '18.0.0',
		});
		const problems = findings.filter(({ state }) => state === 'fix');
		expect(new Set(problems.map(({ about }) => about))).toEqual(
			new Set(['product', 'clock', 'zone', 'permission', 'purge', 'state', 'audit']),
		);
		for (const { text, next = [] } of problems)
			expect(next[0], text).toMatch(/https:\/\/|cloudflare-cache-mcp |curl |sudo |w32tm |--[a-z-]+ [A-Z]/);
	});
});
