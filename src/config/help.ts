/** Describes options and commands in words. Pure. */
import { COMMANDS } from './commands.js';
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
	const { commands, value, default: standard, defaultText = standard } = option;
	return [
		commands ? `${commands.join(', ')}: ` : '',
		describeWithChoices(option),
		// A switch is off by default, as switches are.
		value !== undefined && defaultText !== undefined ? ` (default ${defaultText})` : '',
	].join('');
}

/** Meaning of an option, with its choices. */
export function describeWithChoices({ help, choices }: Option<unknown>): string {
	return choices ? `${help}: ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}` : help;
}

/** The text of --help. */
export function helpText(name: string): string {
	const rows = describeOptions();
	const flagWidth = Math.max(...rows.map(([flag]) => flag.length));
	const commandWidth = Math.max(...Object.keys(COMMANDS).map((command) => command.length));
	const envWidth = Math.max(...rows.map(([, env]) => env.length));
	return [
		`Usage: ${name} [COMMAND] [FLAGS]`,
		'',
		...Object.entries(COMMANDS).map(([command, help]) => `  ${command.padEnd(commandWidth)}  ${help}`),
		'',
		'Flags win over environment variables.',
		...rows.map(([flag, env, meaning]) => `  ${flag.padEnd(flagWidth)}  ${env.padEnd(envWidth)}  ${meaning}`),
		'  --help, --version',
		'',
	].join('\n');
}
