/** The tools as the build has written them down: what costs a tenth of a second to derive is the same at every start. */
import { readFileSync } from 'node:fs';
import type { ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import type { Tool } from './tools.js';

/** A tool, with what decides whether it is listed. */
export interface PreparedTool extends Pick<Operation, 'name' | 'danger' | 'toolset'> {
	/** Tokens (o200k) of name, description and input schema. */
	readonly tokens: number;
	readonly tool: Tool;
}

/** Where the tools of one kind of zone argument are written, beside the code. */
export const preparedFileOf = (zoneArgument: ZoneArgument): string => `tools.${zoneArgument}.json`;

/** All tools in listing order, as they are where zones are given so. */
export function readPreparedTools(zoneArgument: ZoneArgument): readonly PreparedTool[] {
	return JSON.parse(
		readFileSync(new URL(`./${preparedFileOf(zoneArgument)}`, import.meta.url), 'utf8'),
	) as PreparedTool[];
}
