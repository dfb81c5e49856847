/** Decodes the escapes of HTTP, JSON, HTML and logs within a text, and tells where each decoded character came from. */

/** A text after some rounds of decoding. */
export interface View {
	readonly text: string;
	/** Where in the original text the character at `index` begins. The length of the view stands for the end. */
	originOf(index: number): number;
}

/** Every escape begins with one of these. */
const MARK = /[%&\\]/;
/** A character may be escaped by percent-encoding, again by percent-encoding, and then by JSON. */
const ROUNDS = 3;

const HEX = '[\\da-f]';
/** One byte, percent-encoded or as `\x41`. */
const BYTE = '(?:%|\\\\x)';
const TAIL = `${BYTE}[89ab]${HEX}`;
/** The bytes of one character in UTF-8, or one byte. */
const BYTES = [
	`${BYTE}f[0-7]${TAIL}${TAIL}${TAIL}`,
	`${BYTE}e${HEX}${TAIL}${TAIL}`,
	`${BYTE}[cd]${HEX}${TAIL}`,
	`${BYTE}${HEX}{2}`,
];
const ESCAPE = new RegExp(
	[
		...BYTES,
		`[%\\\\]u(${HEX}{4})`,
		`\\\\u\\{0*(${HEX}{1,6})\\}`,
		`&#x0*(${HEX}{1,6});?`,
		'&#0*(\\d{1,7});?',
		'&([a-z]{2,7});',
		'\\\\(.)',
	].join('|'),
	'gis',
);

/** Long runs of escapes, which are decoded in one step each. */
const RUN = new RegExp(`(?:${BYTE}${HEX}{2}){2,}|(?:\\\\\\\\){2,}`, 'gi');

/** The entities of HTML for characters of ASCII, in lower case. */
const ENTITIES: Readonly<Record<string, string>> = {
	amp: '&',
	apos: "'",
	ast: '*',
	bsol: '\\',
	colon: ':',
	comma: ',',
	commat: '@',
	dollar: '$',
	equals: '=',
	excl: '!',
	gt: '>',
	lowbar: '_',
	lpar: '(',
	lt: '<',
	nbsp: ' ',
	newline: '\n',
	num: '#',
	percnt: '%',
	period: '.',
	plus: '+',
	quest: '?',
	quot: '"',
	rpar: ')',
	semi: ';',
	sol: '/',
	tab: '\t',
	verbar: '|',
};
/** What JSON escapes by a letter is white space in all cases. */
const WHITE_SPACE = /[bfnrtv]/;
const LAST_CODE_POINT = 0x10ffff;

/** Whether a text may hold an escape. Most texts hold none. */
export function mayHoldEscapes(text: string): boolean {
	return MARK.test(text);
}

/** The text, and what it becomes when its escapes are decoded, again and again while that changes it. */
export function decodeAll(text: string): string[] {
	const texts = [text];
	for (let latest = text; texts.length <= ROUNDS && mayHoldEscapes(latest); ) {
		const decoded = decode(latest);
		if (decoded === latest) break;
		texts.push(decoded);
		latest = decoded;
	}
	return texts;
}

/** As {@link decodeAll}, with the origin of each character. */
export function viewsOf(text: string): View[] {
	const views: View[] = [{ text, originOf: (index) => index }];
	for (let latest = views[0]; latest && views.length <= ROUNDS && mayHoldEscapes(latest.text); ) {
		const decoded: View = decodeView(latest);
		if (decoded.text === latest.text) break;
		views.push(decoded);
		latest = decoded;
	}
	return views;
}

function decodeView({ text, originOf }: View): View {
	const decoded: string[] = [];
	const origins: number[] = [];
	let end = 0;
	for (const match of text.matchAll(ESCAPE)) {
		const [escaped, ...groups] = match;
		const character = decodeEscape(escaped, ...groups);
		decoded.push(text.slice(end, match.index), character);
		for (; end < match.index; end++) origins.push(originOf(end));
		for (let unit = 0; unit < character.length; unit++) origins.push(originOf(match.index));
		end = match.index + escaped.length;
	}
	decoded.push(text.slice(end));
	for (; end <= text.length; end++) origins.push(originOf(end));
	return { text: decoded.join(''), originOf: (index) => origins[index] ?? originOf(text.length) };
}

function decode(text: string): string {
	const parts: string[] = [];
	let end = 0;
	for (const { 0: run, index } of text.matchAll(RUN)) {
		parts.push(text.slice(end, index).replace(ESCAPE, decodeEscape), decodeRun(run));
		end = index + run.length;
	}
	parts.push(text.slice(end).replace(ESCAPE, decodeEscape));
	return parts.join('');
}

function decodeRun(run: string): string {
	if (run.startsWith('\\\\')) return run.slice(run.length / 2);
	const characters = bytesOf(run).toString('utf8');
	return characters.includes('\ufffd') ? run.replace(ESCAPE, decodeEscape) : characters;
}

function bytesOf(escapes: string): Buffer {
	return Buffer.from(escapes.replace(/%|\\x/gi, ''), 'hex');
}

/** The character that an escape stands for, or the escape itself where it stands for none. */
function decodeEscape(escaped: string, ...groups: unknown[]): string {
	const [unit, braced, hexadecimal, decimal, entity, letter] = groups;
	if (typeof unit === 'string') return String.fromCharCode(Number.parseInt(unit, 16));
	const hex = braced ?? hexadecimal;
	if (typeof hex === 'string') return fromCodePoint(Number.parseInt(hex, 16), escaped);
	if (typeof decimal === 'string') return fromCodePoint(Number(decimal), escaped);
	if (typeof entity === 'string') return ENTITIES[entity.toLowerCase()] ?? escaped;
	if (typeof letter === 'string') return WHITE_SPACE.test(letter) ? ' ' : letter;
	const bytes = bytesOf(escaped);
	const character = bytes.toString('utf8');
	return character.includes('\ufffd') ? bytes.toString('latin1') : character;
}

function fromCodePoint(code: number, escaped: string): string {
	return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : escaped;
}
