/** Operation record → the tool that clients list. The one place where schemas become JSON. */
import { zodToJsonSchema } from 'zod-to-json-schema';
import { isObject } from '../base/json.js';
import { inputOf, type ZoneArgument } from '../operations/input.js';
import type { Operation } from '../operations/operation.js';
import type { z } from '../zod.js';

/** JSON Schema, as far as it is looked into here. */
export type JsonSchema = { [key: string]: unknown };

/** A tool as tools/list shows it. */
export interface Tool {
	name: string;
	title: string;
	description: string;
	inputSchema: JsonSchema & { type: 'object' };
	outputSchema: JsonSchema & { type: 'object' };
	annotations: {
		title: string;
		readOnlyHint: boolean;
		destructiveHint: boolean;
		idempotentHint: boolean;
		openWorldHint: boolean;
	};
}

/** What some clients refuse a whole tool list for (Gemini), and what costs tokens without helping a model. */
const UNLISTED = new Set(['$schema', 'additionalProperties', 'propertyNames', 'maxLength']);

/** One outer shape for every tool; loose, because a mismatch would turn a done change into an error. */
const outputSchema: Tool['outputSchema'] = {
	type: 'object',
	properties: {
		status: { type: 'string', enum: ['done', 'partial', 'dry_run', 'confirmation_required'] },
		zone: { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } },
		result: { description: "Cloudflare's result" },
		before: { description: 'The value before the change' },
		plan: { type: 'object', description: 'What would be sent' },
		confirm: { type: 'string', description: 'Repeat the call with this code only after the user agreed' },
		expires_at: { type: 'string' },
		remaining: { type: 'object', description: 'How many items of each kind were not done' },
		cf_ray: { type: 'string' },
	},
	required: ['status'],
};

/** The tools of operations, in their order. */
export function listTools(operations: readonly Operation[], zoneArgument: ZoneArgument): Tool[] {
	return operations.map((operation) => toTool(operation, zoneArgument));
}

/** The tool of an operation. */
export function toTool(operation: Operation, zoneArgument: ZoneArgument): Tool {
	const { name, title, description, danger } = operation;
	return {
		name,
		title,
		description,
		inputSchema: toJsonSchema(inputOf(operation, zoneArgument)),
		outputSchema,
		annotations: {
			title,
			readOnlyHint: danger === 'read',
			destructiveHint: danger === 'destroy',
			idempotentHint: operation.idempotent ?? true,
			openWorldHint: true,
		},
	};
}

/** Converts a zod 3 object; throws on anything the converter would turn into an empty schema in silence. */
export function toJsonSchema(schema: z.AnyZodObject): Tool['inputSchema'] {
	const json = strip(zodToJsonSchema(schema, { $refStrategy: 'none' })) as Tool['inputSchema'];
	const listed = Object.keys((json.properties as object | undefined) ?? {});
	if (json.type !== 'object' || listed.length !== Object.keys(schema.shape ?? {}).length || '_zod' in schema)
		throw new TypeError('only zod 3 objects can be listed: import z from src/zod.ts');
	return json;
}

function strip(json: unknown): unknown {
	if (Array.isArray(json)) return json.map(strip);
	if (!isObject(json)) return json;
	return Object.fromEntries(
		Object.entries(json)
			.filter(([key]) => !UNLISTED.has(key))
			.map(([key, value]) => [key, strip(value)]),
	);
}
