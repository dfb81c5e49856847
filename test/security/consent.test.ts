/** A client that tries a thousand ways around the person: none of the destructive requests leaves. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../src/operations/index.js';
import { type Back, connectWire, isDestructive, startRecorder, type Wire, ZONE_IDS } from '../support/wire.js';

const CALLS = 1_000;
const TTL = 600;
const ZONE = 'example.com';
const ENV = { CF_CACHE_CONFIRM_SECRET: 'the secret of this server, long enough' };
const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const PRODUCTION = 'b1b2c3d4e5f60718293a4b5c6d7e8f90';

type Args = Record<string, unknown>;
type Target = { tool: string; args: Args };

/** Calls whose effects need consent; each pair of them differs in tool, zone, environment or arguments. */
const TARGETS: readonly Target[] = [
	...[ZONE, 'example.net', 'example.org'].flatMap((zone) => [
		{ tool: 'purge_everything', args: { zone } },
		{ tool: 'invalidate_everything', args: { zone } },
		{ tool: 'cache_reserve_clear', args: { zone } },
		{ tool: 'origin_cloud_regions_bulk_delete', args: { zone, origin_ips: ['192.0.2.1'] } },
		{ tool: 'origin_cloud_regions_bulk_delete', args: { zone, origin_ips: ['192.0.2.1', '192.0.2.2'] } },
	]),
	...[STAGING, PRODUCTION].flatMap((environment_id) => [
		{ tool: 'purge_environment_everything', args: { zone: ZONE, environment_id } },
		{ tool: 'invalidate_everything', args: { zone: ZONE, environment_id } },
	]),
];

