/** Tests that every text, map and list of every tool has a size, and that more is refused before any work is done with it. */
import type * as Url from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { toHostname } from '../../src/base/identifiers.js';
import { entryLimitOf } from '../../src/operations/fields.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { inputOf } from '../../src/operations/input.js';
import { needsZone } from '../../src/operations/operation.js';
import { z } from '../../src/zod.js';
import { openSession, type Session, ZONE } from '../support/session.js';

/** Lengths of the texts that were mapped to ASCII, which takes time by the square of the length. */
const mapped: number[] = [];
beforeEach(() => void mapped.splice(0));
vi.mock('node:url', async (load) => {
	const real = await load<typeof Url>();
	const domainToASCII = (text: string) => {
		mapped.push(text.length);
		return real.domainToASCII(text);
	};
	return { ...real, domainToASCII };
});

type Path = readonly string[];

/** Yields every schema within a schema, with the keys that lead to it: `*` stands for any item or entry. */
function* walk(field: z.ZodTypeAny, path: Path = []): Generator<[path: Path, field: z.ZodTypeAny]> {
	yield [path, field];
	if (field instanceof z.ZodOptional) yield* walk(field.unwrap(), path);
	else if (field instanceof z.ZodEffects) yield* walk(field.innerType(), path);
	else if (field instanceof z.ZodArray) yield* walk(field.element, [...path, '*']);
	else if (field instanceof z.ZodRecord) {
		yield* walk(field.keySchema, [...path, 'key']);
		yield* walk(field.valueSchema, [...path, '*']);
	} else if (field instanceof z.ZodObject)
		for (const [name, inner] of Object.entries<z.ZodTypeAny>(field.shape)) yield* walk(inner, [...path, name]);
}

const all = OPERATIONS.flatMap((operation) =>
	[...walk(inputOf(operation, 'required'))].map(([path, field]) => ({ operation, path, at: path.join('.'), field })),
);
const strings = all.filter(({ field }) => field instanceof z.ZodString);
const maxOf = (field: z.ZodTypeAny) => (field as z.ZodString).maxLength ?? Number.POSITIVE_INFINITY;

describe('the schema of every tool', () => {
	test('is made of kinds whose size is checked here', () => {
		const known = [z.ZodOptional, z.ZodEffects, z.ZodArray, z.ZodRecord, z.ZodObject, z.ZodString];
		const sized = [z.ZodEnum, z.ZodNumber, z.ZodBoolean];
		const others = all.filter(({ field }) => ![...known, ...sized].some((kind) => field instanceof kind));
		expect(others.map(({ operation, at }) => `${operation.name} ${at}`)).toEqual([]);
	});

	test.for(strings)('limits the text of $operation.name $at', ({ operation, field }) => {
		// A whole snapshot holds up to 3,500 addresses.
		expect(maxOf(field)).toBeLessThanOrEqual(operation.name === 'cache_restore' ? 250_000 : 32_768);
	});

	test.for(all.filter(({ field }) => field instanceof z.ZodRecord))(
		'limits the entries of $operation.name $at',
		({ field }) => {
			expect(entryLimitOf(field)).toBeLessThanOrEqual(50);
		},
	);

	test.for(all.filter(({ field, path }) => field instanceof z.ZodArray && path.length > 1))(
		'limits the items of $operation.name $at, a list within a value',
		({ field }) => {
			expect((field as z.ZodArray<z.ZodTypeAny>)._def.maxLength?.value).toBeLessThanOrEqual(20);
		},
	);
});

