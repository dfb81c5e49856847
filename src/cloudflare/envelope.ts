/** Cloudflare's answer envelope, read leniently: unknown fields pass, any integer code is legal (971 is below the documented minimum). */
import { isObject } from '../base/json.js';

/** One error of the envelope. */
export interface ApiErrorItem {
	readonly code: number;
	readonly message: string;
}

/** What an answer's body was. */
export type Envelope =
	| { readonly kind: 'success'; readonly result: unknown; readonly page: unknown }
	| { readonly kind: 'failure'; readonly errors: readonly ApiErrorItem[] }
	| { readonly kind: 'html' | 'truncated' | 'foreign' };

/** Reads a body. Never throws: what is not an envelope is named. */
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
function readErrors(errors: unknown, depth = 0): ApiErrorItem[] {
	if (!Array.isArray(errors) || depth > 2) return [];
	return errors.slice(0, 20).flatMap((item: unknown) => {
		if (!isObject(item)) return [];
		const { code, message, error_chain } = item;
		const own = { code: Number(code) || 0, message: typeof message === 'string' ? message : '' };
		return [own, ...readErrors(error_chain, depth + 1)];
	});
}
