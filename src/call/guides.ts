/** Writes the guides that a model may read, from the tables that calls use. */
import { AGENT, wordFor } from '../base/audience.js';
import { explainRefusal } from '../cloudflare/error-codes.js';
import { ErrorCode } from '../errors.js';
import { STATUS_MEANINGS } from '../operations/inspect/verdicts.js';

/** Stands for the permission that a tool names in its own errors. */
const PERMISSION = 'the permission of the tool';

/** One line for each value of CF-Cache-Status, with the verdict that cache_inspect gives. Markdown. */
export function printStatusGuide(): string {
	const lines = Object.entries(STATUS_MEANINGS).map(([status, { say, next }]) => {
		return `- **${status === 'NONE' ? 'no CF-Cache-Status' : status}**: ${say} ${next}`;
	});
	return ['# Cache statuses of Cloudflare', '', ...lines, ''].join('\n');
}

/** One line for each error code that this server knows, with the advice that its errors give. Markdown. */
export function printErrorGuide(): string {
	const lines = Object.values(ErrorCode)
		.sort((one, other) => one - other)
		.map((code) => {
			const refusal = { status: 403, permission: PERMISSION, retryAfterSeconds: undefined };
			const { advice } = explainRefusal([{ code, message: '' }], refusal);
			return `- **${code}**: ${wordFor(advice, AGENT)}`;
		});
	return ["# Cloudflare's error codes", '', ...lines, ''].join('\n');
}
