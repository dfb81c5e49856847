/** Describes options in words. Pure. */
import type { Option } from './option.js';
import { OPTION_LIST } from './options/index.js';

/** Flag, environment variable and meaning of every option, in the order of the table. */
export function describeOptions(): readonly (readonly [flag: string, env: string, meaning: string])[] {
	return OPTION_LIST.map(([, option]) => {
		const { flag, value, env = '' } = option;
		return [flag ? `--${flag}${value ? ` ${value}` : ''}` : '', env, describeOption(option)];
	});
}

/** Meaning of an option, with its commands, choices and default. */
export function describeOption(option: Option<unknown>): string {
	const { commands } = option;
	return `${commands ? `${commands.join(', ')}: ` : ''}${describeMeaning(option)}`;
}

/** Meaning of an option, with its choices and default. */
export function describeMeaning(option: Option<unknown>): string {
	const { value, default: standard, defaultText = standard } = option;
	// A switch is off by default, as switches are.
	const hasDefault = value !== undefined && defaultText !== undefined;
	return `${describeWithChoices(option)}${hasDefault ? ` (default ${defaultText})` : ''}`;
}

/** Meaning of an option, with its choices. */
export function describeWithChoices({ help, choices }: Option<unknown>): string {
	return choices ? `${help}: ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}` : help;
}
