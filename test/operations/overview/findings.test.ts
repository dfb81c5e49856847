/** Findings of cache_overview: each appears with its cause and is silent without it. */
import { describe, expect, test } from 'vitest';
import { FINDING_RULES, type ZoneFacts } from '../../../src/operations/overview/finding-rules.js';
import { describeFinding, type Finding, findProblems } from '../../../src/operations/overview/findings.js';
import { openSandbox, send } from '../../support/sandbox.js';
import { type Answer, openSession, ZONE, ZONE_ID } from '../../support/session.js';

/** A zone in which nothing is to be found. */
const HEALTHY: ZoneFacts = {
	zonePlan: 'pro',
	status: 'active',
	isPaused: false,
	developmentModeS: 0,
	reserve: 'off',
	isClearing: false,
	tiered: 'on',
	smart: 'on',
	regional: 'off',
	variants: {},
	mappings: 0,
	environments: 0,
	storedBytes: 0,
	traffic: { eligible: 1_000, served: 900, paths: [] },
};

/** The cause of each rule, in the order of the rules, and how the finding begins. */
const CAUSES: readonly (readonly [start: string, cause: Partial<ZoneFacts>])[] = [
	['Broken: The zone is paused', { isPaused: true }],
	['Broken: The zone is not active ("pending")', { status: 'pending' }],
	[
		'Broken: Development mode bypasses the cache for 1,200 s more. Fix: development_mode_edit, value off.',
		{ developmentModeS: 1_200 },
	],
	[
		'Costly: Rule "Static" matches GET alone',
		{ rules: [{ description: 'Static', expression: '(http.request.method eq "GET")' }] },
	],
	['Costly: Cache Reserve is on without Tiered Cache', { reserve: 'on', tiered: 'off' }],
	['Costly: Cache Reserve is off and still stores 2.5 GB', { storedBytes: 2.5e9 }],
	['Costly: Tiered Cache is on without Smart Tiered Cache', { smart: 'off' }],
	['Costly: Tiered Cache is off', { tiered: 'off', smart: 'off' }],
	['No effect: Smart Tiered Cache is on while', { tiered: 'off' }],
	['No effect: Regional Tiered Cache is on without', { regional: 'on', smart: 'off' }],
	['No effect: 7 origins are mapped', { mappings: 7, smart: 'off' }],
	['No effect: Cache Reserve does not store the images', { reserve: 'on', variants: { png: ['image/webp'] } }],
	[
		'No effect: Image variants are matched by extension, and .jpg beside .jpeg has none.',
		{ variants: { jpeg: ['image/webp'] } },
	],
	['Hint: A clear of Cache Reserve is running', { isClearing: true }],
	[
		'Hint: Rule "Phones" keeps several versions of a URL',
		{ rules: [{ description: 'Phones', action_parameters: { cache_key: { cache_by_device_type: true } } }] },
	],
	['Hint: Cache Reserve serves the production environment only', { reserve: 'on', environments: 2 }],
	['Hint: 3,400 of at most 3,500 mappings', { mappings: 3_400 }],
	[
		'Hint: In the last 24 hours 60 % of the eligible requests went to the origin, most of them to "/a", "/b", "/c".',
		{ traffic: { eligible: 1_000, served: 400, paths: ['/a', '/b', '/c', '/d'] } },
	],
];

const linesOf = (facts: ZoneFacts) => findProblems(facts).map(describeFinding);

