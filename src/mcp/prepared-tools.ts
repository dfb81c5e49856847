/** Reads the tools that the build prepared. Deriving them at every start would load zod (bench row `start`). */
import { existsSync, readFileSync } from 'node:fs';
import { isObject } from '../base/json.js';
import type { ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import type { Tool } from './tools.js';

/** A tool, with the fields that decide whether it is listed. */
export interface PreparedTool extends Pick<Operation, 'name' | 'danger' | 'toolset'> {
	/** Tokens (o200k) of name, description and input schema. Absent where no build has counted them. */
	readonly tokens?: number;
	readonly tool: Tool;
}

/** A tool as the build writes it: one that each call names the zone of, with the tokens of every form of it. */
export interface StoredTool extends Omit<PreparedTool, 'tokens'> {
	readonly tokens: Readonly<Record<ZoneArgument, number>>;
}

/** Name of the file beside the code that holds the tools. */
export const PREPARED_FILE = 'tools.json';

/** All tools in listing order, for one kind of zone argument. Derives them where the source runs without a build. */
export async function readPreparedTools(zoneArgument: ZoneArgument): Promise<readonly PreparedTool[]> {
	const file = new URL(`./${PREPARED_FILE}`, import.meta.url);
	if (!existsSync(file)) return deriveTools(zoneArgument);
	const stored = JSON.parse(readFileSync(file, 'utf8')) as StoredTool[];
	return stored.map(({ tokens, tool, ...fields }) => ({
		...fields,
		tokens: tokens[zoneArgument],
		tool: zoneArgument === 'required' ? tool : { ...tool, inputSchema: adaptZone(tool.inputSchema, zoneArgument) },
	}));
}

/** The schema with a zone that may be left out, or without one. Keeps the order of keys, which clients show. */
function adaptZone(schema: Tool['inputSchema'], zoneArgument: ZoneArgument): Tool['inputSchema'] {
	const { properties, required } = schema;
	const adapted = { ...schema };
	if (zoneArgument === 'fixed' && isObject(properties)) {
		const { zone: _, ...others } = properties;
		adapted.properties = others;
	}
	if (!Array.isArray(required)) return adapted;
	const others = required.filter((name) => name !== 'zone');
	if (others.length > 0) adapted.required = others;
	else delete adapted.required;
	return adapted;
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
