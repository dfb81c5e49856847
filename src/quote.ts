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
	return visible.length > limit ? `${visible.slice(0, limit - 1)}…` : visible;
}

/** As {@link clean}, in double quotes that the text itself cannot close. */
export function quote(text: string, limit = 200): string {
	return `"${clean(text, limit).replaceAll('"', "'")}"`;
}