describe('a rule of findings', () => {
	test('has a cause in the list below, each', () => {
		expect(CAUSES).toHaveLength(FINDING_RULES.length);
	});

	test.for(CAUSES.map(([start, cause], index) => [start, cause, index] as const))(
		'tells "%s" with its cause alone',
		([start, cause, index]) => {
			const rule = FINDING_RULES[index];
			expect(rule?.find(HEALTHY)).toBeUndefined();
			expect(linesOf({ ...HEALTHY, ...cause }).some((line) => line.startsWith(start))).toBe(true);
		},
	);

	test.for(FINDING_RULES)('is silent where nothing could be read (%#)', (rule) => {
		expect(rule.find({ zonePlan: 'pro' })).toBeUndefined();
	});

	test.for(FINDING_RULES)('names a page of Cloudflare as its source (%#)', ({ source }) => {
		expect(new URL(source).host).toBe('developers.cloudflare.com');
	});

	test('says nothing of a hit ratio below 100 eligible requests', () => {
		expect(linesOf({ ...HEALTHY, traffic: { eligible: 99, served: 0, paths: [] } })).toEqual([]);
	});

	test('says nothing of an Enterprise zone without Smart Tiered Cache, which may have another topology', () => {
		expect(linesOf({ ...HEALTHY, zonePlan: 'enterprise', smart: 'off' })).toEqual([]);
	});

	test('comes worst first', () => {
		const found = findProblems({ ...HEALTHY, ...Object.assign({}, ...CAUSES.map(([, cause]) => cause)) });
		const severities = found.map(({ severity }) => severity);
		expect(severities.length).toBeGreaterThan(5);
		expect(severities).toEqual([...severities].sort());
	});
});

describe('cache_overview', () => {
	const listFindings = (answer: Answer) =>
		(answer.structured?.result as { findings?: { value: Finding[] } } | undefined)?.findings?.value ?? [];
	const findingsOf = (answer: Answer) => listFindings(answer).map(({ finding }) => finding);

	test.each([
		['example.com', []],
		['example.net', ['Tiered Cache is off: every data centre asks the origin. It is free on all plans.']],
		['example.org', ['Tiered Cache is off: every data centre asks the origin. It is free on all plans.']],
		['example.biz', ['Tiered Cache is off: every data centre asks the origin. It is free on all plans.']],
	])('finds in the fresh zone %s what is there', async (zone, findings) => {
		const { call } = await openSession();
		const answer = await call('cache_overview', { zone });
		expect(findingsOf(answer)).toEqual(findings);
		for (const finding of findings) expect(answer.text).toContain(finding);
	});

	test('ends a finding when its fix was called', async () => {
		const { call } = await openSession();
		const [found] = listFindings(await call('cache_overview', { zone: 'example.net' }));
		await call(found?.fix?.tool ?? '', { zone: 'example.net', ...found?.fix?.arguments });
		const after = await call('cache_overview', { zone: 'example.net' });
		expect(findingsOf(after)).not.toContain(found?.finding);
	});

	test('tells development mode first, above what costs money', async () => {
		const { call } = await openSession();
		await call('development_mode_edit', { zone: 'example.net', value: 'on' });
		const answer = await call('cache_overview', { zone: 'example.net' });
		expect(findingsOf(answer)[0]).toMatch(/^Development mode bypasses the cache for [\d,]+ s more\.$/);
	});

	test('tells each rule in a line: name, whether it is on, and what it does', async () => {
		const sandbox = await openSandbox();
		const rules = [
			{
				description: 'Static',
				enabled: true,
				action: 'set_cache_settings',
				expression: 'true',
				action_parameters: { cache: true },
			},
			{
				description: 'Phones',
				enabled: false,
				action: 'set_cache_settings',
				expression: 'true',
				action_parameters: { cache: false },
			},
		];
		const path = `/zones/${ZONE_ID}/rulesets/phases/http_request_cache_settings/entrypoint`;
		expect((await send(sandbox, { method: 'PUT', path, body: { rules } })).status).toBe(200);
		const { call } = await openSession({ upstream: sandbox.url });
		const { text } = await call('cache_overview', { zone: ZONE });
		expect(text.split('\n').slice(-2)).toEqual([
			'Rule "Static": makes it eligible',
			'Rule "Phones" (off): bypasses the cache',
		]);
	});

	test('finds nothing, and fails not, with a token that may read nothing but the zone', async () => {
		const tokens = { 'test-token-0123456789': { permissions: ['Zone Read', 'Zone Versioning Read'] } };
		const { call } = await openSession({ sandbox: { tokens } });
		const answer = await call('cache_overview', { zone: ZONE });
		expect(answer.isError).toBe(false);
		expect(findingsOf(answer)).toEqual([]);
	});

	test('reads no analytics where cache_analytics is excluded', async () => {
		const { call, requests } = await openSession({ flags: ['--exclude-tools', 'cache_analytics'] });
		expect((await call('cache_overview', { zone: ZONE })).isError).toBe(false);
		expect(requests.filter(({ path }) => path === '/graphql')).toEqual([]);
	});
});
