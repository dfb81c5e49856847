/** Takes secrets out of everything that leaves the process, in each form they may have been given on the way. */

/** Shorter than this a secret would be found in ordinary words. */
const SHORTEST = 6;
const INSTEAD = '[secret]';

/** Knows the secrets of the process. */
export interface Redactor {
	add(secret: string | undefined): void;
	/** The value with every secret replaced, in strings at any depth, keys included. */
	redact<Value>(value: Value): Value;
}

/** A redactor that knows no secret yet. */
export function createRedactor(): Redactor {
	const forms = new Set<string>();
	let pattern: RegExp | undefined;
	/** No form of a secret is shorter (characters). */
	let shortest = Number.POSITIVE_INFINITY;

	// Nearly every value holds none: it is looked through without a copy, and texts that are too short not even read.
	const holds = (value: unknown): boolean => {
		if (typeof value === 'string') return value.length >= shortest && clear(value) !== value;
		if (Array.isArray(value)) return value.some(holds);
		if (typeof value !== 'object' || value === null) return false;
		for (const key in value) if (holds(key) || holds((value as Record<string, unknown>)[key])) return true;
		return false;
	};
	const clear = (text: string) => (pattern ? text.replace(pattern, INSTEAD) : text);
	const redact = (value: unknown): unknown => {
		if (typeof value === 'string') return clear(value);
		if (Array.isArray(value)) return value.map(redact);
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clear(key), redact(inner)]));
	};

	return {
		add(secret) {
			if (secret === undefined || secret.length < SHORTEST) return;
			const { whole, parts } = formsOf(secret);
			for (const form of [whole, ...parts.map(quoteForPattern)]) forms.add(form);
			shortest = Math.min(shortest, secret.length, ...parts.map(({ length }) => length));
			const longestFirst = [...forms].sort((a, b) => b.length - a.length);
			pattern = new RegExp(longestFirst.join('|'), 'gi');
		},
		redact: <Value>(value: Value) => (holds(value) ? (redact(value) as Value) : value),
	};
}

/**
 * A pattern for the whole, each character of it as it is, percent-encoded or escaped in JSON; and the parts that are fixed
 * in base64 at each of the three alignments.
 */
function formsOf(secret: string): { whole: string; parts: string[] } {
	const bytes = Buffer.from(secret);
	const base64 = [0, 1, 2].map((offset) => {
		const text = Buffer.concat([Buffer.alloc(offset), bytes])
			.toString('base64')
			.replace(/=+$/, '');
		// The first characters also hold what stands before the secret, the last one what stands behind it.
		const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
		return text.slice([0, 2, 3][offset], end);
	});
	const safe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
	const parts = [...base64, ...safe].filter((form) => form.length >= SHORTEST);
	return { whole: [...secret].map(formsOfCharacter).join(''), parts };
}

function formsOfCharacter(one: string): string {
	const percent = [...Buffer.from(one)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
	const units = [...Array(one.length).keys()].map((at) => `\\\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`);
	// A form writes a space as +, and a text that is shown as a quotation has ' in place of ".
	const other = one === ' ' ? '|\\+' : one === '"' ? "|'" : '';
	return `(?:\\\\?${quoteForPattern(one)}|${percent}|${units.join('')}${other})`;
}

function quoteForPattern(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
