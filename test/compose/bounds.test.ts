/** What a principal may do is never more than its policy allows, and never more than the operator's flags allow. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/call/principal.js';
import type { ZoneRule } from '../../src/call/zone-rule.js';
import { boundsOf } from '../../src/compose/bounds.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { TOOLSETS } from '../../src/operations/operation.js';
import { blockingFlag, CONFIRM_POLICIES, type ZoneEntry } from '../../src/operations/scope.js';
import { EXAMPLE_COM, EXAMPLE_NET, EXAMPLE_ORG, openSandbox, TWICE_FREE, TWICE_PRO } from '../support/sandbox.js';
import { ZONE } from '../support/session.js';
import { openTeam, principal } from '../support/team.js';

const NAMES = OPERATIONS.map(({ name }) => name);
const some = <Item>(items: readonly Item[]) => fc.option(fc.subarray([...items], { minLength: 1 }), { nil: undefined });

const scope = fc.record({
	readOnly: fc.boolean(),
	toolsets: some(TOOLSETS),
	tools: some(NAMES),
	excludeTools: some(NAMES),
});
const confirm = fc.constantFrom(undefined, ...CONFIRM_POLICIES);
const STRICTNESS = { ask: 1, code: 2, block: 3, off: 0 } as const;

const configOf = (flags: object) => ({ ...(readConfig(['--http', '0'], {}) as Config), ...flags });
const boundsFor = (flags: object, policy: Policy) => boundsOf(configOf(flags), { name: 'ci', policy });

test('an operation is allowed exactly where flags and policy allow it, and consent can be given where it is needed', () => {
	const property = fc.property(scope, scope, confirm, confirm, (flags, limits, given, own) => {
		const bounds = boundsFor({ ...flags, confirm: given }, { scope: limits, confirm: own });
		for (const operation of OPERATIONS) {
			const byFlags = blockingFlag(operation, { ...flags, blockDestructive: given === 'block' }) === undefined;
			const byPolicy = blockingFlag(operation, { ...limits, blockDestructive: own === 'block' }) === undefined;
			const byDefault = operation.danger !== 'destroy' || given !== undefined || own !== undefined;
			expect(bounds.blockOf(operation) === undefined, operation.name).toBe(byFlags && byPolicy && byDefault);
		}
	});
	fc.assert(property, { numRuns: 300, seed: 20_261_126 });
});

test('the stricter policy of consent counts, and block where nobody has decided', () => {
	for (const given of [undefined, ...CONFIRM_POLICIES])
		for (const own of [undefined, ...CONFIRM_POLICIES]) {
			const { confirm: found, consentBlock } = boundsFor({ confirm: given }, { confirm: own });
			const strictest = Math.max(...[given, own].map((one) => (one ? STRICTNESS[one] : 0))) || STRICTNESS.block;
			expect(STRICTNESS[found], `${given} ${own}`).toBe(strictest);
			expect(consentBlock !== undefined).toBe(found === 'block');
		}
});

test.for<readonly [given: 'block' | undefined, own: 'block' | undefined, text: string]>([
	['block', undefined, 'purge_everything is not allowed: the server was started with --confirm block.'],
	['block', 'block', 'purge_everything is not allowed: the server was started with --confirm block.'],
	[undefined, 'block', 'purge_everything is not allowed for ci by the policy.'],
	[
		undefined,
		undefined,
		'purge_everything is not allowed: over HTTP, what needs consent is blocked unless --confirm or a policy allows it.',
	],
])('with --confirm %s and the policy %s, a destructive tool is refused in true words', async ([given, own, text]) => {
	const { join, requests } = await openTeam({ flags: given ? ['--confirm', given] : [] });
	const ci = await join(principal('ci', { policy: { confirm: own } }));
	expect(await ci.tools()).not.toContain('purge_everything');
	expect((await ci.call('purge_everything', { zone: ZONE })).text).toContain(text);
	const hosts = await ci.call('purge_cache', { zone: ZONE, hosts: ['www.example.com'] });
	expect(hosts.text).toContain(
		text.replace('purge_everything', 'purge_cache of whole hosts (hosts, or prefixes without a path)'),
	);
	expect(requests).toEqual([]);
});

test('a flag is named where the flag and the policy forbid a tool, and the policy where it is the policy alone', async () => {
	const { join, requests } = await openTeam({ flags: ['--toolsets', 'purge,zone'] });
	const ci = await join(principal('ci', { policy: { scope: { toolsets: ['zone'] } } }));
	const refusal = async (tool: string) => (await ci.call(tool, { zone: ZONE, tags: ['a'] })).text;
	expect(await refusal('variants_delete')).toContain('the server was started with --toolsets.');
	expect(await refusal('purge_cache')).toContain('purge_cache is not allowed for ci by the policy.');
	expect(requests).toEqual([]);
});

test('a read that the flags or the policy exclude is not made as a part of cache_overview either', async () => {
	const { join, requests } = await openTeam({ flags: ['--exclude-tools', 'regional_tiered_cache_get'] });
	const ci = await join(principal('ci', { policy: { scope: { excludeTools: ['cache_reserve_get'] } } }));
	const { structured, isError } = await ci.call('cache_overview', { zone: ZONE });
	expect(isError).toBe(false);
	expect(JSON.stringify(structured)).toContain('cache_reserve_get is not allowed for ci by the policy');
	const paths = requests.map(({ path }) => path);
	expect(paths.some((path) => path.includes('tiered_cache_smart_topology'))).toBe(true);
	expect(paths.filter((path) => /\/cache\/(cache_reserve|regional_tiered_cache)$/.test(path))).toEqual([]);
});

describe('a default zone', () => {
	test.for<readonly [flags: object, policy: Policy, zone: string | undefined, argument: string]>([
		[{}, {}, undefined, 'required'],
		[{ zone: 'a.com' }, {}, 'a.com', 'optional'],
		[{ zone: 'a.com' }, { zone: 'b.com' }, 'b.com', 'optional'],
		[{ zone: 'a.com' }, { zones: [{ name: 'b.com' }] }, undefined, 'required'],
		[{ zone: 'a.com' }, { zones: [{ name: 'a.com' }] }, 'a.com', 'fixed'],
		[{ zone: 'a.com', zones: [{ name: 'a.com' }] }, { zone: 'b.com' }, undefined, 'required'],
		[
			{ zones: [{ name: 'a.com' }, { name: 'b.com' }] },
			{ zone: 'b.com', zones: [{ name: 'b.com' }] },
			'b.com',
			'fixed',
		],
		[
			{ zones: [{ name: 'a.com' }] },
			{ zone: 'a.com', zones: [{ name: 'a.com' }, { name: 'b.com' }] },
			'a.com',
			'fixed',
		],
	])('of the flags %j and the policy %j is %s', ([flags, policy, zone, argument]) => {
		expect(boundsFor(flags, policy)).toMatchObject({ zone, zoneArgument: argument });
	});
});

const UNIVERSE: readonly (readonly [name: string, id: string])[] = [
	['example.com', EXAMPLE_COM],
	['example.net', EXAMPLE_NET],
	['example.org', EXAMPLE_ORG],
	['example.edu', TWICE_PRO],
	['example.edu', TWICE_FREE],
];
const IDS = UNIVERSE.map(([, id]) => id);
const zoneNames = UNIVERSE.map(([name]) => name);

/** An entry by name, by id, or pinned: also to the id of another zone. */
const entry: fc.Arbitrary<ZoneEntry> = fc.oneof(
	fc.constantFrom(...zoneNames).map((name) => ({ name })),
	fc.constantFrom(...IDS).map((id) => ({ id })),
	fc.record({ name: fc.constantFrom(...zoneNames), id: fc.constantFrom(...IDS) }),
);
const entries = fc.array(entry, { minLength: 1, maxLength: 4 });
const REFERENCES = [...zoneNames, ...IDS, ...zoneNames.map((name) => `www.${name}`), 'https://example.com/a'];

