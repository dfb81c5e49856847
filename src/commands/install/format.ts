/** What is asked of a file format: to be read, and to be changed in a few places while every other byte stays. */
import { isDeepStrictEqual } from 'node:util';

/** Keys (and indexes) that lead to a place in a file. */
export type Keys = readonly (string | number)[];

/** A place, and what is to stand there. */
export interface Edit {
	readonly at: Keys;
	readonly value: unknown;
}

/** Line and column, both from 1. */
export interface Position {
	readonly line: number;
	readonly column: number;
}

/** How one format is read and changed. */
export interface Format {
	/** The value of a text. Throws Unusable with line and column. */
	parse(text: string): unknown;
	/** The text with the changes made. `entry` is the table that they are at or below. Throws Unusable where it cannot. */
	edit(text: string, changes: readonly Edit[], entry: Keys): string;
	/** A document of its own that holds only this value. */
	print(value: object): string;
	/** Where a place is in a text, if that can be told. */
	locate(text: string, at: Keys): Position | undefined;
}

/** A file that is left as it is, and why; `byHand` when the person can still write the entry. */
export class ConfigFileError extends Error {
	override name = 'Unusable';
	readonly byHand: boolean;

	constructor(message: string, { byHand = false } = {}) {
		super(message);
		this.byHand = byHand;
	}
}

/** The value at a place; undefined where there is none. */
export function valueAt(value: unknown, at: Keys): unknown {
	return at.reduce<unknown>(
		(inner, key) =>
			isTable(inner) || Array.isArray(inner) ? (inner as Record<string | number, unknown>)[key] : undefined,
		value,
	);
}

/** Whether a value is an object of keys. */
export function isTable(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null) return false;
	const prototype = Object.getPrototypeOf(value);
	return prototype === null || prototype === Object.prototype;
}

/** An object that holds the value at the end of these keys. */
export function nest(keys: Keys, value: unknown): unknown {
	return keys.reduceRight((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);
}

/** Whether `after` is `before` with just these changes. */
export function differsOnlyBy(changes: readonly Edit[], before: unknown, after: unknown): boolean {
	return isDeepStrictEqual(
		plain(after),
		changes.reduce((value, { at, value: wanted }) => withValue(value, at, plain(wanted)), plain(before)),
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

/** Tables of one kind, as the parsers make different ones. */
function plain(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(plain);
	if (!isTable(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Line and column of an offset. */
export function positionOf(text: string, offset: number): Position {
	const before = text.slice(0, offset).split('\n');
	return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The line ends of a text. */
export function lineEndOf(text: string): string {
	return text.includes('\r\n') ? '\r\n' : '\n';
}
