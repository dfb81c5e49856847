/** `tools`: prints the catalogue with what it costs a model, as a table or as JSON. */
import type { Product } from '../compose.js';
import type { Config } from '../config/config.js';
import { readPreparedTools } from '../mcp/prepared-tools.js';
import { listTools, type Tool } from '../mcp/tools.js';
import type { Operation } from '../operations/operation.js';

/** How the table marks what a tool can do. */
export const DANGER_MARKS = { read: '', change: '○', destroy: '★' } as const;

/** Tokens (o200k) of each tool's name, description and input schema. They are unknown where no build has counted them. */
type TokenCounts = Readonly<Record<string, number | undefined>>;

/** Returns what the tools command prints: a table, or JSON. */
export async function describeTools({ allowed, deps }: Product, { json }: Config): Promise<string> {
	const prepared = await readPreparedTools('required');
	const tokens = Object.fromEntries(prepared.map((tool) => [tool.name, tool.tokens]));
	return json ? formatJson(listTools(allowed, deps.settings.zoneArgument), tokens) : formatTable(allowed, tokens);
}

/** One line per tool, and the sum of the tokens. */
function formatTable(operations: readonly Operation[], tokens: TokenCounts): string {
	const width = Math.max(...operations.map(({ name }) => name.length));
	const rows = operations.map(({ name, danger, title }) => {
		const count = String(tokens[name] ?? '?');
		return `${name.padEnd(width)}  ${DANGER_MARKS[danger].padEnd(1)} ${count.padStart(4)}  ${title}`;
	});
	const sum = operations.reduce((total, { name }) => total + (tokens[name] ?? 0), 0);
	const tools = operations.length === 1 ? '1 tool' : `${operations.length} tools`;
	const costs = `${tools}, ${sum} tokens (o200k: name, description, input schema)`;
	return [...rows, '', `${costs}. ○ changes something, ★ needs consent.`, ''].join('\n');
}

/** The listed tools with their token counts, for scripts. */
function formatJson(tools: readonly Tool[], tokens: TokenCounts): string {
	const counted = tools.map((tool) => ({ ...tool, tokens: tokens[tool.name] }));
	return `${JSON.stringify(counted, null, 2)}\n`;
}
