/** Describes what is wrong with arguments, and what to write instead. */
import { inline, quote, sanitize } from '../base/sanitize.js';
import { argumentNames, unwrapField } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

/** One line for one issue that `schema` found in the arguments that were given. */
export function describeIssue(
	issue: z.ZodIssue,
	{ given, operation, schema }: { given: unknown; operation: Operation; schema: z.AnyZodObject },
): string {
	const where = formatPath(issue.path);
	if (issue.code === 'unrecognized_keys') {
		const unknown = `Unknown argument ${issue.keys.map((key) => quote(key, 60)).join(', ')}`;
		return where ? `${unknown} in ${where}.` : `${unknown}. ${describeNames(operation, schema)}`;
	}
	const at = where || 'The arguments';
	if (issue.code === 'invalid_type' && issue.received === 'undefined')
		return `${at} is required${describeChoices(schema, issue.path)}.`;
	return `${at} ${describeRule(issue)}${describeGiven(given, issue.path)}.`;
}

function describeRule(issue: z.ZodIssue): string {
	switch (issue.code) {
		case 'invalid_type': {
			const article = /^[aeio]/.test(issue.expected) ? 'an' : 'a';
			return `must be ${article} ${issue.expected}${issue.expected === 'array' ? ', such as ["…"]' : ''}`;
		}
		case 'invalid_enum_value':
			return `must be one of ${issue.options.join(', ')}`;
		case 'too_small':
			return `must be at least ${issue.minimum}`;
		case 'too_big':
			return `must be at most ${issue.maximum}`;
		default:
			return sanitize(issue.message, 300);
	}
}

/** `mappings[0].origin_ip`, or an empty text for the arguments as a whole. */
function formatPath(path: readonly (string | number)[]): string {
	return path.reduce<string>((text, key) => {
		if (typeof key === 'number') return `${text}[${key}]`;
		return text ? `${text}.${inline(key)}` : inline(key);
	}, '');
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

/** The values that a missing field may have, where they are few. */
function describeChoices(schema: z.AnyZodObject, path: readonly (string | number)[]): string {
	const field = path.length === 1 ? schema.shape[String(path[0])] : undefined;
	const inner = field && unwrapField(field);
	return inner instanceof z.ZodEnum ? `: one of ${inner.options.join(', ')}` : '';
}
