/** Checks the arguments of a call: each is accepted in canonical form or refused with what to write instead, never dropped. */

import { isObject } from '../base/json.js';
import { inSlices } from '../base/slices.js';
import { ArgumentError } from '../errors.js';
import { normalizerOf } from '../operations/fields.js';
import { inputOf, unwrapField, type ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';
import { ADVICE, coerce, isLong } from './coerce.js';
import { describeIssue } from './issues.js';

const MAX_SHOWN_ISSUES = 5;

/** The checked arguments in canonical form. Throws an ArgumentError that names each wrong field and what to write instead. */
export async function parseArguments(
	operation: Operation,
	raw: unknown,
	zoneArgument: ZoneArgument,
): Promise<Record<string, unknown>> {
	const schema = inputOf(operation, zoneArgument);
	const place = { path: '', isNarrowing: (name: string) => narrows(operation, name) };
	const given = dropEmptyResume(operation, coerce(schema, raw ?? {}, place));
	const { lists, rest, issues } = isObject(given)
		? await parseLongLists(schema, given)
		: { lists: {}, rest: given, issues: [] };
	const parsed = schema.safeParse(rest);
	const all = [...issues, ...(parsed.success ? [] : parsed.error.issues)];
	if (all.length > 0 || !parsed.success) {
		const lines = all.slice(0, MAX_SHOWN_ISSUES).map((issue) => describeIssue(issue, { given, operation, schema }));
		if (all.length > lines.length) lines.push(`… and ${all.length - lines.length} more problems.`);
		throw new ArgumentError(lines.join('\n'), { advice: ADVICE });
	}
	const valid = { ...parsed.data, ...lists };
	const args = operation.canonicalize ? operation.canonicalize(valid as never) : valid;
	const problem = operation.check?.(args as never);
	if (problem) throw new ArgumentError(problem, { advice: ADVICE });
	return args;
}

/** Whether an argument belongs to the optional part of a route. Without it the call reaches all of the zone. */
function narrows({ route }: Operation, name: string): boolean {
	return [...(route ?? '').matchAll(/\[([^\]]*)\]/g)].some(([, part = '']) => part.includes(`{${name}}`));
}

/** Clients that listed the tools of 0.1.0 fill in `resume`, which purge_resume has taken over. Left empty, it never meant anything. */
function dropEmptyResume({ split }: Operation, given: unknown): unknown {
	if (!split || !isObject(given) || !Object.hasOwn(given, 'resume')) return given;
	const { resume, ...others } = given;
	return resume === null || resume === '' ? others : given;
}

interface ParsedLists {
	/** The long lists with checked items, by name. */
	readonly lists: Readonly<Record<string, readonly unknown[]>>;
	/** The arguments with one checked item in place of each long list, so that rules of the list itself still apply. */
	readonly rest: Readonly<Record<string, unknown>>;
	readonly issues: readonly z.ZodIssue[];
}

/** Checks the items of long lists in slices. */
async function parseLongLists(schema: z.AnyZodObject, given: Record<string, unknown>): Promise<ParsedLists> {
	const lists: Record<string, unknown[]> = {};
	const rest = { ...given };
	const issues: z.ZodIssue[] = [];
	for (const [name, wrapped] of Object.entries<z.ZodTypeAny>(schema.shape)) {
		const items = given[name];
		const field = unwrapField(wrapped);
		if (!(field instanceof z.ZodArray) || !Array.isArray(items) || !isLong(items)) continue;
		const checked: unknown[] = [];
		let at = 0;
		for await (const slice of inSlices(items))
			for (const item of slice) {
				const result = checkItem(field.element, item, `${name}[${at}]`);
				if ('value' in result) checked.push(result.value);
				else issues.push(...result.issues.map((issue) => ({ ...issue, path: [name, at, ...issue.path] })));
				at++;
			}
		lists[name] = checked;
		rest[name] = checked.length > 0 ? checked.slice(0, 1) : undefined;
	}
	return { lists, rest, issues };
}

function checkItem(
	element: z.ZodTypeAny,
	item: unknown,
	path: string,
): { value: unknown } | { issues: readonly z.ZodIssue[] } {
	// The schema of such a field runs nothing but its normalizer.
	const normalized = typeof item === 'string' ? normalizerOf(element)?.(item) : undefined;
	if (normalized)
		return 'value' in normalized ? normalized : { issues: [{ code: 'custom', message: normalized.problem, path: [] }] };
	const parsed = element.safeParse(coerce(element, item, { path }));
	return parsed.success ? { value: parsed.data } : { issues: parsed.error.issues };
}
