/** What the operator's flags forbid is neither listed nor done, however a call names it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { needsZone, type Operation, TOOLSETS } from '../../src/operations/operation.js';
import { EXAMPLE_COM, openSandbox } from '../support/sandbox.js';
import { openSession } from '../support/session.js';
import { ZONE_IDS } from './effects.js';

const NAMES = OPERATIONS.map(({ name }) => name);
const ZONES = Object.keys(ZONE_IDS);
const idOf = (name: string) => ZONE_IDS[name] ?? '';

const some = <Item>(items: readonly Item[]) => fc.option(fc.subarray([...items], { minLength: 1 }), { nil: undefined });

/** The three ways to write an entry of --zones. */
const entryOf = (name: string) => fc.constantFrom(name, idOf(name), `${name}=${idOf(name)}`);

const zoneFlags = fc
	.option(fc.subarray(ZONES, { minLength: 1 }), { nil: undefined })
	.chain((allowed) =>
		fc.record({
			allowed: fc.constant(allowed ?? ZONES),
			entries: allowed ? fc.tuple(...allowed.map(entryOf)) : fc.constant(undefined),
			zone: fc.option(
				fc
					.constantFrom(...(allowed ?? ZONES))
					.chain((name) => fc.constantFrom(name, name.toUpperCase(), idOf(name), `www.${name}`)),
				{ nil: undefined },
			),
		}),
	)
	// The start cannot compare a default zone that is a name with entries that are only ids.
	.filter(
		({ entries, zone }) =>
			!entries || !zone || /^[0-9a-f]{32}$/.test(zone) || entries.every((one) => one.includes('.')),
	);

const flagSet = fc.record({
	readOnly: fc.boolean(),
	toolsets: some(TOOLSETS),
	tools: some(NAMES),
	exclude: some(NAMES),
	confirm: fc.constantFrom(undefined, 'ask', 'code', 'block'),
	zones: zoneFlags,
});
type FlagSet = typeof flagSet extends fc.Arbitrary<infer Value> ? Value : never;

const toWords = ({ readOnly, toolsets, tools, exclude, confirm, zones }: FlagSet): string[] => [
	...(readOnly ? ['--read-only'] : []),
	...(toolsets ? ['--toolsets', toolsets.join()] : []),
	...(tools ? ['--tools', tools.join()] : []),
	...(exclude ? ['--exclude-tools', exclude.join()] : []),
	...(confirm ? ['--confirm', confirm] : []),
	...(zones.entries ? ['--zones', zones.entries.join()] : []),
	...(zones.zone ? ['--zone', zones.zone] : []),
];

/** Arguments of a tool that change nothing: its example, as a dry run where it could change something. */
const argsOf = (operation: Operation, zone: string | undefined) => ({
	...operation.example,
	...(operation.danger !== 'read' && { dry_run: true }),
	...(needsZone(operation) && zone !== undefined && { zone }),
});

const spellings = (name: string) => [
	name,
	name.toUpperCase(),
	`${name}.`,
	` ${name} `,
	`www.${name}`,
	`https://www.${name}/page?x=1`,
	`HTTP://${name}:8080`,
	idOf(name),
	idOf(name).toUpperCase(),
];

test('every set of flags lists exactly the tools that it accepts, and sends nothing for the others', async () => {
	const { url, requests, changes } = await openSandbox();
	const property = fc.asyncProperty(flagSet, async (flags) => {
		const session = await openSession({ raw: true, flags: toWords(flags), upstream: url });
		const listed = await session.tools();
		const { allowed, entries, zone } = flags.zones;
		const fixed = zone !== undefined && entries?.length === 1;
		for (const operation of OPERATIONS) {
			const before = requests.length;
			const { text, structured } = await session.call(
				operation.name,
				argsOf(operation, fixed ? undefined : allowed[0]),
			);
			const refused = text.startsWith(`${operation.name} is not allowed: the server was started with --`);
			expect(refused, `${operation.name}: ${text}`).toBe(!listed.includes(operation.name));
			if (refused) expect(requests.slice(before)).toEqual([]);
			if (refused) expect(structured).toBeUndefined();
		}
		expect(changes()).toEqual([]);
		await session.close();
	});
	await fc.assert(property, { numRuns: 40, seed: 20_260_301 });
});

