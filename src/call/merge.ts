/** Merges the answers to the requests of a plan into one result. */
import { isObject } from '../base/json.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import type { RoutedOperation } from '../operations/operation.js';
import { parseResult } from './summarize.js';

/** One result from several answers. */
export interface MergedAnswers {
	/** Lists are joined; everything else is that of the last answer. Undefined when it has a form that is not known. */
	readonly result: unknown;
	/** Items that Cloudflare says failed. */
	readonly rejected: number;
	/** Items that are missing from answers which list each item. */
	readonly unreported: number;
	/** Whether the result has the form that the operation knows. */
	readonly isKnown: boolean;
}

/** Merges answers to requests that carried the items `sent`. */
export function mergeAnswers(
	operation: RoutedOperation,
	answers: readonly ApiAnswer[],
	sent: readonly unknown[],
): MergedAnswers {
	const merged = answers.map(({ result }) => result).reduce(joinLists);
	const parsed = parseResult(operation, merged).result;
	const result = parsed && operation.reconcile ? operation.reconcile(parsed as never, sent) : parsed;
	const { succeeded } = listsOf(result);
	// Rows of another form are left out of the result, and they failed all the same.
	const rejected = countOf(merged) + countOf(result) - countOf(parsed);
	return {
		result,
		rejected,
		unreported: Array.isArray(succeeded) ? Math.max(0, sent.length - succeeded.length - rejected) : 0,
		isKnown: result !== undefined,
	};
}

const listsOf = (result: unknown): Record<string, unknown> => (isObject(result) ? result : {});

/** How many items failed. */
function countOf(result: unknown): number {
	const { failed } = listsOf(result);
	return Array.isArray(failed) ? failed.length : 0;
}

function joinLists(merged: unknown, next: unknown): unknown {
	if (!isObject(merged) || !isObject(next)) return next;
	const entries = Object.entries(next).map(([key, value]) => {
		const before = merged[key];
		return [key, Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value];
	});
	return { ...merged, ...Object.fromEntries(entries) };
}
