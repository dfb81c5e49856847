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

/** Merges answers to requests that carried `sent` items in all. */
export function mergeAnswers(operation: RoutedOperation, answers: readonly ApiAnswer[], sent: number): MergedAnswers {
	const merged = answers.map(({ result }) => result).reduce(joinLists);
	const { result } = parseResult(operation, merged);
	const { succeeded }: Record<string, unknown> = isObject(result) ? result : {};
	const { failed }: Record<string, unknown> = isObject(merged) ? merged : {};
	const rejected = Array.isArray(failed) ? failed.length : 0;
	return {
		result,
		rejected,
		unreported: Array.isArray(succeeded) ? Math.max(0, sent - succeeded.length - rejected) : 0,
		isKnown: result !== undefined,
	};
}

function joinLists(merged: unknown, next: unknown): unknown {
	if (!isObject(merged) || !isObject(next)) return next;
	const entries = Object.entries(next).map(([key, value]) => {
		const before = merged[key];
		return [key, Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value];
	});
	return { ...merged, ...Object.fromEntries(entries) };
}
