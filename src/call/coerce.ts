/** Coerces what models really send into the types that a schema expects. */
import { isObject } from '../base/json.js';
import { unwrapField } from '../operations/input.js';
import { z } from '../zod.js';

/** Longer lists are checked in slices, so that other calls and cancellations are handled in between. */
const MAX_ITEMS_AT_ONCE = 2_000;

/** Whether a list is coerced and checked in slices. */
export function isLong(list: readonly unknown[]): boolean {
	return list.length > MAX_ITEMS_AT_ONCE;
}

/**
 * The value with null fields left out, JSON text parsed where a list or object is expected, and numbers, booleans and enum
 * values read from text. Items of long lists stay as they are.
 */
export function coerce(schema: z.ZodTypeAny, value: unknown): unknown {
	const field = unwrapField(schema);
	if (field instanceof z.ZodArray) {
		const list = typeof value === 'string' ? parseJson(value, Array.isArray) : value;
		return Array.isArray(list) && !isLong(list) ? list.map((item) => coerce(field.element, item)) : list;
	}
	if (field instanceof z.ZodObject || field instanceof z.ZodRecord) {
		const object = typeof value === 'string' ? parseJson(value, isObject) : value;
		return isObject(object) ? coerceFields(field, object) : object;
	}
	return typeof value === 'string' ? coerceWord(field, value) : value;
}

/** Unknown fields stay as they are, so that the schema can refuse them by name. */
function coerceFields(
	schema: z.AnyZodObject | z.ZodRecord<z.KeySchema, z.ZodTypeAny>,
	object: Record<string, unknown>,
): Record<string, unknown> {
	const fieldOf = (name: string): z.ZodTypeAny | undefined => {
		if (schema instanceof z.ZodRecord) return schema.valueSchema;
		return Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
	};
	const entries: [string, unknown][] = [];
	for (const [name, value] of Object.entries(object)) {
		const field = fieldOf(name);
		if (!field) entries.push([name, value]);
		else if (value !== null || schema instanceof z.ZodRecord) entries.push([name, coerce(field, value)]);
	}
	return Object.fromEntries(entries);
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
