/** Names what the doctor found. */
import { describeAdvice } from '../call/result.js';
import { Failure } from '../errors.js';

/** One line of the report: `ok`, `FIX` for a problem, `?` for what could not be checked. */
export interface Finding {
	readonly mark: 'ok' | 'FIX' | '?';
	readonly text: string;
}

export const ok = (text: string): Finding => ({ mark: 'ok', text });
export const fix = (text: string): Finding => ({ mark: 'FIX', text });
export const unchecked = (text: string): Finding => ({ mark: '?', text });

/** Returns a failure as one line. Throws what is none. */
export function explainFailure(error: unknown): string {
	if (!(error instanceof Failure)) throw error;
	const source = error.source ? `(${error.source})` : '';
	return [error.message, describeAdvice(error.advice), source].filter(Boolean).join(' ');
}
