/** `tools`: prints the catalogue with what it costs a model, as a table or as JSON. */

import type { Product } from '../compose.js';
import type { Config } from '../config/config.js';
import { readPreparedTools } from '../mcp/prepared-tools.js';
import { listTools, type Tool } from '../mcp/tools.js';
import type { Operation } from '../operations/operation.js';

/** How the table marks what a tool can do. */
export const DANGER_MARKS = { read: '', change: '○', destroy: '★' } as const;

/** Tokens by tool; undefined where no build has counted them. */
type TokenCounts = Readonly<Record<string, number | undefined>>;

/** Tokens (o200k) of each tool's name, description and input schema, counted when the product was built. */
export async function readTokenCounts(): Promise<TokenCounts> {
	return Object.fromEntries((await readPreparedTools('required')).map(({ name, tokens }) => [name, tokens]));
}

/** What the tools command prints: a table, or JSON. */
export async function describeTools({ allowed, deps }: Product, { json }: Config): Promise<string> {
	if (json) return printJson(listTools(allowed, deps.settings.zoneArgument), await readTokenCounts());
	return printTools(allowed, await readTokenCounts());
}

/** One line a tool, and the sum. */
export function printTools(operations: readonly Operation[], tokens: TokenCounts): string {
	const rows = operations.map((one) => [
		one.name,
		DANGER_MARKS[one.danger],
		String(tokens[one.name] ?? '?'),
		one.title,
	]) as [string, string, string, string][];
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

/** The listed tools with their token counts, for scripts. */
export function printJson(tools: readonly Tool[], tokens: TokenCounts): string {
	return `${JSON.stringify(
		tools.map((tool) => ({ ...tool, tokens: tokens[tool.name] })),
		null,
		2,
	)}\n`;
}
