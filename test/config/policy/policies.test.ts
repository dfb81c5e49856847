/** The policy file is parsed strictly: whatever it says amiss is refused in one line that names the place. */
import { describe, expect, test } from 'vitest';
import { type PolicyFacts, parsePolicies } from '../../../src/config/policy/policies.js';
import { ConfigError } from '../../../src/errors.js';

const HASH = 'ab'.repeat(32);
const HASH_2 = 'cd'.repeat(32);
const ID = '0123456789abcdef'.repeat(2);
const TOKEN = 'own-token_of-the-principal';

const facts: PolicyFacts = {
	mode: 'tokens',
	tools: ['purge_cache', 'zones_list', 'purge_everything'],
	readVariable: (name) => ({ CI_TOKEN: `${TOKEN}\n`, SPACED: 'not a token', HELD: '$' + '{input:token}' })[name],
	readToken: (path, field) => {
		if (path === '/run/token') return `${TOKEN}\n`;
		if (path === '/run/empty') return '\n';
		throw new ConfigError(`${field} cannot be read (ENOENT)`);
	},
};

const parse = (file: unknown, more: Partial<PolicyFacts> = {}) =>
	parsePolicies(JSON.stringify(file), { ...facts, ...more });
const one = (fields: object) => ({ principals: [{ name: 'ci', sha256: [HASH], ...fields }] });

describe('a policy file', () => {
	test('gives each principal what its entry says, in the forms in which the flags are kept', () => {
		const limits = {
			toolsets: ['purge', 'zone'],
			tools: ['purge_cache', 'zones_list'],
			exclude_tools: ['purge_everything'],
			read_only: true,
			zones: ['Example.com', `shop.example=${ID}`, ID],
			zone: 'example.com',
			confirm: 'code',
		};
		expect(parse(one({ sha256: [HASH.toUpperCase(), HASH_2], subjects: ['user|1'], ...limits }))).toEqual({
			principals: [
				{
					name: 'ci',
					hashes: [HASH, HASH_2],
					subjects: ['user|1'],
					policy: {
						scope: {
							toolsets: ['purge', 'zone'],
							tools: ['purge_cache', 'zones_list'],
							excludeTools: ['purge_everything'],
							readOnly: true,
						},
						zones: [{ name: 'example.com' }, { name: 'shop.example', id: ID }, { id: ID }],
						zone: 'example.com',
						confirm: 'code',
					},
				},
			],
		});
	});

	test('blocks destructive tools where an entry or the default does not say how consent is obtained', () => {
		const file = { principals: [{ name: 'a', subjects: ['1'] }], default: {} };
		const { principals, fallback } = parse(file, { mode: 'oauth' });
		expect([principals[0]?.policy.confirm, fallback?.policy.confirm]).toEqual(['block', 'block']);
	});

	test('may have one field in each of several objects, and texts that look like fields', () => {
		const [first, second] = ['a', 'b'].map((name) => ({ name, subjects: [name, `"name": {${name}`] }));
		expect(parse({ principals: [first, second] }, { mode: 'oauth' }).principals).toHaveLength(2);
	});

	test.each([
		['token_env', 'CI_TOKEN'],
		['token_file', '/run/token'],
	])('takes the own token of a principal from %s', (field, place) => {
		const { principals } = parse(one({ [field]: place }));
		expect(principals[0]?.credential).toEqual({ kind: 'token', token: TOKEN });
	});

	test('may begin with a byte order mark', () => {
		expect(parsePolicies(`\ufeff${JSON.stringify(one({}))}`, facts).principals).toHaveLength(1);
	});

	test('may have a default alone where callers sign in elsewhere', () => {
		const { principals, fallback } = parse({ principals: [], default: { read_only: true } }, { mode: 'cloudflare' });
		expect([principals, fallback?.policy.scope?.readOnly]).toEqual([[], true]);
	});
});

