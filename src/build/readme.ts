/** Derives the tables of the README from operations, options and clients, and puts them between their markers. Pure. */
import type { Client } from '../commands/install/client.js';
import { CLIENTS } from '../commands/install/clients.js';
import { DANGER_MARKS } from '../commands/tools.js';
import { describeOptions } from '../config/help.js';
import { OPERATIONS } from '../operations/index.js';
import { permissionOf } from '../operations/operation.js';
import { NAME } from '../version.js';

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
	options: formatTable(
		['flag', 'environment', 'meaning'],
		describeOptions().map(([flag, env, help]) => [formatCode(flag), formatCode(env), help]),
	),
	clients: formatTable(
		['client', 'command', 'token'],
		Object.entries<Client>(CLIENTS).map(([name, { title, token }]) => [
			title,
			formatCode(`npx ${NAME} install ${name}`),
			token.advice,
		]),
	),
};

/** The README with every derived table in its place. Throws when a pair of markers is missing. */
export function updateReadme(readme: string): string {
	return Object.entries(TABLES).reduce((text, [name, table]) => {
		const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
		const [from, to] = [text.indexOf(start), text.indexOf(end)];
		if (from < 0 || to < from) throw new Error(`README.md has no markers ${start.trim()} and ${end}`);
		return text.slice(0, from + start.length) + table + text.slice(to);
	}, readme);
}

function formatCode(text: string | undefined): string {
	return text ? `\`${text}\`` : '';
}

/** Rows as a Markdown table. A bar inside a cell would start the next one. */
function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const lines = [head, ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
	const [first = '', ...rest] = lines;
	return [first, `|${'---|'.repeat(head.length)}`, ...rest, ''].join('\n');
}
