/** Colours words of a report by escape sequences. Pure. */

const CODES = { fix: '31;1', note: '33', ok: '32', verdict: '1' } as const;

/** Returns a function that gives a text the colour of its role, or leaves it as it is. */
export function styleText(colour: boolean): (role: keyof typeof CODES, text: string) => string {
	return (role, text) => (colour ? `\u001b[${CODES[role]}m${text}\u001b[0m` : text);
}