describe('a policy file is refused', () => {
	test.each<[string, string]>([
		['{"principals": [\n{"name": "ci",}]}', 'the file is not valid JSON (line 2)'],
		['', 'the file is not valid JSON'],
		['[]', 'the file must be a JSON object'],
		['{}', 'the file must have a list of principals'],
		['{"principals": {}}', 'the file must have a list of principals'],
		[
			'{"principals": [], "defaults": {}}',
			'the file has the unknown field "defaults"; there are principals and default',
		],
		['{"principals": []}', 'the file names no principal, so every call would be refused'],
		['{"principals": [1]}', 'principals[0] must be an object'],
		['{"principals": [1], "principals": []}', 'the file has an object with the field "principals" twice'],
		[
			`{"principals": [{"name": "a{", "read_only": true, "zones": ["\\"}"], "read_\\u006fnly" : false}]}`,
			'the file has an object with the field "read_only" twice',
		],
	])('that holds %s', (text, message) => {
		expect(() => parsePolicies(text, facts)).toThrow(new Error(message));
	});

	test.each<[object, string]>([
		[{ name: undefined }, 'principals[0] needs a name'],
		[{ name: 'a b' }, 'principals[0].name must be a name of at most 64 letters, digits and the characters . _ @ -'],
		[{ sha256: undefined }, 'principals[0] needs sha256: without it, --auth tokens matches no caller to it'],
		[{ sha256: HASH }, 'principals[0].sha256 must be a list of at least one text'],
		[{ sha256: [] }, 'principals[0].sha256 must be a list of at least one text'],
		[{ sha256: ['a-raw-token'] }, 'principals[0].sha256 must have SHA-256 sums of 64 hexadecimal digits'],
		[{ sha256: [HASH, HASH] }, 'principals[0].sha256 has an item twice'],
		[{ subjects: [''] }, 'principals[0].subjects must have texts of 1 to 255 characters'],
		[{ zoness: [] }, 'principals[0] has the unknown field "zoness". Did you mean "zones"?'],
		[{ zones: [] }, 'principals[0].zones must be a list of at least one text'],
		[{ zones: 'example.com' }, 'principals[0].zones must be a list of at least one text'],
		[{ zones: ['com'] }, 'principals[0].zones has "com", which is neither a domain name nor a zone id'],
		[{ zones: ['example.com'], zone: 'example.org' }, 'principals[0].zone is not among its zones'],
		[{ zone: 'com' }, 'principals[0].zone is "com", which is neither a domain name nor a zone id'],
		[{ tools: ['zone_list'] }, 'principals[0].tools has no tool "zone_list". Did you mean "zones_list"?'],
		[{ exclude_tools: ['x'] }, 'principals[0].exclude_tools has no tool "x".'],
		[
			{ toolsets: ['purges'] },
			'principals[0].toolsets has no "purges"; there are purge, reserve, tiered, variants, regions, zone. Did you mean "purge"?',
		],
		[{ read_only: 'true' }, 'principals[0].read_only must be true or false'],
		[{ confirm: 'off' }, 'principals[0].confirm must be one of ask, code, block'],
		[{ token_env: 'MISSING' }, 'principals[0].token_env names a variable that is not set'],
		[{ token_file: '/run/empty' }, 'principals[0].token_file names an empty file'],
		[{ token_file: '/run/missing' }, 'principals[0].token_file cannot be read (ENOENT)'],
		[
			{ token_env: 'CI_TOKEN', token_file: '/run/token' },
			'principals[0] has token_env and token_file, which exclude each other',
		],
		[
			{ token_env: 'SPACED' },
			'the value of principals[0].token_env is not a token: a token has only letters, digits, _ and -',
		],
		[
			{ token_env: 'HELD' },
			'principals[0].token_env still holds a placeholder, such as $' + '{…} or op://…, that was not filled in',
		],
	])('whose entry has %o', (fields, message) => {
		expect(() => parse(one(fields))).toThrow(new Error(message));
	});

	test.each<[string, object, object, string]>([
		['name', { name: 'a', sha256: [HASH] }, { name: 'a', sha256: [HASH_2] }, 'name'],
		['token', { name: 'a', sha256: [HASH] }, { name: 'b', sha256: [HASH_2, HASH] }, 'sha256'],
		[
			'subject',
			{ name: 'a', sha256: [HASH], subjects: ['x'] },
			{ name: 'b', sha256: [HASH_2], subjects: ['x'] },
			'subjects',
		],
	])('in which two principals have one %s', (_, first, second, field) => {
		expect(() => parse({ principals: [first, second] })).toThrow(
			new Error(`principals[0] and principals[1] share a value of ${field}`),
		);
	});

	test('that has a default where every token has an entry', () => {
		expect(() => parse({ ...one({}), default: {} })).toThrow(
			new Error('--auth tokens does not use a default: each token belongs to a principal'),
		);
	});

	test.each(['name', 'sha256', 'subjects'])('whose default has the field %s', (field) => {
		expect(() => parse({ principals: [], default: { [field]: ['x'] } }, { mode: 'oauth' })).toThrow(
			new Error(`default has the unknown field "${field}".`),
		);
	});

	test('that names a token where each caller brings its own', () => {
		expect(() => parse(one({ token_env: 'CI_TOKEN' }), { mode: 'cloudflare' })).toThrow(
			new Error('principals[0] names a token, but with --auth cloudflare each caller brings its own'),
		);
	});

	test('whose entry has no subject where callers sign in by OAuth', () => {
		expect(() => parse(one({}), { mode: 'oauth' })).toThrow(
			new Error('principals[0] needs subjects: without it, --auth oauth matches no caller to it'),
		);
	});

	test('without repeating what may be a token by mistake', () => {
		for (const field of ['sha256', 'token_env', 'token_file'])
			expect(() => parse(one({ [field]: field === 'sha256' ? [TOKEN] : TOKEN }))).toThrow(
				expect.not.objectContaining({ message: expect.stringContaining(TOKEN) }),
			);
	});
});
