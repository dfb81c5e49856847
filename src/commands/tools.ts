/** `tools`: the catalogue as people, README and scripts want it, with what it costs a model. */

import type { Product } from '../compose.js';
import type { Config } from '../config/config.js';
import { readPreparedTools } from '../mcp/prepared-tools.js';
import { listTools, type Tool } from '../mcp/tools.js';
import { type Operation, permissionOf } from '../operations/operation.js';

const DANGER = { read: '', change: '○', destroy: '★' } as const;

/** Tokens (o200k) of each tool's name, description and input schema, counted when the product was built. */
export function readTokenCounts(): Readonly<Record<string, number>> {
	return Object.fromEntries(readPreparedTools('required').map(({ name, tokens }) => [name, tokens]));
}

/** What the tools command prints: a table, the README's table, or JSON. */
export function describeTools({ allowed, deps }: Product, { json, markdown }: Config): string {
	if (markdown) return printMarkdown(allowed);
	if (json) return printJson(listTools(allowed, deps.settings.zoneArgument), readTokenCounts());
	return printTools(allowed, readTokenCounts());
}

/** One line a tool, and the sum. */
export function printTools(operations: readonly Operation[], tokens: Readonly<Record<string, number>>): string {
	const rows = operations.map((one) => [one.name, DANGER[one.danger], String(tokens[one.name]), one.title]) as [
		string,
		string,
		string,
		string,
	][];
	const width = Math.max(...rows.map(([name]) => name.length));
	const sum = operations.reduce((total, { name }) => total + (tokens[name] ?? 0), 0);
	return [
		...rows.map(
			([name, mark, count, title]) => `${name.padEnd(width)}  ${mark.padEnd(1)} ${count.padStart(4)}  ${title}`,
		),
		'',
		`${operations.length} tools, ${sum} tokens (o200k: name, description, input schema). ○ changes something, ★ needs consent.`,
		'',
	].join('\n');
}

/** The README's table. */
export function printMarkdown(operations: readonly Operation[]): string {
	return [
		'| tool | | what it does | request | permission |',
		'|---|---|---|---|---|',
		...operations.map(
			(one) =>
				`| \`${one.name}\` | ${DANGER[one.danger]} | ${one.title} | ${one.route ? `\`${one.route}\`` : 'several reads'} | ${permissionOf(one)} |`,
		),
		'',
	].join('\n');
}

/** The listed tools with their token counts, for scripts. */
export function printJson(tools: readonly Tool[], tokens: Readonly<Record<string, number>>): string {
	return `${JSON.stringify(
		tools.map((tool) => ({ ...tool, tokens: tokens[tool.name] })),
		null,
		2,
	)}\n`;
}
