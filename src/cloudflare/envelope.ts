/**
 * Reads the envelope of Cloudflare's answers leniently: unknown fields pass, and any integer is a legal error code (971 is
 * below the minimum that the API schema states).
 */
import { isObject } from '../base/json.js';

interface EnvelopeError {
	readonly code: number;
	readonly message: string;
}

/** What the body of an answer is. `html`, `truncated` (JSON without its end) and `foreign` are not envelopes. */
export type Envelope =
	| { readonly kind: 'success'; readonly result: unknown; readonly page: unknown }
	| { readonly kind: 'failure'; readonly errors: readonly EnvelopeError[] }
	| { readonly kind: 'html' | 'truncated' | 'foreign' };

/** Most errors of one list that are read. */
const MAX_ERRORS = 20;
/** Deepest `error_chain` that is read. */
const MAX_DEPTH = 2;

/** Reads a body. Never throws: `kind` says what it is. */
export function readEnvelope(body: string, contentType = ''): Envelope {
	let json: unknown;
	try {
		json = JSON.parse(body);
	} catch {
		if (/html/i.test(contentType) || /^\s*<(!doctype|html)/i.test(body)) return { kind: 'html' };
		return { kind: /^\s*[{[]/.test(body) ? 'truncated' : 'foreign' };
	}
	if (!isObject(json)) return { kind: 'foreign' };
	const { success, errors, result, result_info: page } = json;
	if (success === true) return { kind: 'success', result: result ?? null, page };
	return success === false ? { kind: 'failure', errors: readErrors(errors) } : { kind: 'foreign' };
}

/** Errors in the order they came, each followed by its legacy `error_chain`. */
function readErrors(errors: unknown, depth = 0): EnvelopeError[] {
	if (!Array.isArray(errors) || depth > MAX_DEPTH) return [];
	return errors.slice(0, MAX_ERRORS).flatMap((item: unknown) => {
		if (!isObject(item)) return [];
		const { code, message, error_chain } = item;
		const own = { code: Number(code) || 0, message: typeof message === 'string' ? message : '' };
		return [own, ...readErrors(error_chain, depth + 1)];
	});
}
