/** `call`: one tool from a shell, through the same story as a call over MCP. */
import { readFileSync } from 'node:fs';
import { isObject } from '../base/json.js';
import { quote } from '../base/sanitize.js';
import { codeOf } from '../base/system-error.js';
import type { AskUser } from '../call/consent/codes.js';
import { performCall } from '../call/perform.js';
import type { CallResult } from '../call/result.js';
import type { Product } from '../compose.js';
import { ConfigError } from '../errors.js';
import { OPERATIONS } from '../operations/index.js';
import { argumentNames, inputOf, unwrapField } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import { z } from '../zod.js';

/** Exit codes of `call`. */
export const EXIT = { done: 0, error: 1, confirmationRequired: 3 } as const;

/** Runs one tool and returns what to print and the exit code. */
export async function callTool(
	{ deps }: Product,
	tool: string,
	words: readonly string[],
	{ askUser, signal, json }: { askUser: AskUser | undefined; signal: AbortSignal; json: boolean },
): Promise<{ text: string; code: number }> {
	const result = await performCall(deps, tool, readArguments(words, deps.operations.get(tool)), { askUser, signal });
	return { text: json ? printJson(result) : `${result.content[0].text}\n`, code: exitCode(result) };
}

function exitCode({ isError, structuredContent }: CallResult): number {
	if (isError) return EXIT.error;
	return structuredContent?.status === 'confirmation_required' ? EXIT.confirmationRequired : EXIT.done;
}

function printJson({ content: [{ text }], structuredContent }: CallResult): string {
	return `${JSON.stringify(structuredContent ?? { error: text }, null, 2)}\n`;
}

/**
 * Words → arguments: one JSON object, or `--key value`, `--key=value` and `--switch`. A repeated key makes a list, and
 * `@file` reads a file: JSON when it looks like it, else one item a line.
 */
export function readArguments(words: readonly string[], operation: Operation | undefined): Record<string, unknown> {
	const [first] = words;
	if (first?.startsWith('{') || first?.startsWith('@')) {
		if (words.length > 1) throw new ConfigError('call: nothing may follow a JSON object; put everything into it');
		return readObject(first);
	}
	const shape: Record<string, z.ZodTypeAny> = operation ? inputOf(operation, 'optional').shape : {};
	const args: Record<string, unknown> = {};
	for (let at = 0; at < words.length; at++) {
		const word = words[at] ?? '';
		const [, name, inline] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
		if (!name) throw new ConfigError(`call: ${quote(word)} is neither JSON nor --key value`);
		const field = shape[name];
		const base = field && unwrapField(field);
		const next = words[at + 1];
		const isSwitch =
			base instanceof z.ZodBoolean && inline === undefined && (next === undefined || next.startsWith('--'));
		if (!isSwitch && inline === undefined && next === undefined) throw new ConfigError(`call: --${name} needs a value`);
		const value = isSwitch ? 'true' : (inline ?? words[++at] ?? '');
		if (args[name] !== undefined && !(base instanceof z.ZodArray))
			throw new ConfigError(`call: --${name} is given twice`);
		args[name] =
			base instanceof z.ZodArray
				? [args[name] ?? [], readList(value)].flat()
				: value.startsWith('@')
					? readFile(value).trim()
					: value;
	}
	return args;
}

function readObject(word: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(word.startsWith('@') ? readFile(word) : word);
		if (isObject(value)) return value;
	} catch (error) {
		if (error instanceof ConfigError) throw error;
	}
	throw new ConfigError('call: the arguments are not a JSON object');
}

/** A JSON list, the items of a file, or one item. */
function readList(value: string): unknown[] {
	const text = value.startsWith('@') ? readFile(value).trim() : value;
	if (text.startsWith('[')) {
		try {
			return JSON.parse(text) as unknown[];
		} catch {
			throw new ConfigError('call: a list that starts with [ is not valid JSON');
		}
	}
	if (!value.startsWith('@')) return [text];
	const lines = text.split(/\r?\n/).map((line) => line.trim());
	return lines.filter(Boolean).map((line, at) => (line.startsWith('{') ? readLine(line, at + 1) : line));
}

function readLine(line: string, at: number): unknown {
	try {
		return JSON.parse(line);
	} catch {
		// Not its text: a file may hold what was not meant for a screen.
		throw new ConfigError(`call: item ${at} of the file starts with { but is no JSON`);
	}
}

function readFile(word: string): string {
	try {
		return readFileSync(word.slice(1), 'utf8');
	} catch (error) {
		throw new ConfigError(`call: ${quote(word.slice(1), 100)} cannot be read (${codeOf(error)})`);
	}
}

/** The argument names of a tool; none for one that does not exist, so that the call itself can say so. */
export function argumentNamesOf(tool: string): string[] {
	const operation = OPERATIONS.find(({ name }) => name === tool);
	return operation ? argumentNames(operation) : [];
}
