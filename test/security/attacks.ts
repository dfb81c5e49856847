/** Named attacks of a client that wants a destructive effect without consent. */
import { ZONE_IDS } from './effects.js';

export const ZONE = 'example.com';
const STAGING = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const OFFICE = 'c1b2c3d4e5f60718293a4b5c6d7e';

type Args = Record<string, unknown>;

/** A call. */
export interface Target {
	readonly tool: string;
	readonly args: Args;
}

/** Attacks by name. */
type Named<Attack> = Readonly<Record<string, Attack>>;

/** Calls whose effects need consent; each two of them differ in tool, zone, environment or arguments. */
export const TARGETS: readonly Target[] = [
	...[ZONE, 'example.net', 'example.org'].flatMap((zone) => [
		{ tool: 'purge_everything', args: { zone } },
		{ tool: 'invalidate_everything', args: { zone } },
		{ tool: 'origin_cloud_regions_bulk_delete', args: { zone, origin_ips: ['192.0.2.1'] } },
		{ tool: 'origin_cloud_regions_bulk_delete', args: { zone, origin_ips: ['192.0.2.1', '192.0.2.2'] } },
	]),
	// Its subscription is needed, and only this zone has it.
	{ tool: 'cache_reserve_clear', args: { zone: ZONE } },
	{
		tool: 'cache_restore',
		args: {
			zone: ZONE,
			snapshot: {
				zone: { id: ZONE_IDS[ZONE], name: ZONE },
				taken: '2026-03-01T12:00:00Z',
				settings: { cache_reserve: 'on' },
			},
		},
	},
	...[STAGING, OFFICE].flatMap((environment_id) => [
		{ tool: 'purge_environment_everything', args: { zone: ZONE, environment_id } },
		{ tool: 'invalidate_everything', args: { zone: ZONE, environment_id } },
		{ tool: 'purge_environment', args: { zone: ZONE, environment_id, hosts: [ZONE] } },
	]),
	...['purge_cache', 'invalidate_cache'].flatMap((tool) => [
		{ tool, args: { zone: ZONE, hosts: [ZONE] } },
		{ tool, args: { zone: ZONE, hosts: [`www.${ZONE}`], tags: ['a'] } },
		{ tool, args: { zone: ZONE, prefixes: [ZONE] } },
		{ tool, args: { zone: ZONE, prefixes: [`${ZONE}/`] } },
	]),
];

/** The part of a code before the first hyphen, which holds when it ends, and the rest. */
const split = (code: string): [stamp: string, mac: string] => {
	const hyphen = code.indexOf('-');
	return [code.slice(0, hyphen), code.slice(hyphen + 1)];
};

/** The code with its end `seconds` later. */
const prolong = (code: string, seconds: number) => {
	const [stamp, mac] = split(code);
	return `${(Number.parseInt(stamp, 36) + seconds).toString(36)}-${mac}`;
};

