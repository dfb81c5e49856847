/** The whole input of a tool: the record's own fields and those that follow from what the operation is. */
import { z } from '../zod.js';
import { needsZone, type Operation } from './operation.js';

const zone = z.string().describe('Name or id');
/** Explained once, in the instructions of the server. */
const dryRun = z.boolean().optional();
const resume = z.string().optional().describe('Handle of an unfinished call');
const confirm = z.string().optional().describe('Code it asked for');

/** Whether a call names its zone: it must, it may because there is a default one, or it cannot because there is only one. */
export const ZONE_ARGUMENTS = ['required', 'optional', 'fixed'] as const;
/** One of them. */
export type ZoneArgument = (typeof ZONE_ARGUMENTS)[number];

/**
 * The strict schema of a tool's arguments. A tool that sends several requests also takes the handle of a call that was not
 * finished, and then nothing else; so all its arguments are optional here, and {@link freshInputOf} says what a new call
 * needs.
 */
export function inputOf(operation: Operation, zoneArgument: ZoneArgument): z.AnyZodObject {
	return schemasOf(operation, zoneArgument).whole;
}

/** The strict schema of the arguments of a call that does not resume another. */
export function freshInputOf(operation: Operation, zoneArgument: ZoneArgument): z.AnyZodObject {
	return schemasOf(operation, zoneArgument).fresh;
}

interface Schemas {
	readonly fresh: z.AnyZodObject;
	readonly whole: z.AnyZodObject;
}

/** Made once: each takes longer to make than to use. */
const made: Record<ZoneArgument, WeakMap<Operation, Schemas>> = {
	required: new WeakMap(),
	optional: new WeakMap(),
	fixed: new WeakMap(),
};

function schemasOf(operation: Operation, zoneArgument: ZoneArgument): Schemas {
	const known = made[zoneArgument].get(operation);
	if (known) return known;
	const fresh = makeFresh(operation, zoneArgument);
	// Not extend: it would put the shape together anew each time that somebody looks at it.
	const whole = operation.split ? z.object({ ...fresh.partial().shape, resume }).strict() : fresh;
	const schemas = { fresh, whole };
	made[zoneArgument].set(operation, schemas);
	return schemas;
}

function makeFresh(operation: Operation, zoneArgument: ZoneArgument): z.AnyZodObject {
	const takesZone = needsZone(operation) && zoneArgument !== 'fixed';
	return z
		.object({
			...(takesZone && { zone: zoneArgument === 'required' ? zone : zone.optional() }),
			...operation.input.shape,
			...(operation.danger !== 'read' && { dry_run: dryRun }),
			...(operation.danger === 'destroy' && { confirm }),
		})
		.strict();
}

/** The names of a tool's arguments. */
export function argumentNames(operation: Operation): string[] {
	return Object.keys(inputOf(operation, 'optional').shape);
}

/** The field behind `optional`, transforms and refinements. */
export function unwrapField(field: z.ZodTypeAny): z.ZodTypeAny {
	if (field instanceof z.ZodOptional) return unwrapField(field.unwrap());
	return field instanceof z.ZodEffects ? unwrapField(field.innerType()) : field;
}
