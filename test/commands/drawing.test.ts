/** What `call` draws on a terminal: the way of a request, mappings, the hit ratio over time and the statuses. */
import { describe, expect, test } from 'vitest';
import { drawResult } from '../../src/commands/drawing.js';
import { temporaryFolder } from '../support/files.js';
import { finish, startOnTerminal } from '../support/process.js';
import { openSandbox } from '../support/sandbox.js';

const ESCAPE = String.fromCharCode(27);

async function environment(): Promise<Record<string, string>> {
	const { url } = await openSandbox();
	return {
		PATH: process.env.PATH ?? '',
		TERM: 'xterm',
		CF_CACHE_STATE_DIR: temporaryFolder(),
		CLOUDFLARE_API_TOKEN: 'test-token-0123456789',
		CLOUDFLARE_BASE_URL: url,
	};
}

/** The lines of a command on a terminal, which ends each by a carriage return too. */
async function onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
	const running = startOnTerminal(args, { env });
	await running.ended;
	return running.stdout().replaceAll('\r\n', '\n');
}

const overview = ['call', 'cache_overview', '--zone', 'example.com'];
const analytics = ['call', 'cache_analytics', '--zone', 'example.com'];

describe.skipIf(process.platform !== 'linux')('on a terminal', () => {
	test('cache_overview draws the way of a request below its text', async () => {
		const text = await onTerminal(overview, { ...(await environment()), NO_COLOR: '1' });
		expect(text).toContain('Environments: "Office IPs", "Staging", "Production"\n\n  ●━━━━━━━━━●╌╌╌╌╌╌╌╌╌╌╌╌○╌╌╌');
		expect(text).toMatch(
			/ {2}Visitor {3}Lower tier {3}Regional hub {3}Upper tier {3}Cache Reserve {3}Origin\n {12}on {11}off {12}on {11}off\n/,
		);
	});

	test('cache_analytics draws the hit ratio as a line of levels, and a bar for each status', async () => {
		const text = await onTerminal(analytics, { ...(await environment()), NO_COLOR: '1' });
		expect(text).toMatch(/Hit ratio from \d\d:00 to \d\d:00 UTC, lowest 8\d\.\d %, highest 8\d\.\d %:\n {2}▇{24}\n/);
		expect(text).toMatch(/ {2}hit {14}█{26} 144,000 {2}64\.0 %\n {2}dynamic {10}█{7} 39,600 {2}17\.6 %\n/);
	});

	test('colours appear without NO_COLOR, and not with it', async () => {
		const env = await environment();
		expect(await onTerminal(overview, env)).toContain(`${ESCAPE}[32m●`);
		expect(await onTerminal(overview, { ...env, NO_COLOR: '1' })).not.toContain(`${ESCAPE}[32m`);
	});

	test('--json prints the document and draws nothing', async () => {
		const text = await onTerminal([...overview, '--json'], await environment());
		expect(text).toContain('"status": "done"');
		expect(text).not.toContain('●');
	});
});

test.for([
	['cache_overview', overview],
	['cache_analytics', analytics],
] as const)('%s draws nothing where its output is piped', async ([_, args]) => {
	const { code, stdout } = await finish(args, { env: await environment() });
	expect(code).toBe(0);
	expect(stdout).not.toMatch(/[●▇█]/);
});

describe('a drawing', () => {
	const series = Array.from({ length: 90 }, (_, day) => ({
		time: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
		requests: 10,
		eligible: day === 0 ? 0 : 10,
		served: day % 11,
	}));
	const result = {
		hours: 2160,
		series,
		statuses: { hit: 3, 'a status with a name that is far too long': 1 },
		uncached: [],
	};
	const facts = {
		tiered_caching: { value: 'on' },
		smart_tiered_cache: { reason: 'never set (off)' },
		regional_tiered_cache: { reason: 'the token may not read it (needs Zone Settings › Read)' },
		cache_reserve: { reason: 'needs a paid subscription of its own, on any plan' },
		origin_cloud_regions: { value: 3_500, regions: { azure: { germanywestcentral: 100 } } },
	};

	test.for([
		['90 days of traffic', result],
		['settings with long reasons', facts],
	] as const)('of %s is at most 80 characters wide', ([_, content]) => {
		const lines = drawResult({ result: content }, false).split('\n');
		expect(lines.length).toBeGreaterThan(4);
		expect(lines.filter((line) => line.length > 80)).toEqual([]);
	});

	test('of 90 days adds neighbours up, from the lowest level to the highest', () => {
		const [, head = '', line = ''] = drawResult({ result }, false).split('\n');
		expect(head).toBe('Hit ratio from Jan 1 to Mar 30 UTC, lowest 5.0 %, highest 95.0 %:');
		expect(line.trim()).toHaveLength(45);
	});

	test('of a paused zone shows no tier that requests pass', () => {
		const paused = { ...facts, zone: { value: { paused: true } } };
		const [, track = ''] = drawResult({ result: paused }, false).split('\n');
		expect(track.replace(/[━╌ ]/g, '')).toBe('●○○○○●');
	});

	test('of anything else is empty', () => {
		for (const other of [undefined, {}, { result: null }, { result: [] }, { result: { series: 1 } }])
			expect(drawResult(other, false)).toBe('');
	});
});
