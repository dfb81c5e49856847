/** Parses answers and summarizes them, each as the record of its operation says. */
import { withoutNulls } from '../base/json.js';
import type { ApiAnswer } from '../cloudflare/api.js';
import { ApiError, ErrorCode } from '../errors.js';
import type { Operation, Outcome, SummarizedOperation, ZoneRef } from '../operations/operation.js';
import { joinRows } from '../operations/wording.js';
import { type Summary, toSummary } from './result.js';

const NO_ZONE: ZoneRef = { id: '', name: '', plan: '' };

/**
 * The result as far as the record knows it, or an empty object when it has another form. That is no failure by itself:
 * after a change, the change was made all the same. A member that is null reads as absent.
 */
export function parseResult(operation: Operation, result: unknown): { result?: unknown } {
	const parsed = operation.output.safeParse(withoutNulls(result));
	return parsed.success ? { result: parsed.data } : {};
}

/** The failure of an answer that the record does not know, where that leaves nothing to go on with. */
export function unexpectedAnswer({ status, ray }: ApiAnswer, message: string): ApiError {
	return new ApiError(message, { status, ray, advice: 'Report this to the maintainers of this server.' });
}

/** Whether a failure is the API's way to say that a setting or a mapping was never set. */
export function isUnset(error: unknown): error is ApiError {
	return error instanceof ApiError && (error.has(ErrorCode.notSet) || error.has(ErrorCode.mappingMissing));
}

/** The record's summary. What is not known takes its empty value. */
export function summarize(
	operation: SummarizedOperation,
	{ zone, ...known }: Partial<Omit<Outcome<unknown, unknown>, 'zone'>> & { result: unknown; zone: ZoneRef | undefined },
): Summary {
	const outcome: Outcome<unknown, unknown> = {
		args: {},
		environment: undefined,
		before: undefined,
		page: undefined,
		items: {},
		requests: 1,
		...known,
		zone: zone ?? NO_ZONE,
	};
	const summary = operation.summarize(outcome as never);
	if (typeof summary === 'string') return toSummary(summary);
	return { text: joinRows(summary), sentences: summary.sentences.join('\n') };
}