describe('a call', () => {
	let session: Session;
	beforeAll(async () => {
		session = await openSession({ until: afterAll });
	});

	/** The value that puts `text` at the path. */
	const place = ([key, ...rest]: Path, text: string): unknown => {
		if (key === undefined) return text;
		if (key === 'key') return { [text]: '1' };
		if (key !== '*') return { [key]: place(rest, text) };
		return [place(rest, text)];
	};

	const expectRefusal = async (tool: string, args: Record<string, unknown>, says: string) => {
		const { text, isError } = await session.call(tool, args);
		expect(isError, text).toBe(true);
		expect(text).toContain(says);
		// The text that is too long is shown by its beginning only.
		expect(text.length).toBeLessThan(2_000);
		expect(session.requests).toEqual([]);
	};

	test.for(strings.filter(({ path }) => !path.includes('headers') && !path.includes('value')))(
		'of $operation.name with one character too many in $at is refused, and sends nothing',
		async ({ operation, path, field }) => {
			const max = maxOf(field);
			const tooLong = place(path, 'a'.repeat(max + 1)) as object;
			const args = { ...(needsZone(operation) && { zone: ZONE }), ...operation.example, ...tooLong };
			await expectRefusal(operation.name, args, `is longer than ${max.toLocaleString('en-US')} characters`);
		},
	);

	test.for([
		['tags', 1_024],
		['urls', 32_768],
		['prefixes', 32_768],
		['hosts', 253],
	] as const)('with one %s too long at the end of 3,000 is refused, and sends nothing', async ([kind, max]) => {
		const good = { tags: 'a', urls: `https://${ZONE}/`, prefixes: `${ZONE}/a`, hosts: `www.${ZONE}` }[kind];
		const items = [...Array(3_000).fill(good), `${good}${'a'.repeat(max)}`];
		await expectRefusal(
			'purge_cache',
			{ zone: ZONE, [kind]: items },
			`${kind}[3000] is longer than ${max.toLocaleString('en-US')} characters`,
		);
	});

	const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, '1']));
	const file = (headers: unknown) => ({ zone: ZONE, files: [{ url: 'https://example.com/', headers }] });
	const variants = (value: unknown) => ({ zone: ZONE, mode: 'merge', value });

	test.for<readonly [what: string, tool: string, args: Record<string, unknown>, says: string]>([
		['51 headers', 'purge_cache', file(names(51)), 'files[0].headers has 51 names; at most 50 are allowed.'],
		['51 headers as JSON text', 'purge_cache', file(JSON.stringify(names(51))), 'files[0].headers has 51 names'],
		['100,000 headers', 'purge_cache', file(names(100_000)), 'files[0].headers has 100,000 names'],
		['a header of 8,193 characters', 'purge_cache', file({ a: 'b'.repeat(8_193) }), 'is longer than 8,192 characters'],
		[
			'a header name of 257 characters',
			'purge_cache',
			file({ ['a'.repeat(257)]: 'b' }),
			'is longer than 256 characters',
		],
		['12 extensions', 'variants_edit', variants(names(12)), 'value has 12 names; at most 11 are allowed.'],
		[
			'21 types of an extension',
			'variants_edit',
			variants({ jpeg: Array(21).fill('image/webp') }),
			'value.jpeg has 21 items; at most 20 are allowed.',
		],
		['a type of 65 characters', 'variants_edit', variants({ jpeg: [`image/${'a'.repeat(59)}`] }), 'longer than 64'],
		['41 arguments', 'cache_reserve_get', names(41), 'The arguments have 41 names; at most 40 are allowed.'],
		['100,000 arguments', 'purge_cache', { zone: ZONE, ...names(100_000) }, 'The arguments have 100,001 names'],
		[
			'a file of 41 names',
			'purge_cache',
			{ zone: ZONE, files: [{ url: 'https://example.com/', ...names(40) }] },
			'files[0] has 41 names; at most 40 are allowed.',
		],
		[
			'100,001 tags',
			'purge_cache',
			{ zone: ZONE, tags: Array(100_001).fill('a') },
			'100,001 items exceed the limit of 100,000 per call.',
		],
	])('with %s is refused, and sends nothing', ([, tool, args, says]) => expectRefusal(tool, args, says));

	const hostile = `e${'\u0301\u0323'.repeat(75_000)}.example.com`;

	test.for<readonly [what: string, args: Record<string, unknown>]>([
		['the zone', { zone: hostile, tags: ['a'] }],
		['a zone of the longest text', { zone: hostile.slice(-2_048), tags: ['a'] }],
		['a host', { zone: ZONE, hosts: [hostile] }],
		['a prefix', { zone: ZONE, prefixes: [`${hostile.slice(-32_000)}/a`] }],
		['a URL', { zone: ZONE, urls: [`https://${hostile.slice(-32_000)}/a`] }],
		['a file', { zone: ZONE, files: [{ url: `https://${hostile.slice(-32_000)}/a` }] }],
		['a list of prefixes in one text', { zone: ZONE, prefixes: [`a.example.com/${',\u0301\u0323.b'.repeat(6_000)}"`] }],
	])('with a host name of combining marks as %s maps no text longer than a host name', async ([, args]) => {
		await session.call('purge_cache', args);
		expect(mapped.filter((length) => length > 253)).toEqual([]);
		expect(mapped.length).toBeLessThan(10);
		expect(session.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	});
});

describe('toHostname', () => {
	test('refuses 254 characters without mapping them, also where mapping would make them fewer', () => {
		expect(toHostname(`${'\u00ad'.repeat(243)}example.com`)).toBeUndefined();
		expect(mapped).toEqual([]);
	});

	test('takes 253 characters, and a dot at the end', () => {
		const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
		expect(longest).toHaveLength(253);
		expect(toHostname(longest)).toBe(longest);
		expect(toHostname(`${longest}.`)).toBe(longest);
		expect(toHostname(`${longest}e`)).toBeUndefined();
	});
});