const percentEncode = (text: string) => [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('');

/** Values for `confirm`, made of the good code and that of another call. */
export const WRONG_CODES: Named<(good: string, other: string) => unknown> = {
	'in upper case': (good) => good.toUpperCase(),
	'in base64': (good) => Buffer.from(good).toString('base64'),
	'in hexadecimal': (good) => Buffer.from(good).toString('hex'),
	'percent-encoded': (good) => percentEncode(good),
	'with a percent-encoded hyphen': (good) => good.replace('-', '%2D'),
	'with a zero-width space': (good) => `${good.slice(0, 9)}\u200b${good.slice(9)}`,
	'with word joiners': (good) => [...good].join('\u2060'),
	'with another hyphen': (good) => good.replace('-', '\u2010'),
	'without its last character': (good) => good.slice(0, -1),
	'without its first character': (good) => good.slice(1),
	'without its signature': (good) => good.slice(0, 7),
	'without its time': (good) => good.slice(7),
	'with a character more': (good) => `${good}A`,
	'with an equals sign': (good) => `${good}=`,
	'twice in one': (good) => good + good,
	'on two lines': (good) => `${good}\n${good}`,
	'in quotes': (good) => `"${good}"`,
	'with its name': (good) => `confirm: ${good}`,
	'as JSON': (good) => JSON.stringify({ confirm: good }),
	'written backwards': (good) => [...good].reverse().join(''),
	'that ends a second later': (good) => prolong(good, 1),
	'that ends a second earlier': (good) => prolong(good, -1),
	'that ends a day later': (good) => prolong(good, 86_400),
	"with another call's signature": (good, other) => `${split(good)[0]}-${split(other)[1]}`,
	'in a list': (good) => [good],
	'in an object': (good) => ({ code: good }),
	'as the toString of an object': (good) => ({ toString: good }),
	'of another call': (_, other) => other,
	'that is true': () => true,
	'that is the number 1': () => 1,
	'that is empty': () => '',
	'that is the text yes': () => 'yes',
	'that is the text true': () => 'true',
	'that is the zone name': () => ZONE,
	'that is __proto__': () => '__proto__',
	'that is an asterisk': () => '*',
	'of 100,000 characters': () => 'x'.repeat(100_000),
	'of the right form': () => `s44we8-${'A'.repeat(22)}`,
};

/** Names that are nearly those of the tools. */
export const TOOL_NAMES: Named<(name: string) => unknown> = {
	'in upper case': (name) => name.toUpperCase(),
	'after a space': (name) => ` ${name}`,
	'before a space': (name) => `${name} `,
	'before a zero-width space': (name) => `${name}\u200b`,
	'before a null character': (name) => `${name}\u0000`,
	'with a Cyrillic letter': (name) => name.replace('e', '\u0435'),
	'with hyphens': (name) => name.replaceAll('_', '-'),
	'with dots': (name) => name.replaceAll('_', '.'),
	'with a wide letter': (name) => name.normalize('NFKD').replace('a', '\uff41'),
	'with a prefix': (name) => `cloudflare:${name}`,
	'as a path': (name) => `../${name}`,
	'in a list': (name) => [name],
	'in an object': (name) => ({ name }),
	'that is __proto__': () => '__proto__',
	'that is constructor': () => 'constructor',
	'that is toString': () => 'toString',
	'that is hasOwnProperty': () => 'hasOwnProperty',
	'that is empty': () => '',
	'that is null': () => null,
	'that is a number': () => 7,
};

/** An object with members that a literal cannot have. */
const fromJson = (text: string) => JSON.parse(text) as Args;

/** Arguments that say more than they may. */
export const DISGUISES: Named<(args: Args) => unknown> = {
	'dry_run as the text false': (args) => ({ ...args, dry_run: 'false' }),
	'dry_run false and confirm null': (args) => ({ ...args, dry_run: false, confirm: null }),
	'dry_run as the text no': (args) => ({ ...args, dry_run: 'no' }),
	'dry_run as the number 0': (args) => ({ ...args, dry_run: 0 }),
	force: (args) => ({ ...args, force: true }),
	'confirmed and yes': (args) => ({ ...args, confirmed: true, yes: true }),
	'confirm true and dry_run true': (args) => ({ ...args, confirm: true, dry_run: true }),
	'a constructor of null': (args) => ({ ...args, constructor: null }),
	'confirm in toString': (args) => ({ ...args, ...fromJson('{"toString":{"confirm":true}}') }),
	'confirm in __proto__': (args) => Object.assign(fromJson('{"__proto__":{"confirm":"yes","dry_run":false}}'), args),
	'confirm in a prototype': (args) => Object.assign(fromJson('{"constructor":{"prototype":{"confirm":"yes"}}}'), args),
	'all of them as text': (args) => JSON.stringify(args),
	'all of them in a list': (args) => [args],
	'confirm in the zone': (args) => ({ ...args, zone: JSON.stringify({ zone: args.zone, confirm: true }) }),
	'a list of zones': (args) => ({ ...args, zone: [args.zone] }),
	'a path in the zone': (args) => ({ ...args, zone: `${ZONE_IDS[ZONE]}/purge_cache` }),
	'an operator in the zone': (args) => ({ ...args, zone: `contains:${ZONE}` }),
	'a query as the zone': (args) => ({ ...args, zone: { $ne: '' } }),
	'all of them one level down': (args) => ({ arguments: args }),
	'a list as text': (args) => ({ ...args, origin_ips: '["192.0.2.1"]', confirm: 'undefined' }),
};

/** Calls of tools that need no consent, for an effect that does. */
export const DETOURS: Named<Target> = {
	'purge_everything alone': { tool: 'purge_cache', args: { zone: ZONE, purge_everything: true } },
	'purge_everything beside tags': { tool: 'purge_cache', args: { zone: ZONE, tags: ['a'], purge_everything: true } },
	'purge_everything in a file': {
		tool: 'purge_cache',
		args: { zone: ZONE, files: [{ url: `https://${ZONE}/`, purge_everything: true }] },
	},
	'purge_everything as text': { tool: 'purge_cache', args: { zone: ZONE, urls: '{"purge_everything":true}' } },
	'every host': { tool: 'purge_cache', args: { zone: ZONE, hosts: ['*'] } },
	'every prefix': { tool: 'purge_cache', args: { zone: ZONE, prefixes: ['*'] } },
	'every URL': { tool: 'purge_cache', args: { zone: ZONE, urls: [`https://${ZONE}/*`] } },
	'a path up from the environment': {
		tool: 'purge_environment',
		args: { zone: ZONE, environment_id: '..', tags: ['a'] },
	},
	'a path up from an environment that exists': {
		tool: 'purge_environment',
		args: { zone: ZONE, environment_id: `${STAGING}/../../`, tags: ['a'] },
	},
	'purge_everything to invalidate_cache': { tool: 'invalidate_cache', args: { zone: ZONE, purge_everything: true } },
	'batch as an address': { tool: 'origin_cloud_regions_delete', args: { zone: ZONE, origin_ip: 'batch' } },
	'an encoded batch as an address': {
		tool: 'origin_cloud_regions_delete',
		args: { zone: ZONE, origin_ip: '%62atch' },
	},
	'a path to batch as an address': {
		tool: 'origin_cloud_regions_delete',
		args: { zone: ZONE, origin_ip: '../cloud_regions/batch' },
	},
	'clear as a value': { tool: 'cache_reserve_edit', args: { zone: ZONE, value: 'clear' } },
	'purge_everything as a variant': {
		tool: 'variants_edit',
		args: { zone: ZONE, mode: 'merge', value: { purge_everything: true } },
	},
};

/** The members of an answer to a form. */
type FormMembers = Record<string, unknown>;

const answer = (action: unknown, content?: unknown): FormMembers => ({ result: { action, content } });
const accept = (content: unknown) => answer('accept', content);

/** Texts that are not the zone name. */
const WRONG_TEXTS: Named<string> = {
	'the empty text': '',
	'a space': ' ',
	'the text yes': 'yes',
	'the text true': 'true',
	'the zone name with a dot': `${ZONE}.`,
	'the zone name with a null character': `${ZONE}\u0000`,
	'the zone name with a zero-width space': `${ZONE}\u200b`,
	'the zone name with a Cyrillic letter': ZONE.replace('e', '\u0435'),
	'the zone name with an ideographic dot': ZONE.replace('.', '\u3002'),
	'a subdomain': `www.${ZONE}`,
	'a URL': `https://${ZONE}`,
	'the zone name in quotes': `"${ZONE}"`,
	'the zone name cut off': ZONE.slice(0, -1),
	'the zone name twice': `${ZONE}${ZONE}`,
	'another name': 'example.edu',
	'the zone id': ZONE_IDS[ZONE] ?? '',
	'the zone name 100,000 times': ZONE.repeat(100_000),
	'the text __proto__': '__proto__',
	'the text undefined': 'undefined',
	'the text null': 'null',
	'an asterisk': '*',
};

/** Answers to a form of the zone that are no consent. */
export const FORMS: Named<FormMembers> = {
	decline: answer('decline'),
	cancel: answer('cancel'),
	'decline with the zone name': answer('decline', { zone: ZONE }),
	'cancel with the zone name': answer('cancel', { zone: ZONE }),
	'accept without content': answer('accept'),
	'ACCEPT in upper case': answer('ACCEPT', { zone: ZONE }),
	'yes in place of accept': answer('yes', { zone: ZONE }),
	'true in place of accept': answer(true, { zone: ZONE }),
	'a list in place of accept': answer(['accept'], { zone: ZONE }),
	'no action': answer(undefined, { zone: ZONE }),
	'an empty result': { result: {} },
	'an action in __proto__': {
		result: fromJson(`{"__proto__":{"action":"accept","content":{"zone":"${ZONE}"}}}`),
	},
	'an error that says accept': { error: { code: -32_000, message: 'accept' } },
	'an error with the zone name': {
		error: { code: -32_601, message: ZONE, data: { action: 'accept', content: { zone: ZONE } } },
	},
	'null as content': accept(null),
	'empty content': accept({}),
	'the zone name as content': accept(ZONE),
	'a list as content': accept([ZONE]),
	'null as the zone': accept({ zone: null }),
	'true as the zone': accept({ zone: true }),
	'a number as the zone': accept({ zone: 1 }),
	'a list as the zone': accept({ zone: [ZONE] }),
	'an object as the zone': accept({ zone: { zone: ZONE } }),
	'an object with a toString as the zone': accept({ zone: { toString: ZONE } }),
	'a field in upper case': accept({ Zone: ZONE }),
	'a field of another name': accept({ name: ZONE }),
	'a field that ends with a space': accept({ 'zone ': ZONE }),
	'confirm true': accept({ confirm: true }),
	'a zone in __proto__': accept(fromJson(`{"__proto__":{"zone":"${ZONE}"}}`)),
	'a zone in a prototype': accept(fromJson(`{"constructor":{"prototype":{"zone":"${ZONE}"}}}`)),
	...Object.fromEntries(
		Object.entries(WRONG_TEXTS).map(([name, zone]) => [`${name}, typed`, accept({ zone, note: ZONE, confirm: true })]),
	),
};
