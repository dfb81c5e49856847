/** Keeps what an answer shows of Cloudflare's data within limits. What was left out is counted. */
import { isObject, mapStrings } from '../base/json.js';

/** The longest text of Cloudflare's that is shown whole. */
const MAX_TEXT_CHARACTERS = 1_000;
/** All of structured content, as JSON, without status and summary. */
const MAX_BYTES = 60_000;
/** Room for the count of what was left out. */
const COUNT_BYTES = 30;

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');

/** The value with every text cut to 1,000 characters. */
export function cutTexts(value: unknown): unknown {
	return mapStrings(value, (text) =>
		text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS - 1).replace(/\p{Cs}$/u, '')}…` : text,
	);
}

/** The content with as many rows of its result as fit. `omitted` counts the other ones. */
export function fitResult(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
	const { result, ...rest } = content;
	const bytes = bytesOf(result);
	const budget = MAX_BYTES - bytesOf(rest) - COUNT_BYTES;
	// JSON.stringify is cheap for the usual few hundred bytes, and the walk is needed for huge results only.
	if (bytes <= budget) return { ...content };
	const fitter = new Fitter(budget);
	return { ...content, result: fitter.fit(result), omitted: fitter.omitted };
}

/** Takes parts of a value while there is room. */
class Fitter {
	omitted = 0;
	private room: number;

	constructor(room: number) {
		this.room = room;
	}

	/** The value, without the rows of its lists and the members of its objects that do not fit. */
	fit(value: unknown): unknown {
		if (Array.isArray(value)) return value.filter((row) => this.takes(row));
		if (!isObject(value)) return this.takes(value) ? value : undefined;
		const kept: Record<string, unknown> = {};
		for (const [key, inner] of Object.entries(value)) {
			const isContainer = typeof inner === 'object' && inner !== null;
			if (!this.takes(isContainer ? key : { [key]: inner })) continue;
			kept[key] = isContainer ? this.fit(inner) : inner;
		}
		return kept;
	}

	private takes(part: unknown): boolean {
		// A comma or a pair of brackets comes with each part.
		const bytes = bytesOf(part) + 4;
		// After the first row that does not fit, a smaller one would leave a gap in the middle of the list.
		if (this.omitted > 0 || bytes > this.room) {
			this.omitted += 1;
			return false;
		}
		this.room -= bytes;
		return true;
	}
}
