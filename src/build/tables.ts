/** Formats tables of Markdown. Pure. */

/** Text as code; nothing where there is none. */
export function formatCode(text: string | undefined): string {
	return text ? `\`${text}\`` : '';
}

/** Rows as a Markdown table. A bar inside a cell would start the next one. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const lines = [head, ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
	const [first = '', ...rest] = lines;
	return [first, `|${'---|'.repeat(head.length)}`, ...rest, ''].join('\n');
}
