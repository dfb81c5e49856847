/** Answers → the record's own result and words. */
import type { Operation, Outcome, ZoneRef } from '../operations/operation.js';

const NOWHERE: ZoneRef = { id: '', name: '', plan: '' };

/** The result in the record's form; without one when it has another, which is no reason to fail after a change was made. */
export function parseResult(operation: Operation, result: unknown): { result?: unknown } {
	const parsed = operation.output.safeParse(result);
	return parsed.success ? { result: parsed.data } : {};
}

/** The record's summary of what is known; the rest takes its empty value. */
export function summarize(
	operation: Operation,
	{ zone, ...known }: Partial<Omit<Outcome<unknown, unknown>, 'zone'>> & { result: unknown; zone: ZoneRef | undefined },
): string {
	const outcome: Outcome<unknown, unknown> = {
		args: {},
		before: undefined,
		page: undefined,
		items: {},
		requests: 1,
		...known,
		zone: zone ?? NOWHERE,
	};
	return operation.summarize(outcome as never);
}
