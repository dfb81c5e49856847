/** Text from outside (API messages, names, URLs, arguments) made safe to show: cleaned, capped and quoted as data. */

// Control characters, ANSI escapes' ESC among them; bidi marks; zero-width, filler and other invisible characters, and
// variation selectors, which can carry text nobody sees; lone surrogates.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]+/gu;

/**
 * The text without control, bidi and invisible characters, cut to `limit` characters with an ellipsis.
 * @param limit in UTF-16 code units
 */
export function sanitize(text: string, limit = 200): string {
	const visible = text
		.slice(0, limit * 4)
		.replace(INVISIBLE, ' ')
		.trim();
	return visible.length > limit ? `${visible.slice(0, limit - 1).replace(/\p{Cs}$/u, '')}…` : visible;
}

/** As {@link sanitize}, in double quotes that the text itself cannot close. */
export function quote(text: string, limit = 200): string {
	return `"${sanitize(text, limit).replaceAll('"', "'")}"`;
}

/** The frame around sentences that somebody else wrote: quoted, and said to be from outside, so that no reader takes them for ours. */
export function quoteUntrusted(text: string, limit = 200): string {
	return `${quote(text, limit)} (quoted from outside)`;
}

/** JSON of a value from outside, in which quotes within texts cannot be taken for the end of one. */
export function quoteJson(value: unknown, limit = 500): string {
	const json = JSON.stringify(value).replace(/\\(.)/g, (pair, escaped: string) => (escaped === '"' ? "'" : pair));
	const short = sanitize(json, limit);
	return short === json || (short.match(/"/g) ?? []).length % 2 === 0 ? short : `${short}"`;
}

// Line ends and tabs stay: JSON writes them as escapes.
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

const PLAIN = /^[\x20-\x7e]*$/;

/** The value without invisible characters, in strings at any depth, keys included. */
export function stripInvisible<Value>(value: Value): Value {
	// Plain text is told apart in a tenth of the time, and most values hold no other.
	return isPlain(value) ? value : (replaceUnseen(value) as Value);
}

function replaceUnseen(value: unknown): unknown {
	if (typeof value === 'string') return value.replace(UNSEEN, ' ');
	if (Array.isArray(value)) return value.map(replaceUnseen);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [replaceUnseen(key), replaceUnseen(inner)]));
}

function isPlain(value: unknown): boolean {
	if (typeof value === 'string') return PLAIN.test(value);
	if (Array.isArray(value)) return value.every(isPlain);
	if (typeof value !== 'object' || value === null) return true;
	for (const key in value) if (!isPlain(key) || !isPlain((value as Record<string, unknown>)[key])) return false;
	return true;
}

// No spaces: a name, number, address, id or date can say nothing to anybody.
const PLAIN_WORD = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_.:/@+=-]{1,100}$/u;

/** A name or value from outside within a sentence: bare when it is one plain word, quoted otherwise. */
export function inline(value: unknown): string {
	const text = String(value);
	return PLAIN_WORD.test(text) ? text : quote(text, 100);
}
