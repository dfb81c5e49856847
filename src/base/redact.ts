/** Removes secrets from everything that leaves the process, in each encoding in which they may come back. */
import { mapStrings } from './json.js';
import { stripInvisible } from './sanitize.js';

/** Shorter texts are not treated as secrets, because ordinary words would contain them. */
const MIN_SECRET_CHARACTERS = 6;
const REPLACEMENT = '[secret]';

/** Knows the secrets of the process. */
export class Redactor {
	private readonly forms = new Set<string>();
	private pattern: RegExp | undefined;
	/** No form of a secret has fewer characters. */
	private shortestForm = Number.POSITIVE_INFINITY;

	/** Adds a secret. Texts of fewer than six characters are ignored. */
	add(secret: string | undefined): void {
		if (secret === undefined || secret.length < MIN_SECRET_CHARACTERS) return;
		const { whole, parts } = formsOf(secret);
		for (const form of [whole, ...parts.map(escapeForPattern)]) this.forms.add(form);
		this.shortestForm = Math.min(this.shortestForm, secret.length, ...parts.map(({ length }) => length));
		const longestFirst = [...this.forms].sort((a, b) => b.length - a.length);
		this.pattern = new RegExp(longestFirst.join('|'), 'gi');
	}

	/** The value without secrets, in strings at any depth, keys included. */
	readonly redact = <Value>(value: Value): Value => mapStrings(value, (text) => this.redactText(text)) as Value;

	/** The value as a reader may see it: without secrets and without invisible characters. */
	readonly toOutput = <Value>(value: Value): Value =>
		mapStrings(value, (text) => this.redactText(stripInvisible(text))) as Value;

	private redactText(text: string): string {
		return this.pattern && text.length >= this.shortestForm ? text.replace(this.pattern, REPLACEMENT) : text;
	}
}

/**
 * The forms of a secret. `whole` is a pattern in which each character may be plain, percent-encoded or escaped as in JSON.
 * `parts` are the characters of its base64 that do not depend on what stands around it, for each of the three alignments.
 */
function formsOf(secret: string): { whole: string; parts: string[] } {
	const bytes = Buffer.from(secret);
	const base64 = [0, 1, 2].map((offset) => {
		const text = Buffer.concat([Buffer.alloc(offset), bytes])
			.toString('base64')
			.replace(/=+$/, '');
		// The first characters also encode the text before the secret, and the last one the text after it.
		const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
		return text.slice([0, 2, 3][offset], end);
	});
	const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
	const parts = [...base64, ...urlSafe].filter((form) => form.length >= MIN_SECRET_CHARACTERS);
	return { whole: [...secret].map(patternOfCharacter).join(''), parts };
}

function patternOfCharacter(character: string): string {
	const percent = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
	const units = [...Array(character.length).keys()].map(
		(at) => `\\\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
	);
	// Form encoding writes a space as +, and our quotations write " as '.
	const other = character === ' ' ? '|\\+' : character === '"' ? "|'" : '';
	return `(?:\\\\?${escapeForPattern(character)}|${percent}|${units.join('')}${other})`;
}

function escapeForPattern(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
