/** Lists the words that a shell can complete, from the tables of commands, options, clients and tools. */

import { COMMANDS, type Command } from '../../config/commands.js';
import { isTakenBy, type Option, optionKindOf } from '../../config/option.js';
import { OPTION_LIST } from '../../config/options/index.js';
import { OPERATIONS } from '../../operations/index.js';
import { unwrapField } from '../../operations/input.js';
import type { Operation } from '../../operations/operation.js';
import { z } from '../../zod.js';
import { COMMAND_TEXTS } from '../help-texts.js';
import { CLIENTS } from '../install/clients.js';
import { fieldsOf, keyOf } from '../tool-help.js';

/** The shells whose completions can be printed. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of these shells. */
export type Shell = (typeof SHELLS)[number];

/** A word with its meaning. */
export interface Choice {
	readonly word: string;
	readonly meaning: string;
}

/** What stands behind a key: nothing, a file, text or `@FILE`, other text, or one of some words. */
export type Value = 'none' | 'file' | 'list' | 'text' | readonly string[];

/** What a shell completes. */
export interface Completions {
	/**
	 * The words at a place: `command:` before the command, `command:NAME` behind it, and `tool:NAME` behind a tool, where
	 * those of `tool:` are added.
	 */
	readonly words: ReadonlyMap<string, readonly Choice[]>;
	/** What stands behind a key of one tool, by `tool:NAME --key`. */
	readonly argumentValues: ReadonlyMap<string, Value>;
	/** What stands behind a flag, by the flag. */
	readonly flagValues: ReadonlyMap<string, Value>;
}

const HELP: Choice = { word: '--help', meaning: 'explain this' };
const OPTIONS = OPTION_LIST.flatMap(([, option]) => (option.flag ? [[`--${option.flag}`, option] as const] : []));
const TOOLS: readonly Choice[] = OPERATIONS.map(({ name, title }) => ({ word: name, meaning: title }));

/** Lists everything that a shell completes. */
export function listCompletions(): Completions {
	const commands = toChoices(COMMANDS);
	const names = Object.keys(COMMANDS) as Command[];
	return {
		words: new Map([
			['command:', [...commands, ...flagsOf('serve'), { word: '--version', meaning: 'print the version' }]],
			...names.map((name) => [`command:${name}`, [...ownWordsOf(name), ...flagsOf(name)]] as const),
			...OPERATIONS.map((operation) => [`tool:${operation.name}`, argumentsOf(operation)] as const),
			['tool:', flagsOf('call').filter(({ word }) => word !== keyOf('zone'))],
		]),
		argumentValues: new Map(
			OPERATIONS.flatMap((operation) =>
				fieldsOf(operation).map(
					([name, field]) => [`tool:${operation.name} ${keyOf(name)}`, argumentValueOf(field)] as const,
				),
			),
		),
		flagValues: new Map(OPTIONS.map(([flag, option]) => [flag, flagValueOf(option)] as const)),
	};
}

function toChoices(meanings: Readonly<Record<string, string>>): Choice[] {
	return Object.entries(meanings).map(([word, meaning]) => ({ word, meaning }));
}

/** The words of a command that are no flags. */
function ownWordsOf(command: Command): readonly Choice[] {
	switch (command) {
		case 'call':
			return TOOLS;
		case 'help':
			return [...toChoices(COMMANDS), ...TOOLS];
		case 'install':
		case 'uninstall':
			return Object.entries(CLIENTS).map(([word, { title }]) => ({ word, meaning: title }));
		case 'completion':
			return SHELLS.map((word) => ({ word, meaning: `completions for ${word}` }));
		default:
			return [];
	}
}

function flagsOf(command: Command): Choice[] {
	const { runsProduct } = COMMAND_TEXTS[command];
	const taken = OPTIONS.filter(([, option]) => isTakenBy(option, command) && (runsProduct || option.commands));
	return [...taken.map(([word, { help }]) => ({ word, meaning: help })), HELP];
}

function argumentsOf(operation: Operation): Choice[] {
	return fieldsOf(operation).map(([name, { description = '' }]) => ({ word: keyOf(name), meaning: description }));
}

function argumentValueOf(field: z.ZodTypeAny): Value {
	const inner = unwrapField(field);
	if (inner instanceof z.ZodBoolean) return 'none';
	if (inner instanceof z.ZodEnum) return inner.options as string[];
	if (inner instanceof z.ZodArray || inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return 'list';
	return 'text';
}

function flagValueOf(option: Option<unknown>): Value {
	if (option.value === undefined) return 'none';
	const kind = optionKindOf(option);
	return option.choices ?? (kind === 'file' || kind === 'directory' ? 'file' : 'text');
}
