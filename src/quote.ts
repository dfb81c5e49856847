/** Text from outside (API messages, names, URLs, arguments) made safe to show: cleaned, capped and quoted as data. */

// Control characters, ANSI escapes' ESC among them; bidi marks; zero-width and other invisible format characters; lone surrogates.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu;

/**
 * The text without control, bidi and invisible characters, cut to `limit` characters with an ellipsis.
 * @param limit in UTF-16 code units
 */
export function clean(text: string, limit = 200): string {
	const visible = text
		.slice(0, limit * 4)
		.replace(INVISIBLE, ' ')
		.trim();
	return visible.length > limit ? `${visible.slice(0, limit - 1).replace(/\p{Cs}$/u, '')}…` : visible;
}

/** As {@link clean}, in double quotes that the text itself cannot close. */
export function quote(text: string, limit = 200): string {
	return `"${clean(text, limit).replaceAll('"', "'")}"`;
}

/** The frame around sentences that somebody else wrote: quoted, and said to be from outside, so that no reader takes them for ours. */
export function quoteOutside(text: string, limit = 200): string {
	return `${quote(text, limit)} (quoted from outside)`;
}

// No spaces: a name, number, address, id or date can say nothing to anybody.
const HARMLESS = /^[\p{L}\p{N}_.:/@+=-]{1,100}$/u;

/** A name or value from outside within a sentence: bare when it is one plain word, quoted otherwise. */
export function word(value: unknown): string {
	const text = String(value);
	return HARMLESS.test(text) ? text : quote(text, 100);
}
