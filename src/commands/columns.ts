/** Fits text to the columns of a terminal. */

/** What every terminal shows without breaking lines. */
const COLUMNS = 80;

/** The words of a text in lines of at most COLUMNS characters, each behind `indent` blanks. A longer word has a line of its own. */
export function wrap(text: string, indent = 0): string[] {
	const lines: string[] = [];
	const margin = ' '.repeat(indent);
	let line = '';
	for (const word of text.split(/\s+/).filter(Boolean)) {
		if (line !== '' && indent + line.length + 1 + word.length > COLUMNS) {
			lines.push(margin + line);
			line = '';
		}
		line += line === '' ? word : ` ${word}`;
	}
	return line === '' ? lines : [...lines, margin + line];
}

/** Words of a command in lines of at most COLUMNS characters, which a shell reads as one line. A word may have several lines. */
export function wrapCommand(words: readonly string[], indent = 2): string[] {
	const lines: string[] = [];
	const margin = ' '.repeat(indent + 2);
	let line = ' '.repeat(indent);
	let isEmpty = true;
	for (const word of words) {
		const [first = '', ...others] = word.split('\n');
		// Room for a blank and the backslash.
		if (!isEmpty && line.length + 1 + first.length + 2 > COLUMNS) {
			lines.push(`${line} \\`);
			line = margin;
			isEmpty = true;
		}
		line += isEmpty ? first : ` ${first}`;
		isEmpty = false;
		for (const other of others) {
			lines.push(line);
			line = margin + other;
		}
	}
	return [...lines, line];
}

/** Names beside their meanings, in two columns. */
export function listMeanings(rows: readonly (readonly [name: string, meaning: string])[]): string[] {
	const width = Math.max(...rows.map(([name]) => name.length)) + 4;
	return rows.flatMap(([name, meaning]) => {
		const [first = '', ...rest] = wrap(meaning, width);
		return [`  ${name}`.padEnd(width) + first.trimStart(), ...rest];
	});
}
