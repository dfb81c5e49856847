/** Reads the tools that the build prepared. Deriving them at every start would load zod (bench row `start`). */
import { existsSync, readFileSync } from 'node:fs';
import type { ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import type { Tool } from './tools.js';

/** A tool, with the fields that decide whether it is listed. */
export interface PreparedTool extends Pick<Operation, 'name' | 'danger' | 'toolset'> {
	/** Tokens (o200k) of name, description and input schema. Absent where no build has counted them. */
	readonly tokens?: number;
	readonly tool: Tool;
}

/** Name of the file beside the code that holds the tools for one kind of zone argument. */
export const preparedFileOf = (zoneArgument: ZoneArgument): string => `tools.${zoneArgument}.json`;

/** All tools in listing order, for one kind of zone argument. Derives them where the source runs without a build. */
export async function readPreparedTools(zoneArgument: ZoneArgument): Promise<readonly PreparedTool[]> {
	const file = new URL(`./${preparedFileOf(zoneArgument)}`, import.meta.url);
	if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PreparedTool[];
	return deriveTools(zoneArgument);
}

/** Derives all tools in listing order from the operations. */
export async function deriveTools(zoneArgument: ZoneArgument): Promise<readonly PreparedTool[]> {
	const { OPERATIONS } = await import('../operations/index.js');
	const { toTool } = await import('./tools.js');
	return OPERATIONS.map((operation) => {
		const { name, danger, toolset } = operation;
		return { name, danger, toolset, tool: toTool(operation, zoneArgument) };
	});
}
