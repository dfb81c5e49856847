/** Counts what a tool costs a model: the tokens of its name, description and input schema. Pure. */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { Tool } from '../mcp/tools.js';

/** The tokens (o200k) of what clients give to a model of one tool. */
export function countTokens({
	name,
	description,
	inputSchema,
}: Pick<Tool, 'name' | 'description' | 'inputSchema'>): number {
	return encode(JSON.stringify({ name, description, inputSchema })).length;
}
