/** Removes secrets from everything that leaves the process, in the encodings that HTTP and JSON use. */
import { decodeAll, mayHoldEscapes, viewsOf } from './encodings.js';
import { mapStrings } from './json.js';
import { QUOTE_LIKE, stripInvisible } from './sanitize.js';

/** Shorter texts are not treated as secrets, because ordinary words would contain them. */
const MIN_SECRET_CHARACTERS = 6;
const REPLACEMENT = '[secret]';

/**
 * Longer secrets, such as access tokens of OAuth, are removed as they are, and in their encodings by their end, without which
 * the rest is useless: of a JWT, the end is in the signature. A pattern of 2,000 characters exhausts the engine's memory.
 */
const MAX_WHOLE_CHARACTERS = 100;
const END_CHARACTERS = 48;

/**
 * White space, control and invisible characters, which may stand between the characters of a secret: line ends that fold
 * it, zero-width characters that hide it. Surrogates are among them, so that the pattern needs no flag u, which is slow.
 */
const GAP =
	'\\x00-\\x20\\x7f-\\xa0\\xad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb';
const ANY_GAPS = `[${GAP}]*`;
const HAS_GAP = new RegExp(`[${GAP}]`);
/** A form of HTML writes a space as `+`. */
const ANY_GAPS_OR_PLUS = `[${GAP}+]*`;
const GAPS_OR_PLUS = new RegExp(`[${GAP}+]+`);
const IS_QUOTE = new RegExp(`[${QUOTE_LIKE}]`, 'u');

/** Enough that few texts hold them by chance, and few enough that the pattern compiles in a tenth of the time. */
const HEAD_CHARACTERS = 4;

/** Ends every text that was cut. */
const CUT_MARK = '…';
/** What a cut leaves of an escape, in part or wrongly decoded. */
const TORN_ESCAPE = `[^${CUT_MARK}]{0,12}`;

/** Knows the secrets of the process. */
export class Redactor {
	/** As they are: their patterns take 200 KB each, and a server with many callers keeps the secrets of each. */
	private readonly secrets = new Set<string>();
	/** Those that are too long for a pattern, whole. */
	private readonly long = new Set<string>();
	private pattern: RegExp | undefined;
	private patternOfCutTexts: RegExp | undefined;
	/**
	 * How the forms begin. A text without any of these holds no secret, which takes a fifth of the time to find out, and
	 * nearly all texts hold none (bench row call.many).
	 */
	private patternOfHeads: RegExp | undefined;
	/** No form of a secret has fewer characters. */
	private shortestForm = Number.POSITIVE_INFINITY;

	/** Adds a secret. Texts of fewer than six characters are ignored. */
	add(whole: string | undefined): void {
		if (whole === undefined || whole.length < MIN_SECRET_CHARACTERS) return;
		const isLong = whole.length > MAX_WHOLE_CHARACTERS;
		const secret = isLong ? whole.slice(-END_CHARACTERS) : whole;
		if (isLong) this.long.add(whole);
		this.secrets.add(secret);
		const encoded = encodingsOf(secret);
		const bare = wordsOf(secret).join('');
		this.shortestForm = Math.min(this.shortestForm, ...[bare, ...encoded].map(({ length }) => length));
		this.pattern = undefined;
		this.patternOfCutTexts = undefined;
		this.patternOfHeads = undefined;
	}

	/** The value without secrets, in strings at any depth, keys included. */
	readonly redact = <Value>(value: Value): Value => mapStrings(value, (text) => this.redactText(text)) as Value;

	/** The value as a reader may see it: without secrets and without invisible characters. */
	readonly toOutput = <Value>(value: Value): Value =>
		mapStrings(value, (text) => stripInvisible(this.redactText(text))) as Value;

	/** Whether a text may hold a secret. */
	private mayHold(text: string): boolean {
		this.patternOfHeads ??= new RegExp([...new Set([...this.secrets].flatMap(headsOf))].join('|'), 'i');
		return this.patternOfHeads.test(text);
	}

	/** Compiled when it is first needed: a server with many callers has a redactor for each. */
	private compile(): RegExp {
		this.pattern ??= new RegExp(this.forms().join('|'), 'gi');
		return this.pattern;
	}

	private compileForCutTexts(): RegExp {
		this.patternOfCutTexts ??= new RegExp(
			[...this.forms(), ...[...this.secrets].flatMap(beginningsOf)].join('|'),
			'gi',
		);
		return this.patternOfCutTexts;
	}

	/** The patterns of all forms. */
	private forms(): string[] {
		return longestFirst(new Set([...this.secrets].flatMap(formsOf)));
	}

	private redactText(given: string): string {
		let text = given;
		for (const whole of this.long) text = text.replaceAll(whole, REPLACEMENT);
		// Arguments are quoted, and cut, before they pass here. A cut secret is known by its beginning.
		const isCut = text.includes(CUT_MARK);
		if (this.secrets.size === 0 || (!isCut && text.length < this.shortestForm)) return text;
		const hasEscapes = mayHoldEscapes(text);
		const suspects = (hasEscapes ? decodeAll(text) : [text]).filter((one) => this.mayHold(one));
		if (suspects.length === 0) return text;
		const pattern = isCut ? this.compileForCutTexts() : this.compile();
		if (!hasEscapes) return text.replace(pattern, REPLACEMENT);
		return suspects.some((decoded) => decoded.search(pattern) >= 0) ? cutOut(text, pattern) : text;
	}
}

