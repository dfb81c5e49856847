/** Reads the words after `call TOOL` as the arguments of the tool. */
import { readFileSync } from 'node:fs';
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import { ConfigError } from '../errors.js';
import { OPERATIONS } from '../operations/index.js';
import { argumentNames, inputOf, unwrapField } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

type Fields = ReadonlyMap<string, z.ZodTypeAny>;

/**
 * Returns the arguments that the words give: one JSON object, or `--key value`, `--key=value` and `--switch`. A repeated
 * key makes a list. `@file` reads a file: as JSON when it starts like JSON, else as one item per line.
 * Throws ConfigError for words that have another form, and for files that cannot be read.
 */
export function readArguments(words: readonly string[], operation: Operation | undefined): Record<string, unknown> {
	const [first = '', ...rest] = words;
	if (first.startsWith('{') || first.startsWith('@')) {
		if (rest.length > 0)
			throw new ConfigError('call: nothing may follow a JSON object: put all arguments into the object');
		return readObject(first);
	}
	const fields = fieldsOf(operation);
	const args = new Map<string, unknown>();
	for (const [name, value] of pairsOf(words, fields)) {
		if (fields.get(name) instanceof z.ZodArray) args.set(name, [args.get(name) ?? [], readList(value)].flat());
		else if (args.has(name)) throw new ConfigError(`call: --${name} is given twice`);
		else args.set(name, value.startsWith('@') ? readFile(value).trim() : value);
	}
	return Object.fromEntries(args);
}

/** Returns the argument names of a tool. An unknown tool has none: the call itself reports it. */
export function argumentNamesOf(tool: string): string[] {
	const operation = OPERATIONS.find(({ name }) => name === tool);
	return operation ? argumentNames(operation) : [];
}

function fieldsOf(operation: Operation | undefined): Fields {
	const shape: Record<string, z.ZodTypeAny> = operation ? inputOf(operation, 'optional').shape : {};
	return new Map(Object.entries(shape).map(([name, field]) => [name, unwrapField(field)]));
}

/** Yields each argument with its value. A boolean argument that no value follows is a switch, and true. */
function* pairsOf(words: readonly string[], fields: Fields): Generator<[name: string, value: string]> {
	for (let index = 0; index < words.length; index++) {
		const word = words[index] ?? '';
		const [, name, inline] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
		if (!name) throw new ConfigError(`call: ${quote(word)} is neither JSON nor --key value`);
		const next = words[index + 1];
		if (inline !== undefined) yield [name, inline];
		else if (fields.get(name) instanceof z.ZodBoolean && (next === undefined || next.startsWith('--')))
			yield [name, 'true'];
		else if (next === undefined) throw new ConfigError(`call: --${name} needs a value`);
		else {
			yield [name, next];
			index++;
		}
	}
}

function readObject(word: string): Record<string, unknown> {
	const value = parseJson(word.startsWith('@') ? readFile(word) : word);
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
