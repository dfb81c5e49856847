/** Describes how a call ended, for its line in the audit log. */
import { ApiError, CancelledError, Failure, InputError, Refused } from '../errors.js';
import type { AuditEntry } from './audit-entry.js';
import type { CallResult } from './result.js';

/** How a call ended. */
export type Outcome = { readonly result: CallResult } | { readonly error: unknown };

/** The members of a line that tell how a call ended. */
export type Ending = Pick<AuditEntry, 'outcome' | 'changed' | 'reason' | 'duration_ms'>;

/** The end of a call that took `duration_ms`. */
export function describeOutcome(outcome: Outcome, duration_ms: number): Ending {
	if ('result' in outcome) return { outcome: outcome.result.structuredContent?.status ?? 'done', duration_ms };
	const { error } = outcome;
	return {
		outcome: kindOf(error),
		duration_ms,
		changed: error instanceof Failure ? error.changed : 'unknown',
		// The message of an InputError quotes arguments, so it stays out.
		...(error instanceof ApiError && error.source !== undefined && { reason: error.source }),
		...(error instanceof Refused && { reason: error.message }),
	};
}

function kindOf(error: unknown): AuditEntry['outcome'] {
	if (error instanceof Refused) return 'refused';
	if (error instanceof InputError) return 'invalid';
	return error instanceof CancelledError ? 'interrupted' : 'failed';
}
