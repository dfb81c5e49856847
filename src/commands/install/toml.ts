/** Edits TOML in place: statements are found by a scanner, and read by a parser. */
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, TomlError } from 'smol-toml';
import {
	ConfigFileError,
	type Edit,
	type Format,
	isTable,
	type Keys,
	lineEndOf,
	nest,
	positionOf,
	valueAt,
} from './format.js';
import { scanStatement } from './toml-scanner.js';

/** Reads whole numbers as bigint: 1 and 1.0 stay different values, and no number is too large. */
const read = (text: string): Record<string, unknown> => parse(text, { integersAsBigInt: true });

/** `[table]`, `[[list]]` or `key = value`. */
interface Statement {
	readonly kind: 'table' | 'list' | 'value';
	/** All keys that lead to what it defines. */
	readonly path: readonly string[];
	readonly start: number;
	/** The offset behind its line end. */
	readonly end: number;
	/** The offset behind the key of `key = value`. */
	readonly keyEnd: number;
	/** The offset behind its last value or bracket, and before a comment. */
	readonly valueEnd: number;
}

/** TOML 1.0. */
export const TOML_FORMAT: Format = {
	parse(text) {
		try {
			return read(text);
		} catch (error) {
			if (!(error instanceof TomlError)) throw error;
			throw new ConfigFileError(`is not valid TOML at line ${error.line}, column ${error.column}`);
		}
	},
	edit(text, edits, entry) {
		const isNew = edits.some(({ at }) => at.length === entry.length);
		const headers = statementsOf(text).filter(({ kind, path }) => kind === 'table' && isDeepStrictEqual(path, entry));
		// An entry that is an inline table or that dotted keys define has no lines of its own to edit.
		if (!isNew && headers.length !== 1)
			throw new ConfigFileError('has the entry in a form that this command cannot edit', { byHand: true });
		return edits.reduce((current, edit) => put(current, edit, entry), text);
	},
	remove,
	print: (value) => stringify(value),
	locate(text, at) {
		const start = statementsOf(text).find(({ path }) => startsWith(path, at))?.start;
		return start === undefined ? undefined : positionOf(text, start);
	},
};

function put(text: string, { at, value }: Edit, entry: Keys): string {
	const all = statementsOf(text);
	const find = (wanted: Statement['kind'], keys: Keys) =>
		all.findIndex(({ kind, path }) => kind === wanted && isDeepStrictEqual(path, keys));
	const own = all[find('value', at)];
	if (own) return replaceValue(text, own, value);
	const [parent, key] = [at.slice(0, -1), String(at.at(-1))];
	const inline = at.length > entry.length ? all[find('value', parent)] : undefined;
	if (inline) return replaceValue(text, inline, { ...(valueAt(read(text), parent) as object), [key]: value });
	const header = find('table', parent);
	if (header >= 0 && !isTable(value)) return insertAt(text, regionEnd(all, header), stringify({ [key]: value }));
	// The value gets a table of its own, behind the entry that it belongs to or at the end.
	const owner = at.length > entry.length ? find('table', entry) : -1;
	const end = owner < 0 ? text.length : regionEnd(all, owner);
	const table = stringify(nest(at, value) as object);
	return insertAt(text, end, text.slice(0, end).trim() === '' ? table : `\n${table}`);
}

/** Removes the statements of a table, with the comments among them and the empty line before them. */
function remove(text: string, at: Keys): string {
	const all = statementsOf(text);
	const isOwn = (one: Statement | undefined) => one !== undefined && startsWith(one.path, at);
	const runs = all.flatMap((first, index) => {
		if (!isOwn(first) || isOwn(all[index - 1])) return [];
		const next = all.findIndex((one, other) => other > index && !isOwn(one));
		return [{ start: first.start, end: all[(next < 0 ? all.length : next) - 1]?.end ?? first.end }];
	});
	return runs.reduceRight((current, { start, end }) => {
		const before = current.slice(0, start).replace(/(^|\n)\r?\n$/, '$1');
		return before + current.slice(end);
	}, text);
}

/** Returns the offset behind the last statement of the table that this header starts. */
function regionEnd(all: readonly Statement[], header: number): number {
	const next = all.findIndex(({ kind }, index) => index > header && kind !== 'value');
	return all[(next < 0 ? all.length : next) - 1]?.end ?? 0;
}

function insertAt(text: string, offset: number, lines: string): string {
	const eol = lineEndOf(text);
	const before = text.slice(0, offset);
	const start = before === '' || before.endsWith('\n') ? before : before + eol;
	return start + `${lines.trimEnd()}\n`.replaceAll('\n', eol) + text.slice(offset);
}

/** Replaces the value of a statement and keeps the comment behind it. */
function replaceValue(text: string, { keyEnd, valueEnd }: Statement, value: unknown): string {
	return `${text.slice(0, keyEnd)}= ${printInline(value)}${text.slice(valueEnd)}`;
}

function printInline(value: unknown): string {
	if (!isTable(value)) return stringify({ x: value }).slice('x = '.length).trimEnd();
	const pairs = Object.entries(value).map(([key, inner]) => stringify({ [key]: inner }).trimEnd());
	return `{ ${pairs.join(', ')} }`;
}

/** Returns the statements of a valid text in their order. */
function statementsOf(text: string): Statement[] {
	const all: Statement[] = [];
	let table: readonly string[] = [];
	for (let start = 0, end = 0; start < text.length; start = end) {
		const extent = scanStatement(text, start);
		end = extent.end;
		if (extent.valueEnd === start) continue;
		const [, brackets] = /^\s*(\[\[?)/.exec(text.slice(start, extent.valueEnd)) ?? [];
		if (brackets) table = pathOf(read(text.slice(start, end)));
		const path = brackets ? table : [...table, ...pathOf(read(`${text.slice(start, extent.keyEnd)}= 0`))];
		all.push({ kind: brackets === '[' ? 'table' : brackets ? 'list' : 'value', path, start, ...extent });
	}
	return all;
}

/** Returns the keys of a value that has one key at each level. */
function pathOf(value: unknown): string[] {
	const inner = Array.isArray(value) ? value[0] : value;
	if (!isTable(inner)) return [];
	return Object.entries(inner).flatMap(([key, deeper]) => [key, ...pathOf(deeper)]);
}

function startsWith(path: readonly string[], at: Keys): boolean {
	return at.every((key, index) => path[index] === key);
}
