/** Reads the words after `call TOOL` as the arguments of the tool. */
import { readFileSync } from 'node:fs';
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import type { ArgumentKind } from '../config/argv.js';
import { ConfigError } from '../errors.js';
import { OPERATIONS } from '../operations/index.js';
import { inputOf, unwrapField } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

type Fields = ReadonlyMap<string, z.ZodTypeAny>;

/**
 * Returns the arguments that the words give: `--key=value` for each, or one JSON object, or `-` for a JSON object on standard
 * input. A repeated key makes a list. `@file` reads a file: as JSON when it starts like JSON, else as one item per line.
 * Throws ConfigError for words that have another form, and for files that cannot be read.
 */
export async function readArguments(
	words: readonly string[],
	operation: Operation | undefined,
	readInput: () => Promise<string>,
): Promise<Record<string, unknown>> {
	const [first = '', ...rest] = words;
	if (first === '-' || first.startsWith('{') || first.startsWith('@')) {
		if (rest.length > 0)
			throw new ConfigError('call: nothing may follow a JSON object: put all arguments into the object');
		return readObject(first === '-' ? await readInput() : first.startsWith('@') ? readFile(first) : first);
	}
	const fields = fieldsOf(operation);
	const args = new Map<string, unknown>();
	for (const [name, value] of words.map(splitWord)) {
		if (fields.get(name) instanceof z.ZodArray) args.set(name, [args.get(name) ?? [], readList(value)].flat());
		else if (args.has(name)) throw new ConfigError(`call: --${name} is given twice`);
		else args.set(name, value.startsWith('@') ? readFile(value).trim() : value);
	}
	return Object.fromEntries(args);
}

/** Returns how each argument of a tool is written. An unknown tool has none: the call itself reports it. */
export function argumentKindsOf(tool: string): ReadonlyMap<string, ArgumentKind> {
	const fields = fieldsOf(OPERATIONS.find(({ name }) => name === tool));
	// There are no codes in a shell, so that `--confirm` behind a tool is the operator's flag, and no guard is lost.
	const written = [...fields].filter(([name]) => name !== 'confirm');
	return new Map(written.map(([name, field]) => [name, field instanceof z.ZodBoolean ? 'switch' : 'value']));
}

function fieldsOf(operation: Operation | undefined): Fields {
	const shape: Record<string, z.ZodTypeAny> = operation ? inputOf(operation, 'optional').shape : {};
	return new Map(Object.entries(shape).map(([name, field]) => [name, unwrapField(field)]));
}

function splitWord(word: string): [name: string, value: string] {
	const [, name, value = ''] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
	if (!name) throw new ConfigError(`call: ${quote(word)} is neither JSON nor --key value`);
	return [name, value];
}

function readObject(text: string): Record<string, unknown> {
	const value = parseJson(text.replace(/^\uFEFF/, ''));
	if (!isObject(value)) throw new ConfigError('call: the arguments are not a JSON object');
	return value;
}

/** Returns the items of a JSON list or of a file, or the value itself as the only item. */
function readList(value: string): unknown[] {
	const isFile = value.startsWith('@');
	const text = isFile ? readFile(value).trim() : value;
	if (text.startsWith('[')) {
		const list = parseJson(text);
		if (!Array.isArray(list)) throw new ConfigError('call: a list that starts with [ is not valid JSON');
		return list;
	}
	if (!isFile) return [text];
	const lines = text.split(/\r?\n/).map((line) => line.trim());
	return lines.filter(Boolean).map((line, index) => (line.startsWith('{') ? readLine(line, index + 1) : line));
}

function readLine(line: string, number: number): unknown {
	const value = parseJson(line);
	// The message does not repeat the line: the file may hold what must not appear on a screen.
	if (value === undefined)
		throw new ConfigError(`call: item ${number} of the file starts with { but is not valid JSON`);
	return value;
}

/** Returns undefined for text that is not JSON: no JSON text has that value. */
function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function readFile(word: string): string {
	const path = word.slice(1);
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError(`call: ${quote(path, 100)} cannot be read (${codeOf(error)})`);
	}
}