const wordOf = ({ name, id }: ZoneEntry) => (name === undefined || id === undefined ? (name ?? id) : `${name}=${id}`);

test('a zone that is reached under two lists is one that each list alone allows', async () => {
	const { url } = await openSandbox();
	const ruleOf = async (flags: readonly ZoneEntry[] | undefined, policy: readonly ZoneEntry[] | undefined) => {
		const words = flags ? ['--zones', flags.map(wordOf).join()] : [];
		const { team } = await openTeam({ upstream: url, flags: words });
		return team.forPrincipal(principal('ci', { policy: { zones: policy } })).deps.zoneRule;
	};
	const resolve = (rule: ZoneRule, reference: string) => rule.resolve(reference).catch(() => undefined);
	let reached = 0;
	const property = fc.asyncProperty(entries, entries, async (flags, policy) => {
		const [both, byFlags, byPolicy] = await Promise.all([
			ruleOf(flags, policy),
			ruleOf(flags, undefined),
			ruleOf(undefined, policy),
		]);
		for (const reference of REFERENCES) {
			const zone = await resolve(both, reference);
			if (!zone) continue;
			reached++;
			expect(await byFlags.admits(zone), `${reference} by the flags`).toBe(true);
			expect(await byPolicy.admits(zone), `${reference} by the policy`).toBe(true);
			expect(await both.admits(zone)).toBe(true);
		}
		for (const [name, id] of UNIVERSE)
			if (await both.admits({ id, name })) {
				expect(await byFlags.admits({ id, name })).toBe(true);
				expect(await byPolicy.admits({ id, name })).toBe(true);
			}
	});
	await fc.assert(property, { numRuns: 60, seed: 20_261_127 });
	expect(reached).toBeGreaterThan(50);
});

test('zones_list shows a principal only zones that both lists allow, and a refusal names none of the operator', async () => {
	const { join } = await openTeam({ flags: ['--zones', 'example.com,example.net'] });
	const ci = await join(principal('ci', { policy: { zones: [{ name: 'example.net' }, { name: 'example.org' }] } }));
	const { text, structured } = await ci.call('zones_list');
	expect(text).toContain('example.net');
	expect(JSON.stringify(structured) + text).not.toMatch(/example\.(com|org)/);
	const foreign = await ci.call('tiered_cache_get', { zone: 'example.com' });
	expect(foreign.text).toContain(
		'"example.com" is not one of the zones that ci may touch by the policy: example.net, example.org.',
	);
	const beyond = await ci.call('tiered_cache_get', { zone: 'example.org' });
	expect(beyond.text).toContain('"example.org" is not one of the zones that this server may touch (--zones).');
	expect(beyond.text).not.toContain('example.com');
});
