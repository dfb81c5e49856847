/** `help`: explains the program, a command or a tool. */
import { suggest } from '../base/did-you-mean.js';
import { quote } from '../base/sanitize.js';
import { isCommand } from '../config/argv.js';
import { COMMANDS, type Command } from '../config/commands.js';
import { describeMeaning } from '../config/help.js';
import { isTakenBy, type Option } from '../config/option.js';
import { OPTION_GROUPS, OPTION_LIST } from '../config/options/index.js';
import { ConfigError } from '../errors.js';
import { NAME, VERSION } from '../version.js';
import { listMeanings, wrap, wrapCommand } from './columns.js';
import { COMMAND_TEXTS } from './help-texts.js';

/** Returns the help on a command, on `call` and a tool, on a tool, or on everything. Throws ConfigError for other words. */
export async function describeTopic([topic, tool, ...more]: readonly string[]): Promise<string> {
	if (more.length > 0 || (tool !== undefined && topic !== 'call'))
		throw new ConfigError('help explains one command or one tool');
	if (topic === undefined) return toText(describeProgram());
	if (tool === undefined && isCommand(topic)) return toText(describeCommand(topic));
	const { describeTool, TOOL_NAMES } = await import('./tool-help.js');
	const name = tool ?? topic;
	const lines = describeTool(name);
	if (lines) return toText(lines);
	const known = tool === undefined ? [...Object.keys(COMMANDS), ...TOOL_NAMES] : TOOL_NAMES;
	throw new ConfigError(`there is no command or tool ${quote(name)}.${suggest(name, known)}`);
}

function toText(lines: readonly string[]): string {
	return `${lines.join('\n')}\n`;
}

function describeProgram(): string[] {
	const general = Object.values(OPTION_GROUPS).flatMap(({ title, options }) => {
		const shared = Object.values<Option<unknown>>(options).filter(({ commands }) => commands === undefined);
		return shared.length > 0 ? ['', title, ...shared.flatMap(describeOption)] : [];
	});
	return [
		...wrap(`${NAME} ${VERSION}: the Cloudflare cache, for MCP clients and shells`),
		'',
		`Usage: ${NAME} [COMMAND] [OPTIONS]`,
		'',
		...listMeanings(Object.entries(COMMANDS)),
		'',
		`${NAME} help COMMAND explains a command and its own options,`,
		`${NAME} call TOOL --help a tool and its arguments.`,
		'',
		'Options of the server. A flag wins over the environment variable beside it.',
		...general,
		'',
		'Every command',
		'  --help, -h',
		'  --version, -V',
	];
}

function describeCommand(command: Command): string[] {
	const { usage, about, examples = [], runsProduct } = COMMAND_TEXTS[command];
	const taken = OPTION_LIST.map(([, option]) => option).filter((option) => isTakenBy(option, command));
	const own = taken.filter(({ commands }) => commands !== undefined);
	const shared = taken.flatMap(({ commands, flag }) => (commands === undefined && flag ? [`--${flag}`] : []));
	return [
		`Usage: ${[NAME, command, usage].filter(Boolean).join(' ')}`,
		...about.flatMap((paragraph) => ['', ...wrap(paragraph)]),
		...(own.length > 0 ? ['', 'Options', ...own.flatMap(describeOption)] : []),
		...(runsProduct ? ['', `Options of the server (${NAME} help explains them)`, ...wrap(shared.join(' '), 2)] : []),
		...(examples.length > 0 ? ['', 'Examples'] : []),
		// A flag and its value stay on one line.
		...examples.flatMap((example) => wrapCommand([NAME, ...example.split(/ (?=--)/)])),
	];
}

/** The flag of an option with its variable, and its meaning below. */
function describeOption(option: Option<unknown>): string[] {
	const { flag, value, env } = option;
	const names = [...(flag ? [`--${flag}${value ? ` ${value}` : ''}`] : []), ...(env ? [env] : [])];
	return [`  ${names.join(', ')}`, ...wrap(describeMeaning(option), 6)];
}
