/** Defines fields that several operations share. Each enforces its format, and its message tells what to write instead. */
import ipaddr from 'ipaddr.js';
import { isEnvironmentId } from '../base/identifiers.js';
import { z } from '../zod.js';
import { formatNumber } from './wording.js';

/** The canonical value, or what is wrong with it and what to write instead. */
export type Normalized = { value: string } | { problem: string };

/** Checks one string and brings it into its canonical form. */
type Normalize = (value: string) => Normalized;

/** The normalizer of each field of {@link text}. */
const normalizers = new WeakMap<z.ZodTypeAny, Normalize>();

/** The most entries of each field of {@link map}. */
const entryLimits = new WeakMap<z.ZodTypeAny, number>();

/** The field that a text stands for, of each field of {@link shorthand}. */
const shorthands = new WeakMap<z.ZodTypeAny, string>();

/** Ids, codes, handles and other short texts of a fixed form. */
export const MAX_ID_CHARACTERS = 64;

/** A string field of at most `max` UTF-16 code units. Every string of an input is one: a longer text costs no further work. */
export function bounded(max: number) {
	return z.string().max(max);
}

/** What is wrong with a text of more than `max` characters. */
export function describeTooLong(max: number | bigint): string {
	return `is longer than ${formatNumber(Number(max))} characters`;
}

/** A {@link bounded} string field that is trimmed, checked and made canonical by `normalize`. */
export function text(max: number, normalize: Normalize) {
	const field = bounded(max).transform((value, context) => {
		const normalized = normalize(value.trim());
		if ('value' in normalized) return normalized.value;
		context.addIssue({ code: 'custom', message: normalized.problem });
		return z.NEVER;
	});
	normalizers.set(field, (value) => (value.length > max ? { problem: describeTooLong(max) } : normalize(value.trim())));
	return field;
}

/** The normalizer of a field of {@link text}, so that long lists can be checked without zod's cost for each item. */
export const normalizerOf = (field: z.ZodTypeAny): Normalize | undefined => normalizers.get(field);

/** A list field with at least one item. */
export function list<Item extends z.ZodTypeAny>(item: Item) {
	return z.array(item).superRefine((items, context) => {
		if (items.length === 0)
			context.addIssue({ code: 'custom', message: 'is empty: leave it out or give at least one item' });
	});
}

/** A list in an answer. Null and absence read as an empty list, and a row of another form never hides the other rows. */
export function rows<Row extends z.ZodTypeAny>(row: Row) {
	return z.preprocess(
		(value) => (Array.isArray(value) ? value.filter((one) => row.safeParse(one).success) : (value ?? [])),
		z.array(row),
	);
}

/** A field that maps names to values, with at most `max` entries. They are counted before any of them is checked. */
export function map<Key extends z.KeySchema, Value extends z.ZodTypeAny>(
	max: number,
	{ key, value, description }: { key: Key; value: Value; description: string },
) {
	const field = z.record(key, value).describe(description);
	entryLimits.set(field, max);
	return field;
}

/** The most entries of a field of {@link map}. */
export const entryLimitOf = (field: z.ZodTypeAny): number | undefined => entryLimits.get(field);

/** An object field for which a plain text may stand: the text is then the value of `key`. */
export function shorthand<Field extends z.AnyZodObject>(field: Field, key: keyof Field['shape'] & string): Field {
	shorthands.set(field, key);
	return field;
}

/** The key that a plain text gives the value of, of a field of {@link shorthand}. */
export const shorthandOf = (field: z.ZodTypeAny): string | undefined => shorthands.get(field);

/** `on` or `off`, the values of Cloudflare's switches. */
export const onOff = z.enum(['on', 'off']).describe('New state: on or off');

/** Longest name of an environment that is looked for. */
const MAX_ENVIRONMENT_CHARACTERS = 100;

/** The field of an environment: its name, or its id of 1 to 32 hexadecimal characters, in lower case. */
export const environment = text(MAX_ENVIRONMENT_CHARACTERS, (value) => {
	if (value === '') return { problem: 'must be the name of an environment, or its `ref` in environments_list' };
	return { value: isEnvironmentId(value.toLowerCase()) ? value.toLowerCase() : value };
}).describe('Name or `ref`');

/**
 * An address in plain dotted or colon form, made canonical (RFC 5952). Stricter than ipaddr.js, which also reads `1.2.3`,
 * `0x7f000001` and `2130706433` as addresses.
 */
function normalizeIp(value: string): Normalized {
	const problem = 'must be one plain IPv4 or IPv6 address, such as 192.0.2.1 or 2001:db8::1 (no range, name or port)';
	if (ipaddr.IPv4.isValidFourPartDecimal(value)) return { value };
	if (!/^[0-9a-f:.]+$/i.test(value) || !value.includes(':') || !ipaddr.IPv6.isValid(value)) return { problem };
	const address = ipaddr.IPv6.parse(value);
	if (address.isIPv4MappedAddress())
		return { problem: `is an IPv4 address in IPv6 form: write ${address.toIPv4Address()}` };
	return { value: address.toRFC5952String() };
}

/** The address in the form of {@link ip}, or the text itself where it is none. */
export function canonicalIp(value: string): string {
	const normalized = normalizeIp(value);
	return 'value' in normalized ? normalized.value : value;
}

/** The field of an address. */
export const ip = text(MAX_ID_CHARACTERS, normalizeIp);

/** The field of an origin server's address. */
export const originIp = ip.describe('IPv4 or IPv6 address of the origin, no range, e.g. 192.0.2.1');
