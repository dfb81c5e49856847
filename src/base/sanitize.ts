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

/** Without spaces, a name, number, address, id or date cannot pass for a sentence. */
const PLAIN_WORD = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_.:/@+=-]{1,100}$/u;

/** The text on one line without invisible characters, cut with an ellipsis to `limit` UTF-16 code units. */
export function sanitize(text: string, limit = 200): string {
	const visible = text
		.slice(0, limit * 4)
		.replace(INVISIBLE_RUN, ' ')
		.trim();
	return visible.length > limit ? `${visible.slice(0, limit - 1).replace(/\p{Cs}$/u, '')}…` : visible;
}

/** The sanitized text in double quotes, which the text itself cannot close. */
export function quote(text: string, limit = 200): string {
	return `"${sanitize(text, limit).replaceAll('"', "'")}"`;
}

/** Sentences from outside, quoted and marked as such, so that no reader takes them for ours. */
export function quoteUntrusted(text: string, limit = 200): string {
	return `${quote(text, limit)} (quoted from outside)`;
}

/** JSON of a value from outside, on one line, in which a quote within a text cannot pass for the end of that text. */
export function quoteJson(value: unknown, limit = 500): string {
	const json = JSON.stringify(value).replace(/\\(.)/g, (pair, escaped: string) => (escaped === '"' ? "'" : pair));
	const short = sanitize(json, limit);
	return short === json || (short.match(/"/g) ?? []).length % 2 === 0 ? short : `${short}"`;
}

/** The text with a space in place of each invisible character. Line ends and tabs stay, because JSON escapes them. */
export function stripInvisible(text: string): string {
	return PLAIN_TEXT.test(text) ? text : text.replace(INVISIBLE_BUT_LINES, ' ');
}

/** A name or value from outside within a sentence: bare if it is one plain word, quoted otherwise. */
export function inline(value: unknown): string {
	const text = String(value);
	return PLAIN_WORD.test(text) ? text : quote(text, 100);
}
