/** Builds the input schema of a tool: the record's own fields, and those that follow from what the operation is. */
import { z } from '../zod.js';
import { bounded, MAX_ID_CHARACTERS } from './fields.js';
import { needsZone, type Operation, takesConfirm } from './operation.js';

/** A zone may be given as a URL. */
const MAX_ZONE_CHARACTERS = 2_048;

const zone = bounded(MAX_ZONE_CHARACTERS).describe('Zone name or id');
const zoneOfHost = zone.optional().describe('Zone of a custom hostname');
const dryRun = z.boolean().optional().describe('Only show the plan');
const confirm = bounded(MAX_ID_CHARACTERS).optional().describe('Code, once the user agreed');

/**
 * How a tool takes its zone. `required`: each call names it. `optional`: there is a default zone. `fixed`: only one zone
 * is possible, so that the tool has no such argument.
 */
export const ZONE_ARGUMENTS = ['required', 'optional', 'fixed'] as const;
/** One way to take the zone. */
export type ZoneArgument = (typeof ZONE_ARGUMENTS)[number];

/** The strict schema of a tool's arguments, as it is listed. */
export function inputOf(operation: Operation, zoneArgument: ZoneArgument): z.AnyZodObject {
	return schemasOf(operation)[zoneArgument];
}

/**
 * The schemas of each operation that was asked for. They are built on first use: `defineOperation` cannot build them,
 * because the start path loads it and must not load zod.
 */
const cache = new WeakMap<Operation, Readonly<Record<ZoneArgument, z.AnyZodObject>>>();

function schemasOf(operation: Operation): Readonly<Record<ZoneArgument, z.AnyZodObject>> {
	const known = cache.get(operation);
	if (known) return known;
	const schemas = {
		required: buildSchema(operation, { zone: operation.zoneOf ? zoneOfHost : zone }),
		optional: buildSchema(operation, { zone: operation.zoneOf ? zoneOfHost : zone.optional() }),
		fixed: buildSchema(operation, {}),
	};
	cache.set(operation, schemas);
	return schemas;
}

function buildSchema(operation: Operation, zoneField: z.ZodRawShape): z.AnyZodObject {
	return z
		.object({
			...(needsZone(operation) && zoneField),
			...operation.input.shape,
			...(operation.danger !== 'read' && { dry_run: dryRun }),
			...(takesConfirm(operation) && { confirm }),
		})
		.strict();
}

/** The names of a tool's arguments. */
export function argumentNames(operation: Operation): string[] {
	return Object.keys(inputOf(operation, 'optional').shape);
}

/** The field inside `optional`, transforms and refinements. */
export function unwrapField(field: z.ZodTypeAny): z.ZodTypeAny {
	if (field instanceof z.ZodOptional) return unwrapField(field.unwrap());
	return field instanceof z.ZodEffects ? unwrapField(field.innerType()) : field;
}
