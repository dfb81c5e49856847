/** Makes text from outside (API messages, names, URLs, arguments) safe to show: cleaned, shortened and quoted as data. */

/**
 * Control characters, among them the ESC of terminal escapes; bidi marks; zero-width and other invisible characters;
 * variation selectors, which can carry hidden text; lone surrogates; line and paragraph separators.
 */
const INVISIBLE = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2028\\u2029]';
const INVISIBLE_RUN = new RegExp(`${INVISIBLE}+`, 'gu');
const INVISIBLE_BUT_LINES = new RegExp(`(?![\\n\\t])${INVISIBLE}`, 'gu');
/** ASCII, and the other characters of our own sentences. The pattern of invisible characters is slow to search for. */
const PLAIN_TEXT = /^[\x20-\x7e\n\t·…→›]*$/;

/** Inside of a character class (flag u): quotation marks of every script, and marks that look like double ones, such as primes and ditto marks. */
export const QUOTE_LIKE =
	'\\p{Quotation_Mark}\\u02ba\\u02dd\\u02ee\\u02f6\\u05f4\\u1cd3\\u2033\\u2034\\u2036\\u2037\\u2057\\u275d-\\u2760\\u3003\\u{1f676}-\\u{1f678}';
const ANY_QUOTE = new RegExp(`[${QUOTE_LIKE}]`, 'gu');
const ANY_QUOTE_BUT_ASCII = new RegExp(`(?!")[${QUOTE_LIKE}]`, 'gu');

/** The text on one line without invisible characters, cut with an ellipsis to `limit` UTF-16 code units. */
export function sanitize(text: string, limit = 200): string {
	const looked = text.slice(0, limit * 4);
	const visible = looked.replace(INVISIBLE_RUN, ' ').trim();
	// Invisible characters may fill all that is looked at: what they hide was cut off too.
	if (visible.length <= limit && looked.length === text.length) return visible;
	return `${visible.slice(0, limit - 1).replace(/\p{Cs}$/u, '')}…`;
}

/** The sanitized text in double quotes. Marks within it that look like a double quote become apostrophes. */
export function quote(text: string, limit = 200): string {
	return `"${sanitize(text, limit).replace(ANY_QUOTE, "'")}"`;
}

/** JSON of a value from outside, on one line, in which a quote within a text cannot pass for the end of that text. */
export function quoteJson(value: unknown, limit = 500): string {
	const json = JSON.stringify(value)
		.replace(/\\(.)/g, (pair, escaped: string) => (escaped === '"' ? "'" : pair))
		.replace(ANY_QUOTE_BUT_ASCII, "'");
	const short = sanitize(json, limit);
	return short === json || (short.match(/"/g) ?? []).length % 2 === 0 ? short : `${short}"`;
}

/** The text with a space in place of each invisible character. Line ends and tabs stay, because JSON escapes them. */
export function stripInvisible(text: string): string {
	return PLAIN_TEXT.test(text) ? text : text.replace(INVISIBLE_BUT_LINES, ' ');
}

const MAX_QUOTED_CHARACTERS = 100;

/** A function that shows a value bare where `form` matches all of it, and quoted otherwise. */
function bareWhere(form: RegExp): (value: unknown) => string {
	return (value) => {
		const text = String(value);
		return form.test(text) ? text : quote(text, MAX_QUOTED_CHARACTERS);
	};
}

/** A function that shows these words bare, and everything else quoted. */
export function bareWords(...words: readonly string[]): (value: unknown) => string {
	const known = new Set(words);
	return (value) =>
		typeof value === 'string' && known.has(value) ? value : quote(String(value), MAX_QUOTED_CHARACTERS);
}

const ZONE_PLANS = new Set<unknown>(['free', 'pro', 'business', 'enterprise']);

/** The name of a zone plan, or `unknown plan` for anything else. */
export function showPlan(value: unknown): string {
	return ZONE_PLANS.has(value) ? String(value) : 'unknown plan';
}

/** `on` or `off`, bare. */
export const showOnOff = bareWords('on', 'off');

/** A date, or a date with a time (RFC 3339), bare. */
export const showDate = bareWhere(/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/);

/** An IPv4 or IPv6 address, bare. */
export const showIp = bareWhere(
	/^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[^:]*:[^:]*:)[\da-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?)$/i,
);

/** A host name in ASCII, bare: labels of letters, digits and inner hyphens, with at least one dot (RFC 1123). */
export const showHost = bareWhere(
	/^(?=.{3,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/i,
);

/** The name of a region of a cloud, such as `us-east-1`, `us-central1` or `eastus`, bare. */
export const showRegion = bareWhere(/^(?:(?=.{4,32}$)[a-z]{2,}(?:-[a-z]+){0,2}-?\d{1,2}|[a-z]{2,20})$/);

/** A media type (RFC 6838) with its subtype of at most 40 characters, such as `image/webp`, bare. */
export const showMime = bareWhere(/^(?:image|video|audio|text|font|application)\/[a-z\d][a-z\d.+-]{0,39}$/);

/** An extension of a file name, such as `jpeg`, bare. */
export const showExtension = bareWhere(/^[a-z\d]{1,5}$/);

/** The code of an airport, after which Cloudflare names its data centres, bare. */
export const showAirport = bareWhere(/^[A-Z]{3}$/);

/** Whether a text is the id of a request at Cloudflare: 16 hexadecimal digits and the code of an airport. */
export function isRay(text: string): boolean {
	return /^[\da-f]{16}-[A-Z]{3}$/.test(text);
}

/** An id of at most 32 hexadecimal digits, such as that of a zone or an environment, bare. */
export const showHexId = bareWhere(/^[\da-f]{1,32}$/);

/** A whole number, bare. */
export const showNumber = bareWhere(/^-?\d{1,15}$/);
