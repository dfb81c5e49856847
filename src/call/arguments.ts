/** The door for arguments: what models really send is understood or refused with the corrected form, never dropped. */

import { isObject } from '../base/json.js';
import { inline, quote, sanitize } from '../base/sanitize.js';
import { inSlices } from '../base/slices.js';
import { InputError } from '../errors.js';
import { normalizerOf } from '../operations/fields.js';
import { argumentNames, freshInputOf, inputOf, unwrapField, type ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

const NEXT = 'Correct the arguments and call again.';
const MOST_ISSUES = 5;

/** The validated arguments in canonical form. Throws an InputError that names each wrong field and what to write instead. */
export async function parseArguments(
	operation: Operation,
	raw: unknown,
	zoneArgument: ZoneArgument,
): Promise<Record<string, unknown>> {
	const given = coerce(inputOf(operation, zoneArgument), raw ?? {});
	if (operation.split && isObject(given) && given.resume !== undefined) return parseResume(operation, given);
	const schema = freshInputOf(operation, zoneArgument);
	const { lists, rest, issues } = hasLongList(given)
		? await parseLists(schema, given)
		: { lists: {}, rest: given, issues: [] };
	const parsed = schema.safeParse(rest);
	const wrongs = [...issues, ...(parsed.success ? [] : parsed.error.issues)];
	if (wrongs.length > 0 || !parsed.success) {
		const lines = wrongs.slice(0, MOST_ISSUES).map((issue) => describeIssue(issue, given, operation, schema));
		const more = wrongs.length - lines.length;
		if (more > 0) lines.push(`… and ${more} more.`);
		throw new InputError(lines.join('\n'), { advice: NEXT });
	}
	const args = { ...parsed.data, ...lists };
	const wrong = operation.check?.(args as never);
	if (wrong) throw new InputError(wrong, { advice: NEXT });
	return args;
}

/** Lists longer than this are checked piece by piece, so that other calls and cancels get their turn in between. */
const LONG_LIST = 2_000;

function hasLongList(given: unknown): given is Record<string, unknown> {
	return isObject(given) && Object.values(given).some((value) => Array.isArray(value) && value.length > LONG_LIST);
}

/** Checks the items of long lists; `rest` has one checked item in place of each, for the rules of the list itself. */
async function parseLists(
	schema: z.AnyZodObject,
	given: Record<string, unknown>,
): Promise<{ lists: Record<string, unknown[]>; rest: Record<string, unknown>; issues: z.ZodIssue[] }> {
	const lists: Record<string, unknown[]> = {};
	const issues: z.ZodIssue[] = [];
	for (const [name, field] of Object.entries(schema.shape as Record<string, z.ZodTypeAny>)) {
		const items = given[name];
		const inner = unwrapField(field);
		if (!(inner instanceof z.ZodArray) || !Array.isArray(items) || items.length <= LONG_LIST) continue;
		const checked: unknown[] = [];
		let at = 0;
		for await (const slice of inSlices(items))
			for (const item of slice) {
				const found = checkItem(inner.element, item);
				if ('value' in found) checked.push(found.value);
				else issues.push(...found.issues.map((issue) => ({ ...issue, path: [name, at, ...issue.path] })));
				at++;
			}
		lists[name] = checked;
	}
	const samples = Object.entries(lists).map(([name, checked]) => [
		name,
		checked.length > 0 ? checked.slice(0, 1) : undefined,
	]);
	return { lists, rest: { ...given, ...Object.fromEntries(samples) }, issues };
}

function checkItem(element: z.ZodTypeAny, item: unknown): { value: unknown } | { issues: readonly z.ZodIssue[] } {
	const normalize = typeof item === 'string' ? normalizerOf(element) : undefined;
	const normalized = normalize?.((item as string).trim());
	if (normalized)
		return 'value' in normalized ? normalized : { issues: [{ code: 'custom', message: normalized.problem, path: [] }] };
	const parsed = element.safeParse(coerce(element, item));
	return parsed.success ? { value: parsed.data } : { issues: parsed.error.issues };
}

/** A handle stands for a whole call: anything beside it would be ignored. */
function parseResume(operation: Operation, given: Record<string, unknown>): Record<string, unknown> {
	const { resume, dry_run, ...others } = given;
	const [other] = Object.keys(others);
	if (other !== undefined)
		throw new InputError(
			`resume goes alone, and here is ${quote(other, 60)} too: the handle knows the zone and what is left.`,
			{
				advice: `Call ${operation.name} with resume only.`,
			},
		);
	if (typeof resume !== 'string' || (dry_run !== undefined && typeof dry_run !== 'boolean'))
		throw new InputError('resume must be a handle, as a partial answer gives it.', { advice: NEXT });
	return { resume, ...(dry_run !== undefined && { dry_run }) };
}

/** Null as absent, JSON text where a list or object is expected, numbers and booleans written as text. */
function coerce(schema: z.ZodTypeAny, value: unknown): unknown {
	const inner = unwrapField(schema);
	const wanted =
		inner instanceof z.ZodArray
			? 'array'
			: inner instanceof z.ZodObject || inner instanceof z.ZodRecord
				? 'object'
				: '';
	const seen = wanted && typeof value === 'string' ? (parseJson(value, wanted) ?? value) : value;
	// Long lists are understood where they are checked, piece by piece.
	if (inner instanceof z.ZodArray && Array.isArray(seen))
		return seen.length > LONG_LIST ? seen : seen.map((item) => coerce(inner.element, item));
	if (inner instanceof z.ZodObject && isObject(seen)) {
		const known = Object.entries(seen).filter(([name, field]) => field !== null || !Object.hasOwn(inner.shape, name));
		return Object.fromEntries(
			known.map(([name, field]) => [name, Object.hasOwn(inner.shape, name) ? coerce(inner.shape[name], field) : field]),
		);
	}
	if (inner instanceof z.ZodRecord && isObject(seen))
		return Object.fromEntries(Object.entries(seen).map(([name, field]) => [name, coerce(inner.valueSchema, field)]));
	if (typeof seen !== 'string') return seen;
	const word = seen.trim();
	if (inner instanceof z.ZodBoolean && /^(true|false)$/i.test(word)) return word.toLowerCase() === 'true';
	if (inner instanceof z.ZodNumber && /^\d{1,9}$/.test(word)) return Number(word);
	if (inner instanceof z.ZodEnum) return word.toLowerCase();
	return seen;
}

function parseJson(text: string, wanted: 'array' | 'object'): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return (wanted === 'array' ? Array.isArray(value) : isObject(value)) ? value : undefined;
	} catch {
		return undefined;
	}
}

