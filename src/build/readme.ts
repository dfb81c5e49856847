/** Derives the tables of the README from operations, options and clients, and puts them between their markers. Pure. */
import { isObject } from '../base/json.js';
import { tokenNeedsOf } from '../commands/token-link.js';
import { DANGER_MARKS } from '../commands/tools.js';
import { describeOptions } from '../config/help.js';
import { listTools, toTool } from '../mcp/tools.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation } from '../operations/operation.js';
import { permissionOf } from '../operations/permission.js';
import { formatNumber } from '../operations/wording.js';
import { LINKS } from './package.js';
import { formatClients } from './snippets.js';
import { formatCode, formatTable } from './tables.js';
import { policyTable, scopeTable } from './team-tables.js';
import { countTokens } from './tokens.js';

/** The derived tables, by the name of their markers. */
export const TABLES: Readonly<Record<string, string>> = {
	tools: formatTable(
		['tool', '', 'what it does', 'request', 'permission'],
		OPERATIONS.map((operation) => [
			formatCode(operation.name),
			DANGER_MARKS[operation.danger] + (operation.needsConsent ? ' (★)' : ''),
			operation.title,
			formatCode(operation.route) || (operation.resumes ? 'as it was begun' : 'several reads'),
			permissionOf(operation),
		]),
	),
	arguments: `${OPERATIONS.map(formatArguments).join('\n')}\n`,
	options: formatTable(
		['flag', 'environment', 'meaning'],
		describeOptions().map(([flag, env, help]) => [formatCode(flag), formatCode(env), help]),
	),
	clients: formatClients(),
	policy: policyTable,
	scopes: scopeTable,
};

/** Numbers and addresses in the README's sentences, by the form in which they stand there. */
const FACTS: readonly (readonly [form: RegExp, text: string])[] = [
	[/[\d,]+ tokens for all \d+/g, `${formatNumber(sumTokens(OPERATIONS))} tokens for all ${OPERATIONS.length}`],
	[/[\d,]+ \(\d+ tools\)/g, `${formatNumber(sumTokens(OPERATIONS))} (${OPERATIONS.length} tools)`],
	[/[\d,]+ with `--toolsets purge`/g, `${formatNumber(sumTokens(purgeTools()))} with \`--toolsets purge\``],
	[/\[Open Cloudflare's form\]\([^)]*\)/g, `[Open Cloudflare's form](${tokenNeedsOf(OPERATIONS).link})`],
	[
		/\[Cloudflare's form with these filled in\]\([^)]*\)/g,
		`[Cloudflare's form with these filled in](${tokenNeedsOf(purgeTools()).link})`,
	],
	[/git clone \S+/g, `git clone ${LINKS.git}`],
];

/** The README with every derived table and fact in its place. Throws when a pair of markers is missing. */
export function updateReadme(readme: string): string {
	const stated = FACTS.reduce((text, [form, fact]) => text.replace(form, fact), readme);
	return Object.entries(TABLES).reduce((text, [name, table]) => {
		const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
		const [from, to] = [text.indexOf(start), text.indexOf(end)];
		if (from < 0 || to < from) throw new Error(`README.md has no markers ${start.trim()} and ${end}`);
		return text.slice(0, from + start.length) + table + text.slice(to);
	}, stated);
}

function purgeTools(): readonly Operation[] {
	return OPERATIONS.filter(({ toolset }) => toolset === 'purge');
}

function sumTokens(operations: readonly Operation[]): number {
	return listTools(operations, 'required').reduce((sum, tool) => sum + countTokens(tool), 0);
}

/** The lines of the demo that the README shows. Throws when the README shows none. */
export function demoExcerpt(readme: string): string {
	const [, excerpt] = /<!-- demo -->\n```text\n(.*)```\n<!-- \/demo -->/s.exec(readme) ?? [];
	if (excerpt === undefined)
		throw new Error('README.md shows no excerpt of the demo between <!-- demo --> and <!-- /demo -->');
	return excerpt;
}

/** One line a tool, and one for each argument. An argument that may be left out has a question mark. */
function formatArguments(operation: Operation): string {
	const { properties, required } = toTool(operation, 'required').inputSchema;
	const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
	const rows = Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => {
		const { description, ...type } = isObject(schema) ? schema : {};
		return `  - ${formatCode(isRequired(name) ? name : `${name}?`)} (${describeType(type)}): ${description}`;
	});
	return [`- ${formatCode(operation.name)}${rows.length > 0 ? '' : ': none'}`, ...rows].join('\n');
}

function describeType({ type, enum: choices, items }: Record<string, unknown>): string {
	if (Array.isArray(choices)) return choices.join(' or ');
	return type === 'array' && isObject(items) ? `list of ${items.type}s` : String(type);
}
