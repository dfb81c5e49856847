/** Finds where statements of TOML end, in one pass. The text must be valid: a parser has read it before. */

// Strings come first: what is in them is no bracket, no comment and no line end.
const TOKEN =
	/"""(?:\\.|[^\\])*?"{3,5}|'''.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[[\]{}=]|\r?\n|[^\S\n]+|[^"'#[\]{}=\s]+/sy;

/** Offsets in a text. */
interface Extent {
	/** Behind the key of `key = value`; the start where there is no such key. */
	readonly keyEnd: number;
	/** Behind the value, and before a comment that follows it. */
	readonly valueEnd: number;
	/** Behind the line end. */
	readonly end: number;
}

/** Returns the extent of the statement, the comment or the empty line that starts at an offset. */
export function scanStatement(text: string, start: number): Extent {
	let [depth, keyEnd, valueEnd, at] = [0, start, start, start];
	while (at < text.length) {
		TOKEN.lastIndex = at;
		// A character that starts no token cannot be in a valid text. It is passed over, so that every scan ends.
		const token = TOKEN.exec(text)?.[0] ?? text.charAt(at);
		if (token === '=' && depth === 0 && keyEnd === start) keyEnd = at;
		if (token === '[' || token === '{') depth++;
		if (token === ']' || token === '}') depth--;
		at += token.length;
		if (token.endsWith('\n') && token.length <= 2 && depth === 0) break;
		if (token.trim() !== '' && !token.startsWith('#')) valueEnd = at;
	}
	return { keyEnd, valueEnd, end: at };
}
