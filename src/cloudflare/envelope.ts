/**
 * Reads the envelope of Cloudflare's answers leniently: unknown fields pass, and any small positive integer is a legal error
 * code (971 is below the minimum that the API schema states).
 */
import { isObject } from '../base/json.js';

/** One error of an answer. */
export interface EnvelopeError {
	/** 0 when the answer has no usable code. */
	readonly code: number;
	readonly message: string;
}

/**
 * What the body of an answer is. `problem` is an error of Cloudflare's edge in the form of RFC 9457. `html`, `truncated`
 * (JSON without its end) and `foreign` are not from Cloudflare's API either.
 */
export type Envelope =
	| { readonly kind: 'success'; readonly result: unknown; readonly page: unknown }
	| { readonly kind: 'failure'; readonly errors: readonly EnvelopeError[] }
	| { readonly kind: 'problem'; readonly title: string }
	| { readonly kind: 'html' | 'truncated' | 'foreign' };

/** Most errors of one answer that are read, `error_chain` included. */
const MAX_ERRORS = 5;
const MAX_CODE = 999_999;
/** Deepest `error_chain` that is read. */
const MAX_CHAIN_DEPTH = 2;
/** No answer of the API is nested deeper. Code that walks a value recursively relies on it. */
const MAX_LEVELS = 32;
/** Most values of an answer: far more than 3,500 mappings have, which is what a zone holds. Checking each row takes time. */
const MAX_VALUES = 50_000;
/** Longest body that is not a list, in UTF-16 code units. */
const MAX_CHARACTERS = 1_048_576;

/** Reads a body, of a GraphQL answer where `isGraphQl` says so. Never throws: `kind` says what it is. */
export function readEnvelope(body: string, contentType = '', isGraphQl = false): Envelope {
	if (isTooComplex(body)) return { kind: 'foreign' };
	let json: unknown;
	try {
		json = JSON.parse(body);
	} catch {
		if (/html/i.test(contentType) || /^\s*<(!doctype|html)/i.test(body)) return { kind: 'html' };
		return { kind: /^\s*[{[]/.test(body) ? 'truncated' : 'foreign' };
	}
	if (!isObject(json)) return { kind: 'foreign' };
	if (isGraphQl && !('success' in json)) return readGraphQl(json, body.length);
	const { success, errors, result, result_info: page } = json;
	if (body.length > MAX_CHARACTERS && !(success === true && Array.isArray(result))) return { kind: 'foreign' };
	if (success === true) return { kind: 'success', result: result ?? null, page };
	if (success === false) return { kind: 'failure', errors: readErrors(errors).slice(0, MAX_ERRORS) };
	return /problem\+json/i.test(contentType) || json.cloudflare_error === true
		? { kind: 'problem', title: typeof json.title === 'string' ? json.title : '' }
		: { kind: 'foreign' };
}

function readGraphQl(json: Record<string, unknown>, length: number): Envelope {
	const errors = readErrors(json.errors);
	if (errors.length > 0) return { kind: 'failure', errors: errors.slice(0, MAX_ERRORS) };
	// One failed field leaves the whole query without data, so data beside errors is no answer.
	return isObject(json.data) && length <= MAX_CHARACTERS
		? { kind: 'success', result: json.data, page: undefined }
		: { kind: 'foreign' };
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Whether a JSON text is nested too deep, or holds too many values. Counts, outside of strings, without recursion. */
function isTooComplex(text: string): boolean {
	let levels = 0;
	let values = 0;
	for (let at = 0; at < text.length; at++) {
		const character = text.charCodeAt(at);
		if (character === QUOTE) at = endOfString(text, at);
		else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
			if (++levels > MAX_LEVELS || ++values > MAX_VALUES) return true;
		} else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) levels--;
		else if (character === COMMA && ++values > MAX_VALUES) return true;
	}
	return false;
}

/** The index of the quote that ends a string, or the length of a text without one. */
function endOfString(text: string, start: number): number {
	for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
		let backslashes = 0;
		while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
		if (backslashes % 2 === 0) return at;
	}
	return text.length;
}

/** Errors in the order they came, each followed by its legacy `error_chain`. */
function readErrors(errors: unknown, depth = 0): EnvelopeError[] {
	if (!Array.isArray(errors) || depth > MAX_CHAIN_DEPTH) return [];
	return errors.slice(0, MAX_ERRORS).flatMap((item: unknown) => {
		if (!isObject(item)) return [];
		const { code, message, error_chain } = item;
		const own = { code: readCode(code), message: typeof message === 'string' ? message : '' };
		return [own, ...readErrors(error_chain, depth + 1)];
	});
}

function readCode(code: unknown): number {
	const number = typeof code === 'string' ? Number(code) : code;
	return typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= MAX_CODE ? number : 0;
}
