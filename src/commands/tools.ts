/** `tools`: prints the catalogue with what it costs a model, as a table or as JSON. */
import type { Product } from '../compose/product.js';
import type { Config } from '../config/config.js';
import { type PreparedTool, readPreparedTools } from '../mcp/prepared-tools.js';

/** How the table marks what a tool can do. */
export const DANGER_MARKS = { read: '', change: '○', destroy: '★' } as const;

/** Returns what the tools command prints: a table, or JSON. */
export async function describeTools({ allowed, deps }: Product, { json }: Config): Promise<string> {
	const names = new Set(allowed.map(({ name }) => name));
	const prepared = await readPreparedTools(deps.settings.zoneArgument);
	const tools = prepared.filter(({ name }) => names.has(name));
	return json ? formatJson(tools) : formatTable(tools);
}

/** One line per tool, and the sum of the tokens (o200k) of name, description and input schema. */
function formatTable(tools: readonly PreparedTool[]): string {
	const width = Math.max(...tools.map(({ name }) => name.length));
	const rows = tools.map(({ name, danger, tokens = '?', tool }) => {
		return `${name.padEnd(width)}  ${DANGER_MARKS[danger].padEnd(1)} ${String(tokens).padStart(4)}  ${tool.title}`;
	});
	const amount = tools.length === 1 ? '1 tool' : `${tools.length} tools`;
	return [...rows, '', `${amount}, ${formatTokens(tools)}. ○ changes something, ★ needs consent.`, ''].join('\n');
}

function formatTokens(tools: readonly PreparedTool[]): string {
	if (tools.some(({ tokens }) => tokens === undefined)) return 'tokens not counted without a build';
	const sum = tools.reduce((total, { tokens = 0 }) => total + tokens, 0);
	return `${sum} tokens (o200k: name, description, input schema)`;
}

/** The listed tools with their token counts, for scripts. */
function formatJson(tools: readonly PreparedTool[]): string {
	const counted = tools.map(({ tool, tokens }) => ({ ...tool, tokens }));
	return `${JSON.stringify(counted, null, 2)}\n`;
}
