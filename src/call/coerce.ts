/** Coerces what models really send into the types that a schema expects. */
import { isObject } from '../base/json.js';
import { showExtension } from '../base/sanitize.js';
import { ArgumentError } from '../errors.js';
import { entryLimitOf, shorthandOf } from '../operations/fields.js';
import { unwrapField } from '../operations/input.js';
import { formatNumber } from '../operations/wording.js';
import { z } from '../zod.js';
import { refuseLongCall } from './plan/plan.js';

/** What to do about arguments that cannot be used. */
export const ADVICE = 'Correct the arguments and call again.';

/** Longer lists are checked in slices, so that other calls and cancellations are handled in between. */
const MAX_ITEMS_AT_ONCE = 2_000;

/** Whether a list is coerced and checked in slices. */
export function isLong(list: readonly unknown[]): boolean {
	return list.length > MAX_ITEMS_AT_ONCE;
}

/** Names of arguments of one object: no tool has as many, and unknown ones are refused by name. */
const MAX_NAMES = 40;

/** Where a value stands within the arguments, and what its absence would mean. */
interface Place {
	/** `files[0].headers`; empty for the arguments as a whole. */
	readonly path: string;
	/** Whether an optional field stays when it is empty, because the effect of the call would be wider without it. */
	isNarrowing?(name: string): boolean;
}

/**
 * The value with null fields and empty optional fields left out, JSON text parsed where a list or object is expected, and
 * numbers, booleans and enum values read from text. Items of long lists stay as they are. Throws an ArgumentError for lists and
 * objects with too many entries, before any of them is looked at.
 */
export function coerce(schema: z.ZodTypeAny, value: unknown, place: Place): unknown {
	const field = unwrapField(schema);
	if (field instanceof z.ZodArray) {
		const list = typeof value === 'string' ? parseJson(value, Array.isArray) : value;
		return Array.isArray(list) ? coerceList(field, list, place) : list;
	}
	if (field instanceof z.ZodObject || field instanceof z.ZodRecord) {
		const object = typeof value === 'string' ? parseObject(field, value) : value;
		return isObject(object) ? coerceFields(field, object, place) : object;
	}
	return typeof value === 'string' ? coerceWord(field, value) : value;
}

function coerceList(field: z.ZodArray<z.ZodTypeAny>, list: readonly unknown[], { path }: Place): readonly unknown[] {
	const max = field._def.maxLength?.value;
	if (max === undefined) refuseLongCall(list.length);
	else if (list.length > max) throw tooMany(path, list.length, 'items', max);
	return isLong(list) ? list : list.map((item, at) => coerce(field.element, item, { path: `${path}[${at}]` }));
}

/** The object of a JSON text, or the object that a plain text stands for. */
function parseObject(field: z.ZodTypeAny, text: string): unknown {
	const key = shorthandOf(field);
	const object = parseJson(text, isObject);
	return key !== undefined && object === text && !text.trim().startsWith('{') ? { [key]: text } : object;
}

/** Unknown fields stay as they are, so that the schema can refuse them by name. */
function coerceFields(
	schema: z.AnyZodObject | z.ZodRecord<z.KeySchema, z.ZodTypeAny>,
	object: Record<string, unknown>,
	{ path, isNarrowing }: Place,
): Record<string, unknown> {
	const isMap = schema instanceof z.ZodRecord;
	const names = Object.keys(object);
	const max = (isMap && entryLimitOf(schema)) || MAX_NAMES;
	if (names.length > max) throw tooMany(path, names.length, 'names', max);
	// zod drops this name from a record in silence.
	if (isMap && names.includes('__proto__'))
		throw new ArgumentError(`${path} must not have the name "__proto__".`, { advice: ADVICE });
	const entries: [string, unknown][] = [];
	for (const name of names) {
		const value = object[name];
		const field = isMap ? schema.valueSchema : Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
		if (field === undefined) entries.push([name, value]);
		else if (isMap) entries.push([name, coerce(field, value, { path: `${path}.${showExtension(name)}` })]);
		else if (value !== null) {
			const coerced = coerce(field, value, { path: path ? `${path}.${name}` : name });
			if (!isLeftEmpty(field, coerced) || isNarrowing?.(name)) entries.push([name, coerced]);
		}
	}
	return Object.fromEntries(entries);
}

/** Some models and clients fill in every optional argument. An empty switch is no value that they fill in for "absent". */
function isLeftEmpty(field: z.ZodTypeAny, value: unknown): boolean {
	// zod finds out by a parse whether a field is optional, so this comes last (bench row call.many).
	return isEmpty(value) && field.isOptional() && !(unwrapField(field) instanceof z.ZodBoolean);
}

function isEmpty(value: unknown): boolean {
	if (typeof value === 'string') return value.trim() === '';
	if (Array.isArray(value)) return value.length === 0;
	return isObject(value) && Object.keys(value).length === 0;
}

function tooMany(path: string, count: number, what: string, max: number): ArgumentError {
	const found = `${path || 'The arguments'} ${path ? 'has' : 'have'} ${formatNumber(count)} ${what}`;
	return new ArgumentError(`${found}; at most ${formatNumber(max)} are allowed.`, { advice: ADVICE });
}

function coerceWord(field: z.ZodTypeAny, text: string): unknown {
	const word = text.trim();
	if (field instanceof z.ZodBoolean && /^(true|false)$/i.test(word)) return word.toLowerCase() === 'true';
	if (field instanceof z.ZodNumber && /^\d{1,9}$/.test(word)) return Number(word);
	return field instanceof z.ZodEnum ? word.toLowerCase() : text;
}

/** The value of a JSON text, or the text itself when it is not JSON of the wanted type. */
function parseJson(text: string, isWanted: (value: unknown) => boolean): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return isWanted(value) ? value : text;
	} catch {
		return text;
	}
}
