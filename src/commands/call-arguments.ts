/** Reads the words after `call TOOL` as the arguments of the tool. */
import { readFileSync } from 'node:fs';
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import type { ToolWords } from '../config/call-words.js';
import { ConfigError } from '../errors.js';
import { normalizerOf } from '../operations/fields.js';
import { OPERATIONS } from '../operations/index.js';
import { inputOf, unwrapField } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

type Fields = ReadonlyMap<string, z.ZodTypeAny>;

/** The tools as a command line names them. There are no codes in a shell: `--confirm` is the operator's flag, everywhere. */
export const TOOL_WORDS: ToolWords = {
	names: OPERATIONS.map(({ name }) => name),
	argumentsOf: (tool) => {
		const operation = OPERATIONS.find(({ name }) => name === tool);
		if (!operation) return undefined;
		return new Map(
			[...fieldsOf(operation)]
				.filter(([name]) => name !== 'confirm')
				.map(([name, field]) => [name, field instanceof z.ZodBoolean ? 'switch' : 'value']),
		);
	},
};

/**
 * Returns the arguments that the words give: `--key=value` for each, and one JSON object, as it is, in a file (`@file`) or on
 * standard input (`-`). A repeated key makes a list. A list may be JSON, `@file`, or `-` for standard input: as JSON when it
 * starts like JSON, else as one item per line. Throws ConfigError for words that have another form, for a key that is given
 * twice, and for files that cannot be read.
 */
export async function readArguments(
	words: readonly string[],
	operation: Operation | undefined,
	readInput: () => Promise<string>,
): Promise<Record<string, unknown>> {
	const reader = new ArgumentReader(fieldsOf(operation), readInput);
	for (const word of words) await reader.take(word);
	return reader.read();
}

function fieldsOf(operation: Operation | undefined): Fields {
	const shape: Record<string, z.ZodTypeAny> = operation ? inputOf(operation, 'optional').shape : {};
	return new Map(Object.entries(shape).map(([name, field]) => [name, unwrapField(field)]));
}

/** Collects the arguments of one call. */
class ArgumentReader {
	private readonly fields: Fields;
	private readonly readInput: () => Promise<string>;
	private readonly args = new Map<string, unknown>();
	private hasReadInput = false;

	constructor(fields: Fields, readInput: () => Promise<string>) {
		this.fields = fields;
		this.readInput = readInput;
	}

	/** Adds what a word gives. */
	async take(word: string): Promise<void> {
		if (word === '-' || word.startsWith('{') || word.startsWith('@')) {
			const text = word.startsWith('{') ? word : await this.readText(word);
			for (const [name, value] of Object.entries(this.parseObject(text))) this.setOnce(name, value);
			return;
		}
		const [name, value] = splitWord(word);
		const field = this.fields.get(name);
		if (!(field instanceof z.ZodArray))
			this.setOnce(name, value.startsWith('@') ? (await this.readText(value)).trim() : value);
		else if (!this.args.has(name) || this.isList(name))
			this.args.set(name, [this.args.get(name) ?? [], await this.readList(value, field)].flat());
		else throw givenTwice(name);
	}

	/** The arguments so far. */
	read(): Record<string, unknown> {
		return Object.fromEntries(this.args);
	}

	private isList(name: string): boolean {
		return Array.isArray(this.args.get(name));
	}

	private setOnce(name: string, value: unknown): void {
		if (this.args.has(name)) throw givenTwice(name);
		this.args.set(name, value);
	}

	/** The text of a file, or of standard input, which can be read once. */
	private async readText(word: string): Promise<string> {
		if (word !== '-' && word !== '@-') return readFile(word.slice(1));
		if (this.hasReadInput) throw new ConfigError('call: standard input can be read only once');
		this.hasReadInput = true;
		return this.readInput();
	}

	private parseObject(text: string): Record<string, unknown> {
		const value = parseJson(text.replace(/^\uFEFF/, ''));
		if (isObject(value)) return value;
		const list = [...this.fields].find(([, field]) => field instanceof z.ZodArray)?.[0];
		const hint = list === undefined ? '' : `; a list stands behind its key, such as --${list} -`;
		throw new ConfigError(`call: the arguments are not a JSON object${hint}`);
	}

	/** Returns the items of a JSON list, of a file or of standard input, or the value itself as the only item. */
	private async readList(value: string, field: z.ZodArray<z.ZodTypeAny>): Promise<unknown[]> {
		const isText = value === '-' || value.startsWith('@');
		const text = isText ? await this.readText(value) : value;
		if (text.trim().startsWith('[')) {
			const list = parseJson(text.trim());
			if (!Array.isArray(list)) throw new ConfigError('call: a list that starts with [ is not valid JSON');
			return list;
		}
		if (!isText) return [text];
		return text
			.split(/\r?\n/)
			.map((line, index) => ({ line: line.trim(), number: index + 1 }))
			.filter(({ line }) => line !== '' && !isComment(line, field.element))
			.map(({ line, number }) => (line.startsWith('{') ? parseLine(line, number) : line));
	}
}

/** Whether a line starts with # and cannot be an item: a cache tag may start with it. */
function isComment(line: string, element: z.ZodTypeAny): boolean {
	if (!line.startsWith('#')) return false;
	const normalized = normalizerOf(element)?.(line);
	return normalized === undefined || !('value' in normalized);
}

function splitWord(word: string): [name: string, value: string] {
	const [, name, value = ''] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
	if (!name) throw new ConfigError(`call: ${quote(word)} is neither JSON nor --key value`);
	return [name, value];
}

function givenTwice(name: string): ConfigError {
	return new ConfigError(`call: --${name} is given twice`);
}

function parseLine(line: string, number: number): unknown {
	const value = parseJson(line);
	// The message does not repeat the line: the file may hold what must not appear on a screen.
	if (value === undefined) throw new ConfigError(`call: line ${number} starts with { but is not valid JSON`);
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

function readFile(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError(`call: ${quote(path, 100)} cannot be read (${codeOf(error)})`);
	}
}
