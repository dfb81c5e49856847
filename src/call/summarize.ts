/** Parses answers and summarizes them, each as the record of its operation says. */
import type { ApiAnswer } from '../cloudflare/api.js';
import { ApiError } from '../errors.js';
import type { Operation, Outcome, ResumingOperation, ZoneRef } from '../operations/operation.js';

const NO_ZONE: ZoneRef = { id: '', name: '', plan: '' };

/**
 * The result in the form that the record knows, or an empty object when it has another form. That is no failure by itself:
 * after a change, the change was made all the same.
 */
export function parseResult(operation: Operation, result: unknown): { result?: unknown } {
	const parsed = operation.output.safeParse(result);
	return parsed.success ? { result: parsed.data } : {};
}

/** The failure of an answer that the record does not know, where that leaves nothing to go on with. */
export function unexpectedAnswer({ status, ray }: ApiAnswer, message: string): ApiError {
	return new ApiError(message, { status, ray, advice: 'Report this to the maintainers of this server.' });
}

/** The record's summary. What is not known takes its empty value. */
export function summarize(
	operation: Exclude<Operation, ResumingOperation>,
	{ zone, ...known }: Partial<Omit<Outcome<unknown, unknown>, 'zone'>> & { result: unknown; zone: ZoneRef | undefined },
): string {
	const outcome: Outcome<unknown, unknown> = {
		args: {},
		before: undefined,
		page: undefined,
		items: {},
		requests: 1,
		...known,
		zone: zone ?? NO_ZONE,
	};
	return operation.summarize(outcome as never);
}