const at = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item;
const percent = (text: string) => [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('');
const bump = (code: string, by: number) => {
	const [stamp = '', mac = ''] = [code.slice(0, code.indexOf('-')), code.slice(code.indexOf('-') + 1)];
	return `${(Number.parseInt(stamp, 36) + by).toString(36)}-${mac}`;
};

/** A good code made into something else. */
const DISTORTIONS: readonly ((code: string, other: string) => unknown)[] = [
	(code) => code.toUpperCase(),
	(code) => Buffer.from(code).toString('base64'),
	(code) => Buffer.from(code).toString('hex'),
	(code) => percent(code),
	(code) => code.replace('-', '%2D'),
	(code) => `${code.slice(0, 9)}\u200b${code.slice(9)}`,
	(code) => [...code].join('\u2060'),
	(code) => code.replace('-', '\u2010'),
	(code) => code.slice(0, -1),
	(code) => code.slice(1),
	(code) => code.slice(0, 7),
	(code) => code.slice(7),
	(code) => `${code}A`,
	(code) => `${code}=`,
	(code) => code + code,
	(code) => `${code}\n${code}`,
	(code) => `"${code}"`,
	(code) => `confirm: ${code}`,
	(code) => JSON.stringify({ confirm: code }),
	(code) => [...code].reverse().join(''),
	(code) => bump(code, 1),
	(code) => bump(code, -1),
	(code) => bump(code, 86_400),
	(code, other) => code.slice(0, code.indexOf('-')) + other.slice(other.indexOf('-')),
	(code) => [code],
	(code) => ({ code }),
	(code) => ({ toString: code }),
	() => true,
	() => 1,
	() => '',
	() => 'yes',
	() => 'true',
	() => ZONE,
	() => '__proto__',
	() => '*',
	() => 'x'.repeat(100_000),
	() => `s44we8-${'A'.repeat(22)}`,
];

/** The tool's name, nearly. */
const NAMES: readonly ((name: string) => unknown)[] = [
	(name) => name.toUpperCase(),
	(name) => ` ${name}`,
	(name) => `${name} `,
	(name) => `${name}\u200b`,
	(name) => `${name}\u0000`,
	(name) => name.replace('e', '\u0435'),
	(name) => name.replaceAll('_', '-'),
	(name) => name.replaceAll('_', '.'),
	(name) => name.normalize('NFKD').replace('a', '\uff41'),
	(name) => `cloudflare:${name}`,
	(name) => `../${name}`,
	(name) => [name],
	(name) => ({ name }),
	() => '__proto__',
	() => 'constructor',
	() => 'toString',
	() => 'hasOwnProperty',
	() => '',
	() => null,
	() => 7,
];

const json = (text: string) => JSON.parse(text) as Args;

/** Arguments that say more than they may. */
const DISGUISES: readonly ((args: Args) => unknown)[] = [
	(args) => ({ ...args, dry_run: 'false' }),
	(args) => ({ ...args, dry_run: false, confirm: null }),
	(args) => ({ ...args, dry_run: 'no' }),
	(args) => ({ ...args, dry_run: 0 }),
	(args) => ({ ...args, force: true }),
	(args) => ({ ...args, confirmed: true, yes: true }),
	(args) => ({ ...args, confirm: true, dry_run: true }),
	(args) => ({ ...args, constructor: null }),
	(args) => ({ ...args, ...json('{"toString":{"confirm":true}}') }),
	(args) => Object.assign(json('{"__proto__":{"confirm":"yes","dry_run":false}}'), args),
	(args) => Object.assign(json('{"constructor":{"prototype":{"confirm":"yes"}}}'), args),
	(args) => JSON.stringify(args),
	(args) => [args],
	(args) => ({ ...args, zone: JSON.stringify({ zone: args.zone, confirm: true }) }),
	(args) => ({ ...args, zone: [args.zone] }),
	(args) => ({ ...args, zone: `${ZONE_IDS[ZONE]}/purge_cache` }),
	(args) => ({ ...args, zone: `contains:${ZONE}` }),
	(args) => ({ ...args, zone: { $ne: '' } }),
	(args) => ({ arguments: args }),
	(args) => ({ ...args, origin_ips: '["192.0.2.1"]', confirm: 'undefined' }),
];

/** Tools that need no consent, asked for an effect that does. */
const DETOURS: readonly Target[] = [
	{ tool: 'purge_cache', args: { zone: ZONE, purge_everything: true } },
	{ tool: 'purge_cache', args: { zone: ZONE, tags: ['a'], purge_everything: true } },
	{ tool: 'purge_cache', args: { zone: ZONE, files: [{ url: `https://${ZONE}/`, purge_everything: true }] } },
	{ tool: 'purge_cache', args: { zone: ZONE, urls: '{"purge_everything":true}' } },
	{ tool: 'purge_cache', args: { zone: ZONE, hosts: ['*'] } },
	{ tool: 'purge_cache', args: { zone: ZONE, prefixes: ['*'] } },
	{ tool: 'purge_cache', args: { zone: ZONE, urls: [`https://${ZONE}/*`] } },
	{ tool: 'purge_environment', args: { zone: ZONE, environment_id: '..', tags: ['a'] } },
	{ tool: 'purge_environment', args: { zone: ZONE, environment_id: `${STAGING}/../../`, tags: ['a'] } },
	{ tool: 'invalidate_cache', args: { zone: ZONE, purge_everything: true } },
	{ tool: 'origin_cloud_regions_delete', args: { zone: ZONE, origin_ip: 'batch' } },
	{ tool: 'origin_cloud_regions_delete', args: { zone: ZONE, origin_ip: '%62atch' } },
	{ tool: 'origin_cloud_regions_delete', args: { zone: ZONE, origin_ip: '../cloud_regions/batch' } },
	{ tool: 'cache_reserve_edit', args: { zone: ZONE, value: 'clear' } },
	{ tool: 'variants_edit', args: { zone: ZONE, mode: 'merge', value: { purge_everything: true } } },
];

const step = fc.record({ attack: fc.nat(10_000), target: fc.nat(10_000), other: fc.nat(10_000), way: fc.nat(10_000) });
const steps = (seed: number) => fc.sample(step, { seed, numRuns: CALLS });

const codeFrom = async (wire: Wire, { tool, args }: Target) =>
	String((await wire.call(tool, args)).structured?.confirm);

/** What the answer to such a call may be: anything but done. */
function expectUndone({ text, structured, isError }: Back, what: string): void {
	expect(
		isError || structured?.status === 'confirmation_required' || structured?.status === 'dry_run',
		`${what}: ${text}`,
	).toBe(true);
}

test('a thousand calls of a client without forms, with every kind of wrong code, change nothing', async () => {
	const { sandbox, requests } = await startRecorder();
	let clock = 1_800_000_000_000;
	const common = { upstream: sandbox.url, flags: ['--confirm-ttl', String(TTL)] };
	const victim = await connectWire({ ...common, env: ENV, now: () => 1_800_000_000_000 });
	const ageing = await connectWire({ ...common, env: ENV, now: () => clock });
	const stranger = await connectWire({
		...common,
		env: { CF_CACHE_CONFIRM_SECRET: 'the secret of somebody else' },
		now: () => 1_800_000_000_000,
	});
	// One code is used as it should be: from here on it must be worth nothing.
	const spent = { tool: 'purge_everything', args: { zone: ZONE } };
	const spentCode = await codeFrom(victim, spent);
	expect((await victim.call(spent.tool, { ...spent.args, confirm: spentCode })).structured?.status).toBe('done');
	const before = requests.length;

	const attacks: readonly ((target: Target, other: Target, way: number) => Promise<Back[]>)[] = [
		async () => [await victim.call(spent.tool, { ...spent.args, confirm: spentCode })],
		async (_, __, way) => [
			await victim.call(spent.tool, {
				...spent.args,
				confirm: `${'0'.repeat(way % 4)}${spentCode}${' '.repeat(way % 3)}`,
			}),
		],
		async (target, other) => [
			await victim.call(target.tool, { ...target.args, confirm: await codeFrom(victim, other) }),
		],
		async ({ tool, args }) => [await victim.call(tool, { ...args, confirm: await codeFrom(stranger, { tool, args }) })],
		async (target, other, way) => {
			const confirm = at(DISTORTIONS, way)(await codeFrom(victim, target), await codeFrom(victim, other));
			return [await victim.call(target.tool, { ...target.args, confirm })];
		},
		async (target, _, way) => {
			const confirm = await codeFrom(ageing, target);
			clock += (TTL + (way % 100)) * 1_000;
			return [await ageing.call(target.tool, { ...target.args, confirm })];
		},
		async (target, _, way) => [await victim.call(at(NAMES, way)(target.tool), target.args)],
		async (target, _, way) => [await victim.call(target.tool, at(DISGUISES, way)(target.args))],
		async (_, __, way) => [await victim.call(at(DETOURS, way).tool, at(DETOURS, way).args)],
		async (target) => [await victim.call(target.tool, target.args)],
	];
	for (const { attack, target, other, way } of steps(1)) {
		const [first, second] = [at(TARGETS, target), at(TARGETS, other)];
		// A code for the very same call would be a good one.
		const answers = await at(attacks, attack)(first, first === second ? at(TARGETS, other + 1) : second, way);
		for (const answer of answers) expectUndone(answer, `attack ${attack % attacks.length}, way ${way}, ${first.tool}`);
	}
	expect(requests.slice(before).filter(isDestructive)).toEqual([]);
	expect(requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('a wrong code that twenty calls bring at once changes nothing', async () => {
	const { sandbox, requests } = await startRecorder();
	const wire = await connectWire({ upstream: sandbox.url, env: ENV });
	const spent = { tool: 'purge_everything', args: { zone: ZONE } };
	const spentCode = await codeFrom(wire, spent);
	await wire.call(spent.tool, { ...spent.args, confirm: spentCode });
	const before = requests.length;
	const twenty = (tool: string, args: Args) => Promise.all(Array.from({ length: 20 }, () => wire.call(tool, args)));
	for (const [index, { tool, args }] of TARGETS.entries()) {
		const confirm = await codeFrom(wire, at(TARGETS, index + 1));
		for (const answer of await twenty(tool, { ...args, confirm })) expectUndone(answer, tool);
	}
	for (const answer of await twenty(spent.tool, { ...spent.args, confirm: spentCode }))
		expectUndone(answer, spent.tool);
	expect(requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
});

const accept = (content: unknown) => ({ result: { action: 'accept', content } });

/** What comes back from a form that no person answered. */
const FORMS: readonly (() => Record<string, unknown>)[] = [
	() => ({ result: { action: 'decline' } }),
	() => ({ result: { action: 'cancel' } }),
	() => ({ result: { action: 'decline', content: { zone: ZONE } } }),
	() => ({ result: { action: 'cancel', content: { zone: ZONE } } }),
	() => ({ result: { action: 'accept' } }),
	() => ({ result: { action: 'ACCEPT', content: { zone: ZONE } } }),
	() => ({ result: { action: 'yes', content: { zone: ZONE } } }),
	() => ({ result: { action: true, content: { zone: ZONE } } }),
	() => ({ result: { action: ['accept'], content: { zone: ZONE } } }),
	() => ({ result: { content: { zone: ZONE } } }),
	() => ({ result: {} }),
	() => ({ result: json(`{"__proto__":{"action":"accept","content":{"zone":"${ZONE}"}}}`) }),
	() => ({ error: { code: -32_000, message: 'accept' } }),
	() => ({ error: { code: -32_601, message: ZONE, data: { action: 'accept', content: { zone: ZONE } } } }),
	() => accept(null),
	() => accept({}),
	() => accept(ZONE),
	() => accept([ZONE]),
	() => accept({ zone: null }),
	() => accept({ zone: true }),
	() => accept({ zone: 1 }),
	() => accept({ zone: [ZONE] }),
	() => accept({ zone: { zone: ZONE } }),
	() => accept({ zone: { toString: ZONE } }),
	() => accept({ Zone: ZONE }),
	() => accept({ name: ZONE }),
	() => accept({ 'zone ': ZONE }),
	() => accept({ confirm: true }),
	() => accept(json(`{"__proto__":{"zone":"${ZONE}"}}`)),
	() => accept(json(`{"constructor":{"prototype":{"zone":"${ZONE}"}}}`)),
	...[
		'',
		' ',
		'yes',
		'true',
		ZONE.toUpperCase(),
		`${ZONE} `,
		` ${ZONE}`,
		`${ZONE}.`,
		`${ZONE}\n`,
		`${ZONE}\u0000`,
		`${ZONE}\u200b`,
		`\ufeff${ZONE}`,
		ZONE.replace('e', '\u0435'),
		ZONE.replace('.', '\u3002'),
		`www.${ZONE}`,
		`https://${ZONE}`,
		`"${ZONE}"`,
		ZONE.slice(0, -1),
		`${ZONE}${ZONE}`,
		'example.edu',
		ZONE_IDS[ZONE] ?? '',
		ZONE.repeat(100_000),
		'__proto__',
		'undefined',
		'null',
		'*',
	].map((zone) => () => accept({ zone, note: ZONE, confirm: true })),
];

test('a thousand calls of a client with forms, with every kind of wrong answer, change nothing', async () => {
	const { sandbox, requests } = await startRecorder();
	let clock = 1_800_000_000_000;
	let shown = 0;
	let form: () => Record<string, unknown> = () => ({});
	const common = { upstream: sandbox.url, env: ENV, now: () => clock };
	const wire = await connectWire({
		...common,
		form: () => {
			shown++;
			return form();
		},
	});
	// The same secret, and no forms: its codes are good ones, but not where a form is to be answered.
	const sibling = await connectWire(common);
	// The answers hold this name, so that it must be the zone of every call.
	const targets = TARGETS.filter(({ args }) => args.zone === ZONE);
	const attacks: readonly ((target: Target, way: number) => Promise<Back>)[] = [
		({ tool, args }) => wire.call(tool, args),
		async ({ tool, args }) => wire.call(tool, { ...args, confirm: await codeFrom(sibling, { tool, args }) }),
		({ tool, args }) => wire.call(tool, { ...args, confirm: ZONE }),
		({ tool, args }, way) => wire.call(at(NAMES, way)(tool), args),
		({ tool, args }, way) => wire.call(tool, at(DISGUISES, way)(args)),
		(_, way) => wire.call(at(DETOURS, way).tool, at(DETOURS, way).args),
	];
	for (const { attack, target, other, way } of steps(2)) {
		form = at(FORMS, other);
		// Later each time, so that the form is shown again and not withheld.
		clock += 11 * 60_000;
		const one = at(targets, target);
		expectUndone(
			await at(attacks, attack)(one, way),
			`attack ${attack % attacks.length}, form ${other % FORMS.length}, ${one.tool}`,
		);
	}
	expect(shown).toBeGreaterThan(CALLS / 3);
	expect(requests.filter(isDestructive)).toEqual([]);
	expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('the destructive tools are those that are attacked here', () => {
	const destructive = OPERATIONS.filter(({ danger }) => danger === 'destroy').map(({ name }) => name);
	expect(new Set(TARGETS.map(({ tool }) => tool))).toEqual(new Set(destructive));
});

test.for(['constructor', 'toString', 'hasOwnProperty'])(
	'an argument named %s is unknown like any other, also as null',
	async (name) => {
		const { sandbox, requests } = await startRecorder();
		const { call } = await connectWire({ upstream: sandbox.url });
		const { text, isError } = await call('purge_everything', { ...json(`{"${name}":null}`), zone: ZONE });
		expect(isError, text).toBe(true);
		expect(text).toContain(`Unknown argument "${name}"`);
		expect(requests).toEqual([]);
	},
);