function describeIssue(issue: z.ZodIssue, given: unknown, operation: Operation, schema: z.AnyZodObject): string {
	const where = issue.path.reduce<string>(
		(text, key) => text + (typeof key === 'number' ? `[${key}]` : text ? `.${inline(key)}` : inline(key)),
		'',
	);
	const value = issue.path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], given);
	const got = value === undefined ? '' : `; got ${quote(typeof value === 'string' ? value : toJson(value), 100)}`;
	const at = where || 'The arguments';
	if (issue.code === 'unrecognized_keys') {
		const takes = where
			? ''
			: ` ${operation.name} takes: ${argumentNames(operation)
					.filter((one) => one !== 'zone' || 'zone' in schema.shape)
					.join(', ')}.`;
		return `Unknown argument ${issue.keys.map((key) => quote(key, 60)).join(', ')}${where ? ` in ${where}` : ''}.${takes}`;
	}
	if (issue.code === 'invalid_type') {
		if (issue.received === 'undefined') return `${at} is required${choices(schema, issue.path)}.`;
		const article = /^[aeio]/.test(issue.expected) ? 'an' : 'a';
		return `${at} must be ${article} ${issue.expected}${issue.expected === 'array' ? ', such as ["…"]' : ''}${got}.`;
	}
	if (issue.code === 'invalid_enum_value') return `${at} must be one of ${issue.options.join(', ')}${got}.`;
	if (issue.code === 'too_small') return `${at} must be at least ${issue.minimum}${got}.`;
	if (issue.code === 'too_big') return `${at} must be at most ${issue.maximum}${got}.`;
	return `${at} ${sanitize(issue.message, 300)}${got}.`;
}

/** JSON, or the kind of a value that is nested too deep for it. */
function toJson(value: unknown): string {
	try {
		return JSON.stringify(value);
	} catch {
		return Array.isArray(value) ? '[…]' : '{…}';
	}
}

/** What a missing field may be, where only few values exist. */
function choices(schema: z.AnyZodObject, path: readonly (string | number)[]): string {
	const field = path.length === 1 ? schema.shape[String(path[0])] : undefined;
	const inner = field && unwrapField(field);
	return inner instanceof z.ZodEnum ? `: one of ${inner.options.join(', ')}` : '';
}
