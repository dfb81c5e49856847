/** Operation record → the tool that clients list. The one place where schemas become JSON. */
import { zodToJsonSchema } from 'zod-to-json-schema';
import { isObject } from '../base/json.js';
import { inputOf, type ZoneArgument } from '../operations/input.js';
import { needsZone, type Operation, takesConfirm } from '../operations/operation.js';
import type { z } from '../zod.js';
import { VIEW_URI, VIEWED_TOOLS } from './view.js';

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
	/** The view of its results, where there is one. The second key is what hosts read before the extension was stable. */
	_meta?: { ui: { resourceUri: string }; 'ui/resourceUri': string };
}

/** What some clients refuse a whole tool list for (Gemini), and what costs tokens without helping a model. */
const UNLISTED = new Set(['$schema', 'additionalProperties', 'propertyNames', 'maxLength']);

const STATUSES = {
	read: ['done'],
	change: ['done', 'partial', 'dry_run', 'confirmation_required'],
} as const;

/**
 * The schema of a tool's structured content. It is loose, because a mismatch would turn a change that was made into an
 * error at the client: only status and summary are required, and a result may be null.
 */
function outputSchemaOf(operation: Operation): Tool['outputSchema'] {
	const isRead = operation.danger === 'read';
	const result = loosen(strip(zodToJsonSchema(operation.output, { $refStrategy: 'none' })));
	return {
		type: 'object',
		properties: {
			status: { type: 'string', enum: STATUSES[isRead ? 'read' : 'change'] },
			summary: { type: 'string', description: 'The whole answer in words, except the rows of result' },
			...(needsZone(operation) && { zone: ZONE }),
			result: { description: "The known part of Cloudflare's result; null where nothing is set", ...result },
			...(isList(operation) && { result_info: { type: 'object', description: 'The counters of this page' } }),
			omitted: { type: 'integer', description: 'How many rows are left out of result' },
			...(!isRead && changeProperties(operation, result)),
		},
		required: ['status', 'summary'],
	};
}

const ZONE = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } };

/** The members of answers to changes. */
function changeProperties(operation: Operation, result: JsonSchema): JsonSchema {
	return {
		...(operation.route && operation.current && { before: { description: 'The value before the change', ...result } }),
		plan: { type: 'object', description: 'What would be sent' },
		...(takesConfirm(operation) && {
			consequence: { type: 'string', description: 'What the call destroys' },
			confirm: { type: 'string', description: 'Code that is valid only after the user agreed' },
			expires_at: { type: 'string', description: 'When the code expires' },
		}),
		...((operation.split || operation.resumes) && {
			sent: { type: 'object', description: 'Requests and items that were accepted, by kind' },
			duplicates: { type: 'integer', description: 'Items that were given more than once' },
			remaining: { type: 'object', description: 'How many items of each kind were not done' },
			resume: { type: 'string', description: 'Handle that stands for the items that were not done' },
		}),
		...('verify' in operation.input.shape && {
			verification: { type: 'array', items: { type: 'object' }, description: 'What the URLs showed, with verify' },
		}),
		cf_ray: { type: 'string', description: "The request's id at Cloudflare" },
	};
}

const isList = ({ input }: Operation) => 'page' in input.shape;

/** A schema without types of containers and required members: null may stand for the value, and any member may be absent. */
function loosen(json: unknown): JsonSchema {
	const { type, required: _, anyOf: __, ...rest } = isObject(json) ? json : {};
	return { ...rest, ...(typeof type === 'string' && !['object', 'array'].includes(type) && { type }) };
}

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
		outputSchema: outputSchemaOf(operation),
		annotations: {
			title,
			readOnlyHint: danger === 'read',
			destructiveHint: danger === 'destroy' || operation.removes === true,
			idempotentHint: operation.idempotent ?? true,
			openWorldHint: true,
		},
		...(VIEWED_TOOLS.has(name) && { _meta: { ui: { resourceUri: VIEW_URI }, 'ui/resourceUri': VIEW_URI } }),
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
