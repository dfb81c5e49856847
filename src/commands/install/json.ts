/**
 * Edits JSON with comments in place. jsonc-parser finds the places. Its own edits are not used, because they reformat the
 * whole line and move the comment behind it.
 */
import {
	createScanner,
	findNodeAtLocation,
	type Node,
	type ParseError,
	parse,
	parseTree,
	printParseErrorCode,
} from 'jsonc-parser';
import { isObject } from '../../base/json.js';
import { ConfigFileError, type Edit, type Format, type Keys, lineEndOf, nest, positionOf } from './format.js';

const RULES = { allowTrailingComma: true, allowEmptyContent: true };

/** JSON with comments and trailing commas. */
export const JSON_FORMAT: Format = {
	parse(text) {
		const errors: ParseError[] = [];
		const value: unknown = parse(text, errors, RULES);
		const [first] = errors;
		if (!first) return value;
		const { line, column } = positionOf(text, first.offset);
		const what = printParseErrorCode(first.error)
			.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`)
			.toLowerCase();
		throw new ConfigFileError(`is not valid JSON at line ${line}, column ${column} (${what})`);
	},
	edit: (text, edits) => edits.reduce(put, text),
	remove,
	print: (value) => `${JSON.stringify(value, null, 2)}\n`,
	locate(text, at) {
		const root = parseTree(text, [], RULES);
		const node = root && findNodeAtLocation(root, [...at]);
		return node && positionOf(text, node.offset);
	},
};

function put(text: string, { at, value }: Edit): string {
	const root = parseTree(text, [], RULES);
	if (!root) {
		const start = text === '' || text.endsWith('\n') ? text : text + lineEndOf(text);
		return start + printBlock(text, nest(at, value), '') + lineEndOf(text);
	}
	const node = findNodeAtLocation(root, [...at]);
	if (node) return replace(text, node, value);
	let depth = at.length - 1;
	while (!findNodeAtLocation(root, at.slice(0, depth))) depth--;
	const parent = findNodeAtLocation(root, at.slice(0, depth)) as Node;
	return insert(text, parent, at[depth] ?? '', nest(at.slice(depth + 1), value));
}

function replace(text: string, { offset, length }: Node, value: unknown): string {
	const isOneLine = !text.slice(offset, offset + length).includes('\n');
	const content = isOneLine ? printLine(value) : printBlock(text, value, indentAt(text, offset));
	return text.slice(0, offset) + content + text.slice(offset + length);
}

/** Adds a property or an item behind the last one and the comment of that one. */
function insert(text: string, parent: Node, key: string | number, value: unknown): string {
	const label = typeof key === 'number' ? '' : `${JSON.stringify(key)}: `;
	const close = parent.offset + parent.length - 1;
	const last = parent.children?.at(-1);
	const end = last ? last.offset + last.length : parent.offset + 1;
	const comma = commaBehind(text, end, close);
	if (last && !text.slice(parent.offset, close).includes('\n')) {
		const here = comma ?? end;
		return `${text.slice(0, here)}${comma ? '' : ','} ${label}${printLine(value)}${text.slice(here)}`;
	}
	const content = text.slice(0, close).trimEnd().length;
	const outer = indentAt(text, text.slice(content, close).includes('\n') ? close : parent.offset);
	const inner = last && startsLine(text, last.offset) ? indentAt(text, last.offset) : outer + unitOf(text);
	const added = `${lineEndOf(text)}${inner}${label}${printBlock(text, value, inner)}${comma ? ',' : ''}`;
	const gap = text.slice(content, close);
	return [
		text.slice(0, end),
		last && !comma ? ',' : '',
		text.slice(end, content),
		added,
		gap.includes('\n') ? gap : lineEndOf(text) + outer,
		text.slice(close),
	].join('');
}

/** Removes a property or an item with its comma, and with its line where it has one of its own. */
function remove(text: string, at: Keys): string {
	const root = parseTree(text, [], RULES);
	const node = root && findNodeAtLocation(root, [...at]);
	const own = node?.parent?.type === 'property' ? node.parent : node;
	const parent = own?.parent;
	if (!own || !parent) return text;
	const previous = parent.children?.[parent.children.indexOf(own) - 1];
	const comma = commaBehind(text, own.offset + own.length, parent.offset + parent.length - 1);
	const before = text.slice(0, own.offset);
	const after = text.slice(comma ?? own.offset + own.length);
	const kept = before.trimEnd();
	// A comment to the right of a value is about that value.
	const rest = before.slice(kept.length).includes('\n') ? after.replace(/^[ \t]*(\/\/.*)?(?=\r?\n)/, '') : after;
	const isWholeLine = !before.slice(kept.length).includes('\n') || /^\r?\n/.test(rest);
	const head = isWholeLine ? kept : before;
	if (!previous || comma !== undefined) return head + rest;
	// It was the last one, so the comma in front of it goes too.
	const last = commaBehind(text, previous.offset + previous.length, own.offset) ?? 0;
	return head.slice(0, last - 1) + head.slice(last) + rest;
}

/** Returns the offset behind the comma that follows the last child, if there is one. */
function commaBehind(text: string, from: number, close: number): number | undefined {
	const scanner = createScanner(text, true);
	scanner.setPosition(from);
	scanner.scan();
	const at = scanner.getTokenOffset();
	return at < close && text[at] === ',' ? at + 1 : undefined;
}

const lineStart = (text: string, offset: number) => text.lastIndexOf('\n', offset - 1) + 1;
const startsLine = (text: string, offset: number) => text.slice(lineStart(text, offset), offset).trim() === '';
const indentAt = (text: string, offset: number) => /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';

/** Returns the indentation of one level, which the first indented line shows. */
function unitOf(text: string): string {
	const first = /^([ \t]+)["}\]/]/m.exec(text)?.[1] ?? '  ';
	return first.startsWith('\t') ? '\t' : first;
}

function printBlock(text: string, value: unknown, indent: string): string {
	return JSON.stringify(value, null, unitOf(text)).replaceAll('\n', lineEndOf(text) + indent);
}

function printLine(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(printLine).join(', ')}]`;
	if (!isObject(value)) return JSON.stringify(value);
	return `{ ${Object.entries(value)
		.map(([key, inner]) => `${JSON.stringify(key)}: ${printLine(inner)}`)
		.join(', ')} }`;
}