const zoneRestriction = fc
	.subarray(ZONES, { minLength: 1, maxLength: ZONES.length - 1 })
	.chain((allowed) => fc.record({ allowed: fc.constant(allowed), entries: fc.tuple(...allowed.map(entryOf)) }));

test('no request leaves for a zone outside --zones, however a call names it', async () => {
	const { url, requests } = await openSandbox();
	const tools = OPERATIONS.filter(needsZone);
	const property = fc.asyncProperty(
		zoneRestriction,
		fc.constantFrom(...tools.map(({ name }) => name)),
		fc.boolean(),
		async ({ allowed, entries }, name, dry) => {
			const operation = tools.find((one) => one.name === name) as Operation;
			const session = await openSession({ raw: true, flags: ['--zones', entries.join()], upstream: url });
			for (const foreign of ZONES.filter((name) => !allowed.includes(name)))
				for (const zone of spellings(foreign)) {
					const before = requests.length;
					const args = argsOf(operation, zone);
					const { text, isError } = await session.call(
						operation.name,
						'dry_run' in args ? { ...args, dry_run: dry } : args,
					);
					expect(isError, text).toBe(true);
					expect(text).toContain('is not one of the zones that this server may touch (--zones)');
					const left = requests.slice(before);
					expect(left.filter(({ method }) => method !== 'GET')).toEqual([]);
					expect(left.filter(({ path }) => path.includes(idOf(foreign)))).toEqual([]);
					// Only the API knows which name an id has, so an entry that is an id lets the name be looked up, and no more.
					const named = entries.every((one) => one.includes('.'));
					expect(left.filter(({ path, query }) => query.includes(foreign) && (named || path !== '/zones'))).toEqual([]);
				}
			await session.close();
		},
	);
	await fc.assert(property, { numRuns: 60, seed: 20_260_302 });
});

test('--zones with an allowed zone in any spelling lets a call through', async () => {
	const { url } = await openSandbox();
	for (const entry of ['example.com', idOf('example.com'), `example.com=${idOf('example.com')}`]) {
		const { call, close } = await openSession({ raw: true, flags: ['--zones', entry], upstream: url });
		for (const zone of spellings('example.com'))
			expect((await call('cache_reserve_get', { zone })).text, `${entry} ${zone}`).toMatch(
				/^Cache Reserve of example\.com is off/,
			);
		await close();
	}
});

test('content of a zone outside --zones is refused without a request about that zone', async () => {
	const { url, requests, changes } = await openSandbox();
	const { call } = await openSession({ raw: true, flags: ['--zones', 'example.com'], upstream: url });
	for (const args of [
		{ urls: ['https://www.example.net/a'] },
		{ files: [{ url: 'https://example.net/a' }] },
		{ hosts: ['www.example.net'] },
		{ prefixes: ['example.net/a'] },
	])
		for (const tool of ['purge_cache', 'invalidate_cache']) {
			const { text, isError } = await call(tool, { zone: 'example.com', ...args });
			expect(isError, text).toBe(true);
			expect(text).toContain('is not in zone example.com');
		}
	expect(changes()).toEqual([]);
	// The zone that is allowed may be asked for its own custom hostnames.
	const others = requests.filter(({ path }) => path !== `/zones/${EXAMPLE_COM}/custom_hostnames`);
	expect(others.filter(({ query }) => query.includes('example.net'))).toEqual([]);
});

test('zones_list and cache_overview under --zones show none of the others', async () => {
	const { url } = await openSandbox();
	const { call } = await openSession({ raw: true, flags: ['--zones', 'example.net'], upstream: url });
	for (const name of [undefined, 'example', 'example.com', 'com']) {
		const { structured, text } = await call('zones_list', { ...(name && { name }) });
		expect(JSON.stringify(structured) + text).not.toMatch(/example\.(com|org)|twice/);
	}
	expect((await call('cache_overview', { zone: 'example.com' })).isError).toBe(true);
});
