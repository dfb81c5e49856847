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
			for (const form of formsOf(secret)) forms.add(form);
			const longestFirst = [...forms].sort((a, b) => b.length - a.length);
			pattern = new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'gi');
		},
		redact: <Value>(value: Value) => (pattern ? (redact(value) as Value) : value),
	};
}

/** As it is, percent-encoded, as JSON text, and as what of it is fixed in base64 at each of the three alignments. */
function formsOf(secret: string): string[] {
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
	return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64, ...safe].filter(
		(form) => form.length >= SHORTEST,
	);
}
