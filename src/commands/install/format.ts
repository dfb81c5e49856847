/** Declares what a file format must offer: reading a text, and changing a few places while every other byte stays. */
import { isDeepStrictEqual } from 'node:util';

/** Keys and indexes that lead to a place in a file. */
export type Keys = readonly (string | number)[];

/** A place, and the value to set there. */
export interface Edit {
	readonly at: Keys;
	readonly value: unknown;
}

interface Position {
	/** From 1. */
	readonly line: number;
	/** From 1. */
	readonly column: number;
}

/** How one format is read and changed. */
export interface Format {
	/** Returns the value of a text. Throws ConfigFileError with line and column. */
	parse(text: string): unknown;
	/** Returns the text with the edits made. `entry` leads to the table that holds them. Throws ConfigFileError where it cannot. */
	edit(text: string, edits: readonly Edit[], entry: Keys): string;
	/** Returns the text without what is at a place. Where it cannot, the text keeps it. */
	remove(text: string, at: Keys): string;
	/** Returns a document that holds only this value. */
	print(value: object): string;
	/** Returns the position of a place in a text, if the format can tell. */
	locate(text: string, at: Keys): Position | undefined;
}

/** A file that stays as it is. The message is the rest of a sentence whose subject is the file. */
export class ConfigFileError extends Error {
	override name = 'ConfigFileError';
	/** Whether the user can still add the entry by hand. */
	readonly byHand: boolean;
	/** Lines that say what the user can do. */
	readonly hints: readonly string[];

	constructor(message: string, { byHand = false, hints = [] }: { byHand?: boolean; hints?: readonly string[] } = {}) {
		super(message);
		this.byHand = byHand;
		this.hints = hints;
	}
}

/** Returns the value at a place, or undefined where there is none. */
export function valueAt(value: unknown, at: Keys): unknown {
	return at.reduce<unknown>(
		(inner, key) =>
			isTable(inner) || Array.isArray(inner) ? (inner as Record<string | number, unknown>)[key] : undefined,
		value,
	);
}

/** Whether a value is an object of keys. A date, as TOML has them, is an object but not a table. */
export function isTable(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null) return false;
	const prototype = Object.getPrototypeOf(value);
	return prototype === null || prototype === Object.prototype;
}

/** Returns an object that holds the value at the end of these keys. */
export function nest(keys: Keys, value: unknown): unknown {
	return keys.reduceRight((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);
}

/** Whether `after` is `before` with these edits and no other difference. */
export function differsOnlyBy(edits: readonly Edit[], before: unknown, after: unknown): boolean {
	return isDeepStrictEqual(
		plain(after),
		edits.reduce((value, { at, value: wanted }) => withValue(value, at, plain(wanted)), plain(before)),
	);
}

function withValue(inner: unknown, [key, ...rest]: Keys, value: unknown): unknown {
	if (key === undefined) return value;
	if (typeof key === 'number') {
		const list = Array.isArray(inner) ? inner : [];
		return list.toSpliced(key, 1, withValue(list[key], rest, value));
	}
	const table = isTable(inner) ? inner : {};
	return { ...table, [key]: withValue(Object.hasOwn(table, key) ? table[key] : undefined, rest, value) };
}

/** Whether `after` is `before` without what was at a place. Tables that only led there may be gone too. */
export function differsOnlyByAbsence(at: Keys, before: unknown, after: unknown): boolean {
	const isItem = typeof at.at(-1) === 'number';
	if (!isItem && valueAt(after, at) !== undefined) return false;
	const left = isItem ? plain(after) : without(plain(after), at);
	return isDeepStrictEqual(without(plain(before), at), left);
}

/** Returns a value without a place, and without the tables that are empty then. */
function without(inner: unknown, [key, ...rest]: Keys): unknown {
	if (typeof key === 'number') return Array.isArray(inner) ? inner.toSpliced(key, 1) : inner;
	if (key === undefined || !isTable(inner) || !Object.hasOwn(inner, key)) return inner;
	const { [key]: value, ...others } = inner;
	const left = rest.length === 0 ? undefined : without(value, rest);
	const isGone = left === undefined || (isTable(left) && Object.keys(left).length === 0);
	return isGone ? others : { ...others, [key]: left };
}

/** Gives all tables one prototype: the parsers differ in it, and isDeepStrictEqual compares it. */
function plain(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(plain);
	if (!isTable(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Returns line and column of an offset. */
export function positionOf(text: string, offset: number): Position {
	const before = text.slice(0, offset).split('\n');
	return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Returns the line end that a text uses. */
export function lineEndOf(text: string): string {
	return text.includes('\r\n') ? '\r\n' : '\n';
}
