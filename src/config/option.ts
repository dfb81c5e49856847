/** Describes one option: a flag, an environment variable, or both. */
import type { Command } from './commands.js';

/** One option. */
export interface Option<Value> {
	/** Long flag without dashes. An option without one comes from the environment only. */
	readonly flag?: string;
	/** Environment variable. */
	readonly env?: string;
	/** The variable in lower case counts too, and wins, as for every program that knows it. */
	readonly alsoLowerCase?: true;
	/** Placeholder of the flag's value. A flag without one is a switch. */
	readonly value?: string;
	/** Meaning, without choices, default and commands: help texts add those. */
	readonly help: string;
	/** Value where neither flag nor variable gives one. */
	readonly default?: Value;
	/** The default in words, where the value does not explain itself or depends on the machine. */
	readonly defaultText?: string;
	/** The default of a server that a client starts, where there is no `default` because it is another one over HTTP. */
	readonly stdioDefault?: Value;
	/** All texts that the option accepts, where they can be listed. */
	readonly choices?: readonly string[];
	/** Hidden where it is typed, redacted where it could be printed. */
	readonly secret?: true;
	/** The parts of a text that are secret by themselves. */
	secretsIn?(text: string): readonly string[];
	/** Its value stays out of logs: it may hold a secret that cannot be told apart. */
	readonly isPrivate?: true;
	/** A safety setting: an unfilled placeholder in it stops the start instead of counting as unset. */
	readonly guard?: true;
	/** Field of the dialog in which a client asks for the option at installation. Its `help`, in sentences, replaces the meaning. */
	readonly dialog?: { readonly title: string; readonly required?: true; readonly help?: string };
	/** Commands that take it; all when absent. */
	readonly commands?: readonly Command[];
	/** Text → value. Throws Error with a message that follows the name of the option ("must be …"). */
	parse(text: string): Value;
}

/** Options by the name of their property in the configuration. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** Kind of a value, as dialogs and registries know it. `file` and `directory` are paths. */
export type OptionKind = 'boolean' | 'number' | 'file' | 'directory' | 'string';

const KINDS: Readonly<Record<string, OptionKind>> = { FILE: 'file', DIR: 'directory', N: 'number', SECONDS: 'number' };

/** The kind of an option's value. Its placeholder tells; a flag without one is a switch. */
export function optionKindOf({ flag, value }: Option<unknown>): OptionKind {
	if (value === undefined) return flag === undefined ? 'string' : 'boolean';
	return KINDS[value] ?? 'string';
}

/** Whether a command takes the option. */
export function isTakenBy({ commands }: Option<unknown>, command: Command): boolean {
	return commands?.includes(command) ?? true;
}

/** The secrets in the text of an option. */
export function secretsOfText({ secret, secretsIn }: Option<unknown>, text: string | undefined): readonly string[] {
	if (!text) return [];
	return [...new Set([...(secret ? [text] : []), ...(secretsIn?.(text) ?? [])])];
}