/** The secret in the encodings of bytes. */
function encodingsOf(secret: string): string[] {
	const bytes = Buffer.from(secret);
	return [...base64Of(bytes), bytes.toString('hex')];
}

/** Patterns for the secret as it is, and for each of its encodings. */
function formsOf(secret: string): string[] {
	return [patternOf(secret), ...encodingsOf(secret).map(spread)];
}

/** Each form without its own gaps, and a pattern for what may stand between its characters. */
function bareFormsOf(secret: string): { form: string; gaps: string }[] {
	const plain = { form: wordsOf(secret).join(''), gaps: HAS_GAP.test(secret) ? ANY_GAPS_OR_PLUS : ANY_GAPS };
	// A plus sign is a character of base64. As a gap too, it could take more than linear time.
	return [plain, ...encodingsOf(secret).map((form) => ({ form, gaps: ANY_GAPS }))];
}

/** Patterns for the first characters of each form. */
function headsOf(secret: string): string[] {
	return bareFormsOf(secret).map(({ form, gaps }) =>
		form === '' ? patternOf(secret) : [...form].slice(0, HEAD_CHARACTERS).map(patternOfCharacter).join(gaps),
	);
}

/** Patterns for the beginning of each form, before a cut. */
function beginningsOf(secret: string): string[] {
	return bareFormsOf(secret)
		.filter(({ form }) => form.length > MIN_SECRET_CHARACTERS)
		.map(beginningOf);
}

const longestFirst = (forms: Iterable<string>) => [...forms].sort((a, b) => b.length - a.length);

/** The text with a replacement for each range that gives a match of `pattern` when it is decoded. */
function cutOut(text: string, pattern: RegExp): string {
	const ranges = viewsOf(text)
		.flatMap(({ text: decoded, originOf }) =>
			[...decoded.matchAll(pattern)].map(({ 0: found, index }) => ({
				start: originOf(index),
				end: originOf(index + found.length),
			})),
		)
		.sort((a, b) => a.start - b.start);
	// Runs of escapes are decoded faster in decodeAll. Where the two differ, nothing of the text is shown.
	if (ranges.length === 0) return REPLACEMENT;
	const kept: string[] = [];
	let done = 0;
	for (const { start, end } of ranges) {
		if (start >= done) kept.push(text.slice(done, start), REPLACEMENT);
		done = Math.max(done, end);
	}
	return kept.join('') + text.slice(done);
}

/**
 * A pattern for the secret as it is. The gaps of the secret itself may be missing in a text: a pattern that demanded them
 * beside optional ones could take more than linear time.
 */
function patternOf(secret: string): string {
	const words = wordsOf(secret);
	if (words.join('').length < MIN_SECRET_CHARACTERS) return escapeForPattern(secret);
	return words.map(spread).join(ANY_GAPS_OR_PLUS);
}

/** The parts of a secret between its gaps. */
function wordsOf(secret: string): string[] {
	return HAS_GAP.test(secret) ? secret.split(GAPS_OR_PLUS).filter((word) => word !== '') : [secret];
}

/** A pattern for the text with gaps anywhere in it, and with an apostrophe in place of each quotation mark. */
function spread(text: string): string {
	return [...text].map(patternOfCharacter).join(ANY_GAPS);
}

function patternOfCharacter(one: string): string {
	return IS_QUOTE.test(one) ? `[${one}']` : escapeForPattern(one);
}

/** A pattern for at least six characters of the beginning of a form, before the mark of a cut, which is not part of the match. */
function beginningOf({ form, gaps }: { form: string; gaps: string }): string {
	const characters = [...form].map(patternOfCharacter);
	const known = characters.slice(0, MIN_SECRET_CHARACTERS).join(gaps);
	const rest = characters.slice(MIN_SECRET_CHARACTERS);
	const optional = rest.reduceRight((inner, one) => `(?:${gaps}${one}${inner})?`, '');
	return `${known}${optional}${gaps}${TORN_ESCAPE}(?=${CUT_MARK})`;
}

/**
 * The characters of its base64, plain and safe for URLs, that do not depend on what stands around it, for each of the three
 * alignments.
 */
function base64Of(bytes: Buffer): string[] {
	const forms = [0, 1, 2].map((offset) => {
		const text = Buffer.concat([Buffer.alloc(offset), bytes])
			.toString('base64')
			.replace(/=+$/, '');
		// The first characters also encode the text before the secret, and the last one the text after it.
		const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
		return text.slice([0, 2, 3][offset], end);
	});
	const urlSafe = forms.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
	return [...forms, ...urlSafe].filter((form) => form.length >= MIN_SECRET_CHARACTERS);
}

function escapeForPattern(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
