/** Describes what is wrong with arguments, and what to write instead. */
import { quote, sanitize, showExtension } from '../base/sanitize.js';
import { describeTooLong } from '../operations/fields.js';
import { argumentNames, unwrapField } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

/** One line for one issue that `schema` found in the arguments that were given. */
export function describeIssue(
	issue: z.ZodIssue,
	{ given, operation, schema }: { given: unknown; operation: Operation; schema: z.AnyZodObject },
): string {
	const where = formatPath(issue.path, schema);
	if (issue.code === 'unrecognized_keys') {
		const unknown = `Unknown argument ${issue.keys.map((key) => quote(key, 60)).join(', ')}`;
		return where ? `${unknown} in ${where}.` : `${unknown}. ${describeNames(operation, schema)}`;
	}
	const at = where || 'The arguments';
	const choices = choicesAt(schema, issue.path);
	if (issue.code === 'invalid_type' && issue.received === 'undefined')
		return `${at} is required${choices ? `: one of ${choices}` : ''}.`;
	return `${at} ${describeRule(issue, choices)}${describeGiven(given, issue.path)}.`;
}

function describeRule(issue: z.ZodIssue, choices: string | undefined): string {
	switch (issue.code) {
		case 'invalid_type': {
			if (choices) return `must be one of ${choices}`;
			const article = /^[aeio]/.test(issue.expected) ? 'an' : 'a';
			return `must be ${article} ${issue.expected}${issue.expected === 'array' ? ', such as ["…"]' : ''}`;
		}
		case 'invalid_enum_value':
			return `must be one of ${issue.options.join(', ')}`;
		case 'too_small':
			return `must be at least ${issue.minimum}`;
		case 'too_big':
			return issue.type === 'string' ? describeTooLong(issue.maximum) : `must be at most ${issue.maximum}`;
		default:
			return sanitize(issue.message, 300);
	}
}

/** `mappings[0].origin_ip`, or an empty text for the arguments as a whole. Names that the caller chose are quoted. */
function formatPath(path: readonly (string | number)[], schema: z.AnyZodObject): string {
	let text = '';
	let field: z.ZodTypeAny | undefined = schema;
	for (const key of path) {
		const isOurs: boolean = field !== undefined && unwrapField(field) instanceof z.ZodObject;
		field = fieldIn(field, key);
		if (typeof key === 'number') text += `[${key}]`;
		else text += `${text && '.'}${isOurs && field ? key : showExtension(key)}`;
	}
	return text;
}

function describeNames(operation: Operation, schema: z.AnyZodObject): string {
	// A tool has no zone argument where the server works on one zone only.
	const names = argumentNames(operation).filter((name) => name !== 'zone' || 'zone' in schema.shape);
	return `${operation.name} takes: ${names.join(', ')}.`;
}

function describeGiven(given: unknown, path: readonly (string | number)[]): string {
	const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], given);
	if (value === undefined) return '';
	return `; got ${quote(typeof value === 'string' ? value : formatJson(value), 100)}`;
}

/** JSON, or only the type of a value that is nested too deep for JSON. */
function formatJson(value: unknown): string {
	try {
		return JSON.stringify(value);
	} catch {
		return Array.isArray(value) ? '[…]' : '{…}';
	}
}

/** The values of the enum field at this path; undefined for every other field. */
function choicesAt(schema: z.AnyZodObject, path: readonly (string | number)[]): string | undefined {
	const field = path.reduce<z.ZodTypeAny | undefined>(fieldIn, schema);
	const inner = field && unwrapField(field);
	return inner instanceof z.ZodEnum ? inner.options.join(', ') : undefined;
}

function fieldIn(schema: z.ZodTypeAny | undefined, key: string | number): z.ZodTypeAny | undefined {
	const outer = schema && unwrapField(schema);
	if (outer instanceof z.ZodObject) return Object.hasOwn(outer.shape, key) ? outer.shape[key] : undefined;
	if (outer instanceof z.ZodArray) return outer.element;
	return outer instanceof z.ZodRecord ? outer.valueSchema : undefined;
}
